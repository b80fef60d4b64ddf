/* rmi_server - the server of two remote objects, conversor and motor_calculo: exports them, binds their names in the
 * registry, renews the leases, and unbinds the names at its end.
 *
 * The servant of each object is a set of plain C functions: conversor.c, motor_calculo.c. RMI_SKELETONS (skeleton.h) makes its
 * skeletons from interfaces.h. When another server takes a name over (--rebind), this one learns it at its next renewal, and
 * withdraws the object: calls get HTTP 404. Then the stub of the client looks the name up again, and finds the new server.
 *
 * Java RMI differs in two points. Its leases belong to garbage collection; here the registry leases the names, so that the
 * name of a server that crashed is free again. And its bind fails for every name that is bound (AlreadyBoundException); here
 * bind with the same URL succeeds and renews the lease, so a server may repeat a bind whose answer was lost.
 *
 *     rmi_registry          in one terminal: rmi_registry.c
 *     rmi_server            in another
 *     rmi_client pi 50      in a third: rmi_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "export.h"
#include "lease.h"
#include "motor_calculo.h"
#include "notices.h"
#include "stubs.h"

enum {
    REGISTRY_MS = 5000, /* the longest that a call to the registry may take */
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
        "client can call them at the URLs that the registry gives.",
    .example = "rmi_server --registry 192.0.2.1:8000 -l 0.0.0.0 --advertise 192.0.2.2",
};
static const struct demo_option table[] = {
    {'r', "registry", "HOST:PORT", "where rmi_registry is (localhost:" REGISTRY_PORT ")", .text = &options.registry},
    {0, "rebind", NULL, "take the names over from the server that has them", .on = &options.rebind},
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6 and IPv4", .text = &options.address},
    {'p', "port", "PORT", "port to listen on (0: any free one)", .port = &options.port},
    {0, "advertise", "HOST[:PORT]", "the address in the URLs, when clients need another than -l and -p",
     .text = &options.advertise},
    {'w', "timeout", "SEC", "the longest that a request may take to arrive (10)", .milliseconds = &options.timeout_ms,
     .min = 1},
    {'q', "quiet", NULL, "do not print the calls", .on = &skeleton_quiet},
    {0},
};

/* The objects. Withdrawn: the name is not bound to this server, and a call gets HTTP 404. */
static struct rmi_exported objects[] = {
    {.name = "conversor", .skeletons = conversor_skeletons, .withdrawn = true},
    {.name = "motor_calculo", .skeletons = motor_calculo_skeletons, .withdrawn = true},
};
static struct rmi_exported *const objects_end = objects + sizeof objects / sizeof *objects;

/* Writes the URLs that the registry will give to clients: the endpoint's address, or that of --advertise. */
static void write_urls(const char *listening_on)
{
    struct object_url where, advertised;
    bool callable = object_url_of_endpoint(listening_on, &where);
    if (options.advertise != NULL) {
        if (!object_url_host_port(options.advertise, where.port, &advertised))
            errx(DEMO_USAGE, "--advertise %s: expected HOST or HOST:PORT", options.advertise);
        where = advertised;
    } else if (!callable) {
        errx(DEMO_USAGE, "-l %s is every address of this machine: say with --advertise which of them clients call",
             options.address);
    }
    for (struct rmi_exported *o = objects; o < objects_end; o++)
        if (!object_url_write(o->url, &where, o->name)) errx(DEMO_USAGE, "--advertise: too long for a URL");
}

static void print_error(const char *before, struct rmi_error error)
{
    if (error.failure != RMI_STOPPED) demo_warn_text(before, error.text, strlen(error.text), "");
}

/* Binds the names of all objects. Returns the milliseconds until the first renewal; 0 when a name cannot be bound. */
static int bind_objects(struct rmi_reference *registry)
{
    int soonest = RENEWAL_MAX_MS;
    for (struct rmi_exported *o = objects; o < objects_end; o++) {
        double lease = 0;
        atomic_store(&o->withdrawn, false); /* first: a call may come as soon as the name is bound */
        struct rmi_error error = options.rebind ? registro_rebind(registry, o->name, o->url, &lease)
                                                : registro_bind(registry, o->name, o->url, &lease);
        if (error.failure != RMI_OK) {
            atomic_store(&o->withdrawn, true);
            print_error("bind: ", rmi_registry_error(registry, error));
            return 0;
        }
        if (lease_renewal_ms(lease) < soonest) soonest = lease_renewal_ms(lease);
    }
    return soonest;
}

