/* rmi_registry - where remote objects are found: who binds an object to a name, and who knows the name gets its address.
 *
 * It is an object itself, but for one thing: its address is known beforehand. What it hands out is a URL, and it never sees
 * the calls that follow. A name is leased: the server of the object renews it, so that a server which died is forgotten
 * without anybody saying so.
 *
 *     rmi_registry          in one terminal
 *     rmi_server            in another: rmi_server.c
 *     rmi_client pi 50      in a third: rmi_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "bindings.h"
#include "skeleton.h"

#include <getopt.h>
#include <pthread.h>

static struct options {
    const char *address, *port;
    int lease_ms, timeout_ms;
    bool remote_bind;
} options = {.address = "127.0.0.1", .port = REGISTRY_PORT, .lease_ms = 30000, .timeout_ms = 10000};

static struct {
    pthread_mutex_t lock; /* many threads serve */
    struct bindings bindings;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"lease", required_argument, NULL, 'L'},
        {"remote-bind", no_argument, NULL, 'R'},
        {"timeout", required_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "l:p:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 'L': options.lease_ms = demo_seconds("--lease", optarg); break;
        case 'R': options.remote_bind = true; break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'q': skeleton_quiet = true; break;
        case 'V': puts("rmi_registry " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: rmi_registry [option...]\n"
                 "Remembers which remote object has which name, for any XML-RPC client: bind, rebind, unbind, "
                 "lookup,\n"
                 "list, called at http://ADDR:PORT/ or at /RPC2.\n\n"
                 "  -l, --listen ADDR  address to listen on (127.0.0.1); :: is all of IPv6 and IPv4\n"
                 "  -p, --port PORT    port to listen on (" REGISTRY_PORT "); 0 takes any free one\n"
                 "      --lease SEC    how long a name stays bound that nobody binds again (30)\n"
                 "      --remote-bind  let other hosts bind names, too: whoever can, answers for these objects\n"
                 "  -w, --timeout SEC  the longest a request may take to arrive (10)\n"
                 "  -q, --quiet        do not print the calls\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: rmi_registry -l 0.0.0.0 --remote-bind");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: rmi_registry --help");
        }
    }
    if (options.timeout_ms == 0) errx(DEMO_USAGE, "-w 0: no request could arrive in no time");
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: rmi_registry --help", argv[optind]);
    if (options.lease_ms < 100) errx(DEMO_USAGE, "--lease: expected 0.1 seconds or more");
}

/* Forgets the names whose lease has ended. The lock is held. */
static void forget_ended(void)
{
    int64_t now = demo_now_ns();
    for (struct binding *b; (b = bindings_next_to_end(&registry.bindings)) != NULL && b->ends_ns <= now;) {
        printf("the lease of %s has ended: nothing was heard from its server at %s\n", b->name, b->url);
        bindings_remove(&registry.bindings, b);
    }
}

/* Names decide whom clients talk to, so who may bind them is decided here. */
static struct rmi_error check_binder(const struct rpc_caller *caller)
{
    if (options.remote_bind || address_is_loopback(caller->address)) return (struct rmi_error){.failure = RMI_OK};
    return rmi_fault(FAULT_FORBIDDEN,
                     "%s is another host: this registry lets its own host bind names only (to change that, start it "
                     "with: rmi_registry --remote-bind)",
                     caller->client);
}

/* Binds `name`, free or renewed, or, to `take_over`, whoever has it. */
static struct rmi_error bind_name(const struct rpc_caller *caller, const char *name, const char *url, bool take_over)
{
    struct object_url parts;
    struct rmi_error error = check_binder(caller);
    if (error.failure != RMI_OK) return error;
    if (!binding_name_is_right(name))
        return rmi_fault(FAULT_MALFORMED, "%.80s: a name is 1 to 63 letters, digits, or . - _", name);
    if (!object_url_parse(url, &parts))
        return rmi_fault(FAULT_MALFORMED, "%.80s: an object's URL looks like http://HOST:PORT/NAME", url);
    const enum object_reach reach = object_url_reach(&parts); /* may ask a name server: before the lock */
    if (reach == REACH_UNKNOWN)
        return rmi_fault(FAULT_MALFORMED, "%s: this registry's host knows no host of that name", url);
    if (reach == REACH_HERE && !address_is_loopback(caller->address))
        return rmi_fault(
            FAULT_LOOPBACK,
            "%s is an address of each host's own, and you are not on this registry's host (start rmi_server "
            "with -l and an address that others can reach, or say one with --advertise)",
            url);

    pthread_mutex_lock(&registry.lock);
    forget_ended();
    struct binding *b = bindings_find(&registry.bindings, name);
    if (b != NULL && !take_over && strcmp(b->url, url) != 0) {
        error = rmi_fault(FAULT_BOUND, "%s is bound to %s (to take its place: rebind; rmi_server does with --rebind)",
                          name, b->url);
    } else if ((b = bindings_put(&registry.bindings, name, url)) == NULL) {
        error = rmi_fault(FAULT_FULL, "there are %d names already", BINDINGS_MAX);
    } else {
        b->loopback = reach == REACH_HERE;
        b->ends_ns = demo_now_ns() + (int64_t)options.lease_ms * 1000000;
    }
    pthread_mutex_unlock(&registry.lock);
    return error;
}

