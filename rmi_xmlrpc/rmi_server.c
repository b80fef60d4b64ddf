/* rmi_server - the server of two remote objects, conversor and motor_calculo: exports them, binds their names in the
 * registry, renews the leases, and unbinds the names at its end.
 *
 * The servant of each object is a set of plain C functions: conversor.c, motor_calculo.c. RMI_SKELETONS (skeleton.h)
 * makes the skeletons of both from interfaces.h.
 *
 * The registry, Coulouris' binder, is a remote object, too: this server is its client, through stubs (stubs.h). rmi_export()
 * corresponds to Java's exportObject(), registro_rebind() to Naming.rebind(). Two differences from Java matter here:
 *   - In Java, a client renews its lease on an object (distributed garbage collection). Here, a server renews its lease on a
 *     name, so that the name of a server that crashed is free again when its lease ends.
 *   - Java's bind fails for every name that is bound. Here, bind with the same URL succeeds and renews the lease, so that a
 *     server may repeat it.
 *
 * Another server may take a name over (--rebind). The old server usually learns this at its next renewal: the
 * registry answers FAULT_BOUND. Until then, both servers execute calls; the objects have no state, so nothing is
 * lost. Then the old server withdraws its object: calls get HTTP 404, and stubs look the name up again. If the new
 * server has gone before that renewal, the old one gets the name back.
 *
 *     rmi_registry          in one terminal: rmi_registry.c
 *     rmi_server            in another
 *     rmi_client pi 50      in a third: rmi_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "advertise.h"
#include "export.h"
#include "last_calls.h"
#include "lease.h"
#include "motor_calculo.h"
#include "notices.h"
#include "stubs.h"

enum {
    REGISTRY_MS = 5000, /* the longest that a call to the registry may take */
    UNBIND_MS = 1000,   /* the same at the end, when the user waits */
    MOVED_MS = 300,     /* how long a server whose object has moved still answers 404 before it closes its port */
};

static struct {
    const char *address, *port, *advertise, *registry;
    int timeout_ms;
    bool rebind;
} options = {.address = "127.0.0.1", .port = "0", .registry = "localhost:" REGISTRY_PORT, .timeout_ms = 10000};

static const struct demo_usage usage = {
    .purpose =
        "Exports two objects, conversor and motor_calculo, and binds their names in the registry. Any XML-RPC\n"
        "client can call them at the URLs that the registry gives. A registry on another machine needs --remote-bind.",
    .example = "rmi_server --registry 192.0.2.1:8000 -l 0.0.0.0 --advertise 192.0.2.2",
};
static const struct demo_option table[] = {
    {'r', "registry", "HOST:PORT", "where rmi_registry is (localhost:" REGISTRY_PORT ")", .text = &options.registry},
    {0, "rebind", NULL, "take the names over from the server that has them", .on = &options.rebind},
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6 and IPv4", .text = &options.address},
    {'p', "port", "PORT", "port to listen on (0: any free one)", .port = &options.port},
    {0, "advertise", "HOST[:PORT]", "the address in the URLs, when clients need another than -l and -p",
     .text = &options.advertise},
    {'w', "timeout", "SEC", "the longest that a request may take to arrive, or its answer to leave (10)",
     .milliseconds = &options.timeout_ms, .min = 1},
    {'q', "quiet", NULL, "do not print the calls", .on = &skeleton_quiet},
    {0},
};

/* The objects. A call to a withdrawn object gets HTTP 404, so the caller knows that no method ran; a call that has
 * begun is finished. An object is withdrawn at the start, until just before its name is bound, and again when another
 * server has taken its name. */
static struct rmi_exported objects[] = {
    {.name = "conversor", .skeletons = conversor_skeletons, .withdrawn = true},
    {.name = "motor_calculo", .skeletons = motor_calculo_skeletons, .withdrawn = true},
};
static struct rmi_exported *const objects_end = objects + sizeof objects / sizeof *objects;
static bool moved;                      /* another server took a name over */
static int renewal_ms = RENEWAL_MAX_MS; /* from one renewal to the next: a third of the shortest lease, see lease.h */

static void print_error(const char *what, struct rmi_reference *registry, struct rmi_error error)
{
    char before[80];
    if (error.failure == RMI_STOPPED) return; /* a signal is no error */
    snprintf(before, sizeof before, "%s: ", what);
    error = rmi_registry_error(registry, error);
    demo_warn_text(before, error.text, strlen(error.text), "");
}

/* Binds the names of all objects. Returns false when a name cannot be bound. */
static bool bind_objects(struct rmi_reference *registry)
{
    for (struct rmi_exported *o = objects; o < objects_end; o++) {
        double lease = 0;
        atomic_store(&o->withdrawn, false); /* first: a call may come as soon as the name is bound */
        struct rmi_error error = options.rebind ? registro_rebind(registry, o->name, o->url, &lease)
                                                : registro_bind(registry, o->name, o->url, &lease);
        if (error.failure != RMI_OK) {
            /* Withdrawn when it is certainly not bound. Without an answer it may be: then unbind_objects() unbinds it. */
            if (error.failure == RMI_FAULT || rmi_not_executed(error)) atomic_store(&o->withdrawn, true);
            print_error("bind", registry, error);
            return false;
        }
        if (lease_renewal_ms(lease) < renewal_ms) renewal_ms = lease_renewal_ms(lease);
    }
    return true;
}