/* Binds the names again, before their leases end. A registry that was started again learns the names this way, and may give
 * another lease. Returns the milliseconds until the next renewal; `wait_ms`, as before, when no name could be bound. */
static int renew_leases(struct rmi_reference *registry, int wait_ms)
{
    int soonest = 0;
    for (struct rmi_exported *o = objects; o < objects_end && !demo_stop; o++) {
        if (atomic_load(&o->withdrawn)) continue;
        double lease = 0;
        /* bind with the same URL renews the lease, and fails when another server has the name now. Not rebind: it would take
         * the name back. */
        struct rmi_error error = registro_bind(registry, o->name, o->url, &lease);
        if (error.failure == RMI_OK) {
            if (soonest == 0 || lease_renewal_ms(lease) < soonest) soonest = lease_renewal_ms(lease);
        } else if (error.failure == RMI_FAULT && error.code == FAULT_BOUND) {
            atomic_store(&o->withdrawn, true);
            printf("%s has moved to another server and is withdrawn here\n", o->name);
        } else { /* clients that know the URL still call it; the next renewal may succeed */
            char before[80];
            snprintf(before, sizeof before, "%s: ", o->name);
            print_error(before, rmi_registry_error(registry, error));
        }
    }
    return soonest > 0 ? soonest : wait_ms;
}

/* Withdraws the objects and unbinds their names. unbind_if compares the URL: another server may have taken the name over.
 * Then this one answers 404 for MOVED_MS more, so that a client with the old URL looks the object up again instead of losing
 * its connection. */
static void unbind_objects(struct rmi_reference *registry)
{
    bool moved = false, reported = false;
    for (struct rmi_exported *o = objects; o < objects_end; o++) {
        bool done;
        if (atomic_exchange(&o->withdrawn, true)) continue;
        struct rmi_error error = registro_unbind_if(registry, o->name, o->url, &done);
        if (error.failure == RMI_FAULT && error.code == FAULT_BOUND) moved = true;
        if (error.failure == RMI_OK || error.failure == RMI_FAULT || reported) continue;
        print_error("unbind: ", rmi_registry_error(registry, error));
        reported = true;
    }
    if (moved) poll(NULL, 0, MOVED_MS);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    struct rmi_reference registry = rmi_registry_at(options.registry, REGISTRY_MS);

    /* Acquire everything, in order: the endpoint where the objects are called, then their names. */
    rpc_begin();
    struct rmi_endpoint endpoint = {.about = "rmi_server: a remote object",
                                    .address = options.address,
                                    .port = options.port,
                                    .timeout_ms = options.timeout_ms,
                                    .objects = objects,
                                    .count = (size_t)(objects_end - objects)};
    rmi_export(&endpoint);
    write_urls(rmi_endpoint_text(&endpoint));
    flockfile(stdout); /* a call may come as soon as a name is bound: its line is printed after these */
    int wait_ms = bind_objects(&registry);
    printf("listening on %s\n", rmi_endpoint_text(&endpoint));
    for (struct rmi_exported *o = objects; o < objects_end && wait_ms > 0; o++)
        printf("bound %s to %s\n", o->name, o->url);
    funlockfile(stdout);
    int status = wait_ms == 0 && !demo_stop ? DEMO_FAILED : DEMO_DONE;

    /* The model: the endpoint's threads run the skeletons, which call the servants. This thread renews the leases. */
    struct pollfd stop_signal[1]; /* filled in by demo_wait() */
    while (wait_ms > 0 && demo_wait(stop_signal, 0, wait_ms) >= 0) wait_ms = renew_leases(&registry, wait_ms);

    /* Give back, in reverse. Unbinding is a call, and no call begins while demo_stop is set: so clear it. The same signal
     * again kills. */
    char stop;
    if (demo_stop && read(demo_stop_pipe[0], &stop, 1) == 1) demo_stop = 0;
    motor_calculo_stop();
    unbind_objects(&registry);
    struct http_totals totals = rmi_unexport(&endpoint);
    unsigned long delivered, dropped;
    notices_finish(&delivered, &dropped);
    rpc_end();
    rmi_put_totals(&totals);
    printf("; %lu notices delivered, %lu dropped\n", delivered, dropped);
    return demo_end(status);
}