static struct rmi_error registro_bind_servant(const struct rpc_caller *caller, const char *name, const char *url,
                                              double *lease)
{
    *lease = options.lease_ms / 1e3;
    return bind_name(caller, name, url, false);
}

static struct rmi_error registro_rebind_servant(const struct rpc_caller *caller, const char *name, const char *url,
                                                double *lease)
{
    *lease = options.lease_ms / 1e3;
    return bind_name(caller, name, url, true);
}

static struct rmi_error not_bound(const char *name)
{
    return rmi_fault(FAULT_NOT_BOUND,
                     "no object is bound to %.80s (is its server running? start it with: rmi_server)", name);
}

static struct rmi_error registro_unbind_servant(const struct rpc_caller *caller, const char *name, bool *done)
{
    struct rmi_error error = check_binder(caller);
    if (error.failure != RMI_OK) return error;
    pthread_mutex_lock(&registry.lock);
    forget_ended();
    struct binding *b = bindings_find(&registry.bindings, name);
    if (b != NULL) bindings_remove(&registry.bindings, b);
    else error = not_bound(name);
    pthread_mutex_unlock(&registry.lock);
    *done = true;
    return error;
}

static struct rmi_error registro_lookup_servant(const struct rpc_caller *caller, const char *name, char **url)
{
    struct rmi_error error = {.failure = RMI_OK};
    pthread_mutex_lock(&registry.lock);
    forget_ended();
    struct binding *b = bindings_find(&registry.bindings, name);
    if (b == NULL) error = not_bound(name);
    else if (b->loopback && !address_is_loopback(caller->address))
        error = rmi_fault(FAULT_LOOPBACK,
                          "%s is bound to %s, which only the registry's own host can reach (its server listens there "
                          "only: start rmi_server with -l, or with --advertise)",
                          name, b->url);
    else if ((*url = strdup(b->url)) == NULL) error = rmi_fault(XMLRPC_INTERNAL_ERROR, "out of memory");
    pthread_mutex_unlock(&registry.lock);
    return error;
}

static struct rmi_error registro_list_servant(const struct rpc_caller *caller, xmlrpc_value **names)
{
    (void)caller;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct rmi_error error = {.failure = RMI_OK};
    *names = xmlrpc_array_new(&env);
    pthread_mutex_lock(&registry.lock);
    forget_ended();
    for (size_t i = 0; i < registry.bindings.count && !env.fault_occurred; i++) {
        xmlrpc_value *name = xmlrpc_string_new(&env, registry.bindings.all[i].name);
        if (env.fault_occurred) break;
        xmlrpc_array_append_item(&env, *names, name);
        xmlrpc_DECREF(name);
    }
    pthread_mutex_unlock(&registry.lock);
    if (env.fault_occurred) {
        error = rmi_fault(env.fault_code, "%s", env.fault_string);
        if (*names != NULL) xmlrpc_DECREF(*names);
    }
    xmlrpc_env_clean(&env);
    return error;
}

RMI_EXPORT(registro, REGISTRO)

/* The registry is at the root, where Python's ServerProxy calls when its URL ends in /, and where it does otherwise. */
static xmlrpc_registry *route(void *methods, const char *path)
{
    return strcmp(path, "/") == 0 || strcmp(path, "/RPC2") == 0 ? methods : NULL;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    xmlrpc_registry *methods = rpc_registry_new(registro_methods);
    struct rpc_service service = {
        .about = "rmi_registry: which remote object has which name", .route = route, .context = methods};
    struct http_server *endpoint = http_server_start(&(struct http_server_options){
        .address = options.address,
        .port = options.port,
        .handler = rpc_serve,
        .context = &service,
        .body_max = RPC_MESSAGE_MAX,
        .timeout_ms = options.timeout_ms,
        .quiet = skeleton_quiet,
    });
    printf("listening on %s\n", http_server_endpoint(endpoint));

    /* The model: the endpoint's threads answer; we see to it that who is not heard of is forgotten. */
    while (demo_wait((struct pollfd[1]){{0}}, 0, options.lease_ms / 4) >= 0) {
        pthread_mutex_lock(&registry.lock);
        forget_ended();
        pthread_mutex_unlock(&registry.lock);
    }

    /* Give back, in reverse. */
    struct http_totals totals = http_server_stop(endpoint);
    xmlrpc_registry_free(methods);
    printf("served %llu request%s on %llu connection%s, %llu refused; %zu names were bound at the end\n",
           totals.requests, totals.requests == 1 ? "" : "s", totals.connections, totals.connections == 1 ? "" : "s",
           totals.refused, registry.bindings.count);
    return demo_end(DEMO_DONE);
}
