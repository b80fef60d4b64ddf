/* rmi_server - exports objects: a conversor and a motor_calculo, whose methods other programs call as if they were theirs.
 *
 * The objects are plain C functions, the servants (conversor.c, motor_calculo.c). Before them stand the skeletons that are
 * made of interfaces.h, before those an HTTP endpoint, and the registry knows where. An object that another server has
 * taken over (--rebind) is withdrawn here, and its callers go there by themselves.
 *
 *     rmi_registry          in one terminal: rmi_registry.c
 *     rmi_server            in another
 *     rmi_client pi 50      in a third: rmi_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../rpc_xml/rpc_xml.h"
#include "notices.h"
#include "servants.h"
#include "stubs.h"

#include <getopt.h>
#include <stdatomic.h>

enum {
    REGISTRY_MS = 5000,     /* the longest that a call of the registry may take */
    RENEW_MIN_MS = 30,      /* before names are bound again: a third of the shortest lease of rmi_registry */
    RENEW_MAX_MS = 3600000, /* a registry may promise more, but one that was started anew should not wait longer */
    FAREWELL_MS = 300,      /* for callers who do not know yet that an object has moved */
};

static struct options {
    const char *address, *port, *advertise;
    struct object_url registry;
    int timeout_ms;
    bool rebind;
} options = {.address = "127.0.0.1",
             .port = "0",
             .registry = {.host = "localhost", .port = REGISTRY_PORT},
             .timeout_ms = 10000};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"registry", required_argument, NULL, 'r'},
        {"rebind", no_argument, NULL, 'R'},
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"advertise", required_argument, NULL, 'A'},
        {"timeout", required_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "r:l:p:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'r':
            if (!object_url_host_port(optarg, REGISTRY_PORT, &options.registry))
                errx(DEMO_USAGE, "--registry %s: expected HOST:PORT, such as localhost:" REGISTRY_PORT, optarg);
            break;
        case 'R': options.rebind = true; break;
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 'A': options.advertise = optarg; break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'q': skeleton_quiet = true; break;
        case 'V': puts("rmi_server " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: rmi_server [option...]\n"
                 "Exports two objects, conversor and motor_calculo, and binds their names in the registry. Any "
                 "XML-RPC\n"
                 "client can call them at the URLs that the registry hands out.\n\n"
                 "  -r, --registry HOST:PORT   where rmi_registry is (localhost:" REGISTRY_PORT ")\n"
                 "      --rebind               take the names over from the server that has them\n"
                 "  -l, --listen ADDR          address to listen on (127.0.0.1); :: is all of IPv6 and IPv4\n"
                 "  -p, --port PORT            port to listen on (0: any free one)\n"
                 "      --advertise HOST[:PORT]  what the URLs say instead, where others see us differently\n"
                 "  -w, --timeout SEC          the longest a request may take to arrive (10)\n"
                 "  -q, --quiet                do not print the calls\n"
                 "  -V, --version              -h, --help\n\n"
                 "Example: rmi_server --registry 192.0.2.1:8000 -l 0.0.0.0 --advertise 192.0.2.2");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: rmi_server --help");
        }
    }
    if (options.timeout_ms == 0) errx(DEMO_USAGE, "-w 0: no request could arrive in no time");
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: rmi_server --help", argv[optind]);
}

/* ------------------------------------------------------------------------------------------------------ What we export */

static struct exported {
    const char *name; /* in the registry, and the path of the URL */
    xmlrpc_registry *(*make)(void);
    xmlrpc_registry *methods;
    char url[RMI_URL_MAX];
    atomic_bool here; /* its calls are answered; another thread's question */
} objects[] = {{.name = "conversor", .make = conversor_registry},
               {.name = "motor_calculo", .make = motor_calculo_registry}};
static const size_t object_count = sizeof objects / sizeof *objects;

/* To whom a call is for. Answers HTTP 404 for what is not here any more: its caller then knows that nothing was executed. */
static xmlrpc_registry *route(void *context, const char *path)
{
    (void)context;
    for (struct exported *o = objects; o < objects + object_count; o++)
        if (*path == '/' && strcmp(path + 1, o->name) == 0 && atomic_load(&o->here)) return o->methods;
    return NULL;
}

/* The address that the URLs hand out: where we listen, or what we were told to say. */
static void make_urls(const char *listening_on)
{
    struct object_url where, advertised;
    bool callable = object_url_of_endpoint(listening_on, &where);
    if (options.advertise != NULL) {
        if (!object_url_host_port(options.advertise, where.port, &advertised))
            errx(DEMO_USAGE, "--advertise %s: expected HOST or HOST:PORT", options.advertise);
        where = advertised;
    } else if (!callable) {
        errx(
            DEMO_USAGE,
            "-l %s: that is every address of this machine, and none that others could call: say which with --advertise",
            options.address);
    }
    for (struct exported *o = objects; o < objects + object_count; o++)
        if (!object_url_write(o->url, &where, o->name)) errx(DEMO_USAGE, "--advertise: too long for a URL");
}

/* ---------------------------------------------------------------------------------------------- Known to the registry */

static void complain(const char *what, const char *text)
{
    fprintf(stderr, "rmi_server: %s: ", what);
    demo_put_text(stderr, text, strlen(text), "");
    fputc('\n', stderr);
}

/* How long to wait before a name is bound again that has a lease of so many seconds: a third, so that one renewal may fail.
 * The number is a stranger's, and may be anything, infinite or no number included. */
