/* rmi_registry - where remote objects are found by name: a server binds a name to the URL of its object, a client looks the
 * name up, and calls the object at that URL. The registry does not see those calls.
 *
 * The registry is a remote object too. Servers and clients know its address beforehand. Each binding is a lease, which its
 * server renews. When the server dies, the lease is not renewed, and the name is removed.
 *
 *     rmi_registry          in one terminal
 *     rmi_server            in another: rmi_server.c
 *     rmi_client pi 50      in a third: rmi_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "bindings.h"
#include "export.h"
#include "registry_checks.h"

#include <pthread.h>

enum { LEASE_MIN_MS = 100 };

static struct {
    const char *address, *port;
    int lease_ms, timeout_ms;
} options = {.address = "127.0.0.1", .port = REGISTRY_PORT, .lease_ms = 30000, .timeout_ms = 10000};

static const struct demo_usage usage = {
    .purpose =
        "Keeps the names of remote objects for any XML-RPC client: bind, rebind, unbind, unbind_if, lookup, list.\n"
        "They are called at http://ADDR:PORT/ or at /RPC2.",
    .example = "rmi_registry -l 0.0.0.0 --remote-bind",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6 and IPv4", .text = &options.address},
    {'p', "port", "PORT", "port to listen on (" REGISTRY_PORT "); 0 takes any free one", .port = &options.port},
    {0, "lease", "SEC", "how long a name stays bound unless it is bound again (30)",
     .milliseconds = &options.lease_ms},
    {0, "remote-bind", NULL, "other hosts may bind names, too; then they decide which server clients call",
     .on = &remote_bind_allowed},
    {'w', "timeout", "SEC", "the longest that a request may take to arrive (10)", .milliseconds = &options.timeout_ms,
     .min = 1},
    {'q', "quiet", NULL, "do not print the calls", .on = &skeleton_quiet},
    {0},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `bindings`: many threads serve calls */
static struct bindings bindings;

/* Locks the table, and removes the names whose lease has ended. */
static void lock_bindings(void)
{
    pthread_mutex_lock(&lock);
    int64_t now = demo_now_ns();
    struct binding *b;
    while ((b = bindings_first_to_end(&bindings)) != NULL && b->ends_ns <= now) {
        printf("the lease of %s has ended: nothing was heard from its server at %s\n", b->name, b->url);
        bindings_remove(&bindings, b);
    }
}

static void unlock_bindings(void) { pthread_mutex_unlock(&lock); }

/* Binds the name to the URL for one lease, whose seconds are returned. The table is locked. */
static struct rmi_error put_binding(const char *name, const char *url, bool loopback, double *lease)
{
    struct binding *b = bindings_put(&bindings, name, url);
    if (b == NULL) return rmi_fault(FAULT_FULL, "there are %d names already", BINDINGS_MAX);
    b->loopback = loopback;
    b->ends_ns = demo_now_ns() + (int64_t)options.lease_ms * 1000000;
    *lease = options.lease_ms / 1e3;
    return (struct rmi_error){.failure = RMI_OK};
}

/* --------------------------------------------------------------------------- The servant: the methods of the registry */

static struct rmi_error registro_bind_servant(const struct rpc_caller *caller, const char *name, const char *url,
                                              double *lease)
{
    bool loopback;
    struct rmi_error error = check_binding(caller, name, url, &loopback);
    if (error.failure != RMI_OK) return error;
    lock_bindings();
    struct binding *b = bindings_find(&bindings, name);
    if (b != NULL && strcmp(b->url, url) != 0) error = fault_bound(b);
    else error = put_binding(name, url, loopback, lease); /* a free name, or the same object again */
    unlock_bindings();
    return error;
}

static struct rmi_error registro_rebind_servant(const struct rpc_caller *caller, const char *name, const char *url,
                                                double *lease)
{
    bool loopback;
    struct rmi_error error = check_binding(caller, name, url, &loopback);
    if (error.failure != RMI_OK) return error;
    lock_bindings();
    error = put_binding(name, url, loopback, lease);
    unlock_bindings();
    return error;
}

/* `url` NULL: whatever the URL is. It is compared and the name freed under one lock: no other server can bind the name in
 * between. *done is sent only when there is no error. */
static struct rmi_error registro_unbind_if_servant(const struct rpc_caller *caller, const char *name, const char *url,
                                                   bool *done)
{
    struct rmi_error error = check_binder(caller);
    if (error.failure != RMI_OK) return error;
    lock_bindings();
    struct binding *b = bindings_find(&bindings, name);
    if (b == NULL) error = fault_not_bound(name);
    else if (url != NULL && strcmp(b->url, url) != 0) error = fault_bound(b);
    else bindings_remove(&bindings, b);
    unlock_bindings();
    *done = true;
    return error;
}

static struct rmi_error registro_unbind_servant(const struct rpc_caller *caller, const char *name, bool *done)
{
    return registro_unbind_if_servant(caller, name, NULL, done); /* whatever its URL is */
}

/* A URL with 127.0.0.1 would lead a client on another host to its own machine: it gets a fault instead. */
static struct rmi_error registro_lookup_servant(const struct rpc_caller *caller, const char *name, char **url)
{
    lock_bindings();
    struct binding *b = bindings_find(&bindings, name);
    struct rmi_error error = {.failure = RMI_OK};
    if (b == NULL) error = fault_not_bound(name);
    else if (!can_reach(caller, b)) error = fault_unreachable(b);
    else if ((*url = strdup(b->url)) == NULL) error = rmi_fault(XMLRPC_INTERNAL_ERROR, "out of memory");
    unlock_bindings();
    return error;
}

static struct rmi_error registro_list_servant(const struct rpc_caller *caller, xmlrpc_value **names)
{
    struct rmi_array list;
    (void)caller;
    rmi_array_begin(&list);
    lock_bindings();
    for (size_t i = 0; i < bindings.count; i++) rmi_array_add_string(&list, bindings.all[i].name);
    unlock_bindings();
    return rmi_array_end(&list, names);
}

RMI_SKELETONS(registro, REGISTRO)

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    if (options.lease_ms < LEASE_MIN_MS) errx(DEMO_USAGE, "--lease: expected 0.1 seconds or more");

    /* Acquire everything: any failure here is fatal. By custom XML-RPC is called at /RPC2; Python's ServerProxy calls / when
     * its URL ends so. Both paths are the same object. */
    struct rmi_exported objects[] = {{.name = "", .skeletons = registro_skeletons},
                                     {.name = "RPC2", .skeletons = registro_skeletons}};
    struct rmi_endpoint endpoint = {.about = "rmi_registry: the names of remote objects",
                                    .address = options.address,
                                    .port = options.port,
                                    .timeout_ms = options.timeout_ms,
                                    .objects = objects,
                                    .count = sizeof objects / sizeof *objects};
    rmi_export(&endpoint);
    printf("listening on %s\n", rmi_endpoint_text(&endpoint));

    /* The model: the endpoint's threads run the skeletons, which call the servant. Each call first removes the names whose
     * lease has ended. This thread does the same when no call comes. */
    struct pollfd stop[1]; /* filled in by demo_wait(): the stop signal */
    while (demo_wait(stop, 0, options.lease_ms / 4) >= 0) {
        lock_bindings(); /* this removes them */
        unlock_bindings();
    }

    /* Give back, in reverse. */
    struct http_totals totals = rmi_unexport(&endpoint);
    rmi_put_totals(&totals);
    printf("; %zu names were bound at the end\n", bindings.count);
    return demo_end(DEMO_DONE);
}
