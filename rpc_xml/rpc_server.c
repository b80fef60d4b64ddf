/* rpc_server - the remote side of a procedure call: procedures with names, registered where strangers can call them.
 *
 * The procedures below are plain functions. A registry, xmlrpc-c's, knows them by name; an HTTP endpoint hands it each
 * call that comes, and the registry unmarshals the parameters, calls, and marshals the result, or the fault.
 *
 *     rpc_server            in one terminal
 *     rpc_client 10 km mi   in another: its sibling, rpc_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "http_endpoint.h"
#include "rpc_proto.h"
#include "units.h"
#include "units_value.h"

#include <getopt.h>
#include <math.h>

enum { WORKERS_MAX = 64 };

static struct options {
    const char *address, *port;
    int timeout_ms;
    unsigned workers;
    bool wire, quiet;
} options = {.address = "127.0.0.1", .port = RPC_PORT, .timeout_ms = 10000};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"timeout", required_argument, NULL, 'w'},
        {"workers", required_argument, NULL, 'W'},
        {"wire", no_argument, NULL, 'X'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    options.workers = cores > WORKERS_MAX ? WORKERS_MAX : cores > 1 ? (unsigned)cores : 1;
    for (int o; (o = getopt_long(argc, argv, "l:p:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'W': options.workers = (unsigned)demo_number("--workers", optarg, 0, WORKERS_MAX); break;
        case 'X': options.wire = true; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("rpc_server " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: rpc_server [option...]\n"
                 "Offers procedures to any XML-RPC client: convertir, unidades, is_even, and system.listMethods, "
                 "which\n"
                 "tells all of them. They are called at http://ADDR:PORT/RPC2, or at / alone.\n\n"
                 "  -l, --listen ADDR  address to listen on (127.0.0.1); :: is all of IPv6 and IPv4\n"
                 "  -p, --port PORT    port to listen on (" RPC_PORT "); 0 takes any free one\n"
                 "  -w, --timeout SEC  the longest that a request may take to arrive, and its answer to leave (10)\n"
                 "      --wire         show the HTTP and the XML of each request and answer\n"
                 "      --workers N    threads that serve all clients by turns (one per core); 0: one per client\n"
                 "  -q, --quiet        only the first and the last line\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: rpc_server --wire         then, in another terminal: rpc_client 10 km mi");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: rpc_server --help");
        }
    }
    if (options.timeout_ms == 0) errx(DEMO_USAGE, "-w 0: no request could arrive in no time");
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: rpc_server --help", argv[optind]);
}

/* A procedure's number: a double, or an int, which other languages send for 10. */
static double read_number(xmlrpc_env *env, xmlrpc_value *value)
{
    double number = 0;
    int whole;
    if (xmlrpc_value_type(value) == XMLRPC_TYPE_INT) {
        xmlrpc_read_int(env, value, &whole);
        number = whole;
    } else {
        xmlrpc_read_double(env, value, &number); /* a fault when it is anything else */
    }
    if (!isfinite(number)) xmlrpc_env_set_fault(env, RPC_FAULT_NOT_FINITE, "valor is no finite number");
    return number;
}

static const struct unit *read_unit(xmlrpc_env *env, const char *name)
{
    char list[160];
    const struct unit *unit = unit_find(name);
    if (unit == NULL)
        xmlrpc_env_set_fault_formatted(env, RPC_FAULT_UNIT, "unknown unit \"%s\"; there are %s",
                                       strlen(name) < UNIT_NAME_MAX ? name : "(a long name)",
                                       unit_list(list, sizeof list));
    return unit;
}

/* One line about a call that is over; `text` is the result, of which strangers' bytes are escaped. */
static void tell(const struct http_call *call, const xmlrpc_env *env, const char *procedure, const char *result)
{
    if (options.quiet) return;
    const char *text = env->fault_occurred ? env->fault_string : result;
    flockfile(stdout);
    printf("%s %s %s ", call->client, procedure, env->fault_occurred ? "fault:" : "->");
    demo_put_text(stdout, text, strlen(text), "");
    putchar('\n');
    funlockfile(stdout);
}