static int renewal_ms(double lease)
{
    const double third = lease * 1000 / 3;
    return third >= RENEW_MAX_MS ? RENEW_MAX_MS : third > RENEW_MIN_MS ? (int)third : RENEW_MIN_MS;
}

/* Binds the names of all objects for the first time. Returns the milliseconds until they have to be bound again; 0, and
 * whatever was bound is to be unbound, when one of them cannot be. */
static int bind_all(struct rmi_object *registry)
{
    int soonest = RENEW_MAX_MS;
    for (struct exported *o = objects; o < objects + object_count; o++) {
        double lease = 0;
        struct rmi_error error =
            (options.rebind ? registro_rebind : registro_bind)(registry, o->name, o->url, &lease);
        error = rmi_registry_error(registry, error);
        if (error.failure != RMI_OK) {
            if (error.failure != RMI_STOPPED) complain("bind", error.text);
            return 0;
        }
        atomic_store(&o->here, true);
        if (renewal_ms(lease) < soonest) soonest = renewal_ms(lease);
    }
    return soonest;
}

/* Binds the names again, before the lease ends: a registry that was started anew learns of them that way, too, and may give
 * another lease. Returns the milliseconds until the next time: as many as before, `wait_ms`, when no name was bound. */
static int renew_all(struct rmi_object *registry, int wait_ms)
{
    int soonest = 0;
    for (struct exported *o = objects; o < objects + object_count && !demo_stop; o++) {
        if (!atomic_load(&o->here)) continue;
        double lease = 0;
        struct rmi_error error = rmi_registry_error(registry, registro_bind(registry, o->name, o->url, &lease));
        if (error.failure == RMI_OK) {
            if (soonest == 0 || renewal_ms(lease) < soonest) soonest = renewal_ms(lease);
        } else if (error.code == FAULT_BOUND) {
            atomic_store(&o->here, false);
            printf("%s has moved to another server and is withdrawn here\n", o->name);
        } else if (error.failure != RMI_STOPPED) {
            complain(o->name, error.text); /* those who know the object call it as before; next time, perhaps */
        }
    }
    return soonest > 0 ? soonest : wait_ms;
}

/* Frees the names that are still ours, and answers for no object any more. Those that have moved are owed something: who
 * still comes here for them is told so, for a little while, instead of finding a closed door at the wrong moment. */
static void unbind_all(struct rmi_object *registry)
{
    bool moved = false, answers = true;
    for (struct exported *o = objects; o < objects + object_count; o++) {
        char *url = NULL;
        bool done;
        if (!atomic_exchange(&o->here, false)) continue;
        struct rmi_error error =
            registro_lookup(registry, o->name, &url); /* unbind asks for a name only, not whose */
        if (error.failure == RMI_OK && strcmp(url, o->url) != 0) moved = true;
        else if (error.failure == RMI_OK) error = registro_unbind(registry, o->name, &done);
        free(url);
        if (error.failure != RMI_OK && error.failure != RMI_FAULT && answers) {
            error = rmi_registry_error(registry, error);
            complain("unbind", error.text);
            answers = false;
        }
    }
    if (moved) poll(NULL, 0, FAREWELL_MS);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything, in order: the objects, the endpoint where they are called, their names. */
    int status = DEMO_DONE;
    rpc_begin();
    for (struct exported *o = objects; o < objects + object_count; o++) o->methods = o->make();
    struct rpc_service service = {.about = "rmi_server: a remote object", .route = route};
    struct http_server *endpoint = http_server_start(&(struct http_server_options){
        .address = options.address,
        .port = options.port,
        .handler = rpc_serve,
        .context = &service,
        .body_max = RPC_MESSAGE_MAX,
        .timeout_ms = options.timeout_ms,
        .quiet = skeleton_quiet,
    });
    make_urls(http_server_endpoint(endpoint));
    struct rmi_object registry = {.name = "the registry", .timeout_ms = REGISTRY_MS};
    if (!object_url_write(registry.url, &options.registry, "")) errx(DEMO_USAGE, "--registry: too long for a URL");
    flockfile(stdout); /* calls may come as soon as a name is bound; lines about them come after these */
    int wait_ms = bind_all(&registry);
    printf("listening on %s\n", http_server_endpoint(endpoint));
    for (struct exported *o = objects; o < objects + object_count && wait_ms > 0; o++)
        printf("bound %s to %s\n", o->name, o->url);
    funlockfile(stdout);
    if (wait_ms == 0 && !demo_stop) status = DEMO_FAILED;

    /* The model: the endpoint's threads answer calls; we renew the leases, at a third of their time. */
    while (wait_ms > 0 && demo_wait((struct pollfd[1]){{0}}, 0, wait_ms) >= 0)
        wait_ms = renew_all(&registry, wait_ms);

    /* Give back, in reverse. The farewell is calls, too, which would not begin while a stop is asked for: so that is set
     * aside; the same signal once more kills. */
    char stop;
    if (demo_stop && read(demo_stop_pipe[0], &stop, 1) == 1) demo_stop = 0;
    unbind_all(&registry);
    struct http_totals totals = http_server_stop(endpoint);
    unsigned long delivered, dropped;
    notices_finish(&delivered, &dropped);
    for (struct exported *o = objects; o < objects + object_count; o++) xmlrpc_registry_free(o->methods);
    rpc_end();
    printf("served %llu request%s on %llu connection%s, %llu refused; %lu notices delivered, %lu dropped\n",
           totals.requests, totals.requests == 1 ? "" : "s", totals.connections, totals.connections == 1 ? "" : "s",
           totals.refused, delivered, dropped);
    return demo_end(status);
}