/* Binds the names again, before their leases end. A registry that was restarted learns the names this way; it gives a
 * name to the first server that binds it, even to a replaced one that has not learned it. A server that has learned it
 * never binds that name again: its object stays withdrawn, and it runs on, so that clients with the old URL get 404. */
static void renew_leases(struct rmi_reference *registry)
{
    int shortest = RENEWAL_MAX_MS;
    bool renewed = false;
    for (struct rmi_exported *o = objects; o < objects_end && !demo_stop; o++) {
        double lease = 0;
        if (atomic_load(&o->withdrawn)) continue;
        /* With the same URL, bind renews the lease. It fails when another server has the name; rebind would take it back. */
        struct rmi_error error = registro_bind(registry, o->name, o->url, &lease);
        if (error.failure == RMI_OK) {
            renewed = true;
            if (lease_renewal_ms(lease) < shortest) shortest = lease_renewal_ms(lease);
        } else if (error.failure == RMI_FAULT && error.code == FAULT_BOUND) {
            moved = true;
            atomic_store(&o->withdrawn, true);
            printf("%s has moved to another server and is withdrawn here\n", o->name);
        } else { /* clients that know the URL still call the object; the next renewal may succeed */
            print_error(o->name, registry, error);
        }
    }
    if (renewed) renewal_ms = shortest;
}

/* Unbinds each name, then withdraws its object. unbind_if compares the URL, because another server may have the name
 * now. If another server has taken a name, this server answers 404 for MOVED_MS more, so that stubs look the name up
 * again. If it closed its port at once, connections still in the listen queue would get RST, and those clients could
 * not know whether the method ran. The wait makes this rare, not impossible. */
static void unbind_objects(struct rmi_reference *registry)
{
    for (struct rmi_exported *o = objects; o < objects_end; o++) {
        bool unbound;
        if (atomic_load(&o->withdrawn)) continue;
        struct rmi_error error = registro_unbind_if(registry, o->name, o->url, &unbound);
        if (error.failure != RMI_OK && error.failure != RMI_FAULT) {
            /* No usable answer: this registry is not asked again, and all leases end. */
            print_error("unbind", registry, error);
            break;
        }
        /* After another fault the name is free, or its lease ends. */
        if (error.failure == RMI_FAULT && error.code == FAULT_BOUND) moved = true;
        atomic_store(&o->withdrawn, true);
    }
    if (moved) poll(NULL, 0, MOVED_MS);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    struct rmi_reference registry = rmi_registry_at(options.registry, REGISTRY_MS); /* only this thread uses it */

    /* Acquire everything, in order: the endpoint, the URLs of the objects there, their names in the registry. */
    rpc_begin();
    struct rmi_endpoint endpoint = {.about = "rmi_server: a remote object",
                                    .address = options.address,
                                    .port = options.port,
                                    .timeout_ms = options.timeout_ms,
                                    .objects = objects,
                                    .count = (size_t)(objects_end - objects)};
    rmi_export(&endpoint);
    advertise_urls(objects, endpoint.count, rmi_endpoint_text(&endpoint), options.advertise);
    const bool bound = bind_objects(&registry);
    printf("listening on %s\n", rmi_endpoint_text(&endpoint)); /* the names are bound by now, if they could be */
    for (struct rmi_exported *o = objects; o < objects_end && bound; o++) printf("bound %s to %s\n", o->name, o->url);
    const int status = bound || demo_stop ? DEMO_DONE : DEMO_FAILED; /* a signal during bind is no failure */

    /* The model: the endpoint's threads find the skeletons, which call the servants. This thread renews the leases. */
    struct pollfd stop_signal[1]; /* filled in by demo_wait() */
    int64_t due_ns = demo_now_ns() + renewal_ms * INT64_C(1000000);
    while (bound && demo_wait(stop_signal, 0, demo_timeout_ms(due_ns, demo_now_ns())) >= 0) {
        const int64_t start_ns = demo_now_ns();
        renew_leases(&registry);
        /* From the start: a slow registry does not delay the next renewal. */
        due_ns = start_ns + renewal_ms * INT64_C(1000000);
    }

    /* Give back, in reverse. */
    last_calls_begin(); /* unbinding needs remote calls */
    registry.timeout_ms = UNBIND_MS;
    unbind_objects(&registry);
    motor_calculo_stop(); /* a request with many tasks begins no further one */
    struct http_totals totals = rmi_unexport(&endpoint);
    unsigned long delivered, dropped;
    notices_finish(&delivered, &dropped);
    rpc_end();
    rmi_put_totals(&totals);
    printf("; %lu notices delivered, %lu dropped\n", delivered, dropped);
    return demo_end(status);
}