/* The work of convertir; `text` becomes what it did, for people. */
static double convert(xmlrpc_env *env, double number, const struct unit *from, const struct unit *to, char *text,
                      size_t size)
{
    double converted = unit_convert(number, from, to);
    char before[EXACT_TEXT], after[EXACT_TEXT];
    if (!isfinite(converted)) {
        xmlrpc_env_set_fault(env, RPC_FAULT_NOT_FINITE, "the result is no finite number");
    } else if (!options.quiet) {
        double_text(number, before);
        double_text(converted, after);
        snprintf(text, size, "%s %s = %s %s", before, from->symbol, after, to->symbol);
    }
    return converted;
}

static xmlrpc_value *convertir(xmlrpc_env *env, xmlrpc_value *parameters, void *context, void *call)
{
    (void)context;
    char text[2 * EXACT_TEXT + 32] = "";
    double converted = 0;
    xmlrpc_value *valor;
    const char *origen, *destino;
    xmlrpc_decompose_value(env, parameters, "(Vss)", &valor, &origen, &destino);
    if (!env->fault_occurred) {
        double number = read_number(env, valor);
        const struct unit *from = env->fault_occurred ? NULL : read_unit(env, origen);
        const struct unit *to = from == NULL ? NULL : read_unit(env, destino);
        if (from != NULL && to != NULL) converted = convert(env, number, from, to, text, sizeof text);
        xmlrpc_DECREF(valor);
        free((char *)origen);
        free((char *)destino);
    }
    tell(call, env, "convertir", text);
    return env->fault_occurred ? NULL : xmlrpc_double_new(env, converted);
}

static xmlrpc_value *unidades(xmlrpc_env *env, xmlrpc_value *parameters, void *context, void *call)
{
    (void)context;
    xmlrpc_decompose_value(env, parameters, "()");
    xmlrpc_value *list = env->fault_occurred ? NULL : units_value(env);
    tell(call, env, "unidades", "the list");
    return list;
}

static xmlrpc_value *is_even(xmlrpc_env *env, xmlrpc_value *parameters, void *context, void *call)
{
    (void)context;
    int number = 0;
    char text[32];
    xmlrpc_decompose_value(env, parameters, "(i)", &number);
    const char *answer = number % 2 == 0 ? "Par" : "Impar";
    snprintf(text, sizeof text, "%d: %s", number, answer);
    tell(call, env, "is_even", text);
    return env->fault_occurred ? NULL : xmlrpc_string_new(env, answer);
}

static const struct http_method procedures[] = {
    {"convertir", convertir, "d:dss,d:iss", "A length, valor, from unidad_origen to unidad_destino.", NULL},
    {"unidades", unidades, "A:", "The units: simbolo, nombre, and metros, how many metres one of them is.", NULL},
    {"is_even", is_even, "s:i", "Par or Impar: whether a whole number is even or odd.", NULL},
};

/* Calls come to /RPC2 by custom; some clients, such as Python's with a URL that ends in /, send them there. */
static xmlrpc_registry *route(void *registry, const char *path)
{
    return strcmp(path, RPC_PATH) == 0 || strcmp(path, "/") == 0 ? registry : NULL;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_registry *registry = xmlrpc_registry_new(&env);
    for (size_t i = 0; i < sizeof procedures / sizeof *procedures && !env.fault_occurred; i++)
        http_add_method(&env, registry, &procedures[i]);
    if (env.fault_occurred) errx(DEMO_FAILED, "registry: %s", env.fault_string);
    struct http_endpoint *endpoint = http_endpoint_start(&(struct http_options){
        .address = options.address,
        .port = options.port,
        .about = "rpc_server: lengths and their units, as remote procedures",
        .route = route,
        .context = registry,
        .workers = options.workers,
        .timeout_ms = options.timeout_ms,
        .wire = options.wire,
        .quiet = options.quiet,
    });
    printf("listening on %s\n", http_endpoint_text(endpoint));

    /* The model: the endpoint's threads wait for calls, the registry finds the procedure; we wait for the end. */
    while (demo_wait((struct pollfd[1]){{0}}, 0, -1) >= 0) continue;

    /* Give back, in reverse: nobody new, the calls in hand, then the rest. */
    struct http_totals totals = http_endpoint_stop(endpoint);
    xmlrpc_registry_free(registry);
    xmlrpc_env_clean(&env);
    printf("served %llu request%s on %llu connection%s, %llu refused\n", totals.requests,
           totals.requests == 1 ? "" : "s", totals.connections, totals.connections == 1 ? "" : "s", totals.refused);
    return demo_end(DEMO_DONE);
}
