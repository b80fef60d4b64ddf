/* rpc_server - the far side of a procedure call: procedures that a registry knows by name, for programs elsewhere to call.
 *
 * A request is the XML of a call. The registry unmarshals the parameters, finds the procedure by its name, calls it, and
 * marshals the result, or the fault: rpc_registry.c. HTTP carries both: rpc_service.c, and the room http/.
 *
 *     rpc_server            in one terminal
 *     rpc_client 10 km mi   in another: its sibling, rpc_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "../units/exact_text.h"
#include "rpc_proto.h"
#include "rpc_service.h"
#include "units_value.h"
#include "xml_text.h"

enum { WORKERS_MAX = 64 };

static struct {
    const char *address, *port;
    int timeout_ms;
    size_t workers;
    bool wire, quiet;
} options = {.address = "127.0.0.1", .port = RPC_PORT, .timeout_ms = 10000};

static const struct demo_usage usage = {
    .purpose =
        "Offers procedures to any XML-RPC client: convertir, unidades, is_even, and system.listMethods, which\n"
        "tells all of them. They are called at http://ADDR:PORT" RPC_PATH ", or at / alone.",
    .example = "rpc_server --wire         then, in another terminal: rpc_client 10 km mi",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6 and IPv4", .text = &options.address},
    {'p', "port", "PORT", "port to listen on (" RPC_PORT "); 0 takes any free one", .port = &options.port},
    {'w', "timeout", "SEC", "the longest that a request may take to arrive, and its answer to leave (10)",
     .milliseconds = &options.timeout_ms, .min = 1},
    {0, "wire", NULL, "show the HTTP and the XML of each request and answer", .on = &options.wire},
    {0, "workers", "N", "threads that serve all clients by turns (one per core); 0: one per client",
     .number = &options.workers, .max = WORKERS_MAX},
    {'q', "quiet", NULL, "only the first and the last line", .on = &options.quiet},
    {0},
};

/* One line about a call that is over: the fault, or what was done. Both quote the client's text. */
static void print_call(const struct rpc_caller *caller, const xmlrpc_env *env, const char *procedure,
                       const char *done)
{
    if (options.quiet) return;
    const char *text = env->fault_occurred ? env->fault_string : done;
    flockfile(stdout);
    printf("%s %s %s ", caller->client, procedure, env->fault_occurred ? "fault:" : "->");
    demo_put_text(stdout, text, strlen(text), "");
    putchar('\n');
    funlockfile(stdout);
}

/* Unmarshals a number: a double, or an int, which other languages send for 10. */
static double read_number(xmlrpc_env *env, xmlrpc_value *value)
{
    double number = 0;
    int whole = 0;
    if (xmlrpc_value_type(value) != XMLRPC_TYPE_INT) {
        xmlrpc_read_double(env, value, &number); /* a fault when it is anything else */
        return number;
    }
    xmlrpc_read_int(env, value, &whole);
    return whole;
}

/* What convertir did, for print_call(): "10 km = 6.2137119223733395 mi". */
static void describe(char *text, size_t size, double valor, const char *origen, double result, const char *destino)
{
    char before[EXACT_TEXT], after[EXACT_TEXT];
    double_text(valor, before);
    double_text(result, after);
    snprintf(text, size, "%s %s = %s %s", before, unit_find(origen)->symbol, after, unit_find(destino)->symbol);
}

/* ------------------------------------------------------------------------------------------------------- The procedures */

static xmlrpc_value *convertir(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    char done[2 * EXACT_TEXT + 32] = "", reason[UNITS_REASON];
    double result = 0;
    xmlrpc_value *number;
    const char *origen, *destino;
    xmlrpc_decompose_value(env, parameters, "(Vss)", &number, &origen,
                           &destino); /* three, of these types: or a fault */
    if (!env->fault_occurred) {
        double valor = read_number(env, number);
        if (!env->fault_occurred) {
            enum conversion outcome = units_convertir(valor, origen, destino, &result, reason);
            if (outcome != UNITS_CONVERTED) xmlrpc_env_set_fault(env, (int)outcome, reason);
            else if (!options.quiet) describe(done, sizeof done, valor, origen, result, destino);
        }
        xmlrpc_DECREF(number);
        free((char *)origen);
        free((char *)destino);
    }
    print_call(caller, env, "convertir", done);
    return env->fault_occurred ? NULL : xmlrpc_double_new(env, result);
}

static xmlrpc_value *unidades(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    xmlrpc_decompose_value(env, parameters, "()");
    xmlrpc_value *list = env->fault_occurred ? NULL : units_value(env);
    print_call(caller, env, "unidades", "the list");
    return list;
}

static xmlrpc_value *is_even(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    int number = 0;
    char done[32];
    xmlrpc_decompose_value(env, parameters, "(i)", &number);
    const char *answer = number % 2 == 0 ? "Par" : "Impar";
    snprintf(done, sizeof done, "%d: %s", number, answer);
    print_call(caller, env, "is_even", done);
    return env->fault_occurred ? NULL : xmlrpc_string_new(env, answer);
}

/* Simplification: written by hand. A stub generator would read an interface definition and write this table. */
static const struct rpc_procedure procedures[] = {
    {"convertir", convertir, "d:dss,d:iss", "A length, valor, from unidad_origen to unidad_destino."},
    {"unidades", unidades, "A:", "The units: simbolo, nombre, and metros, how many metres one of them is."},
    {"is_even", is_even, "s:i", "Par or Impar: whether a whole number is even or odd."},
    {0},
};

/* Calls come to /RPC2 by custom. Some clients, Python's with a URL that ends in / for example, send them to /. */
static xmlrpc_registry *route(void *registry, const char *path)
{
    return strcmp(path, RPC_PATH) == 0 || strcmp(path, "/") == 0 ? registry : NULL;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    options.workers = cores > WORKERS_MAX ? WORKERS_MAX : cores > 1 ? (size_t)cores : 1;
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal. */
    xmlrpc_registry *registry = rpc_registry_new(procedures);
    struct rpc_service service = {
        .about = "rpc_server: lengths and their units, as remote procedures", .route = route, .context = registry};
    struct http_server *server = http_server_start(&(struct http_server_options){
        .address = options.address,
        .port = options.port,
        .handler = rpc_serve,
        .context = &service,
        .body_max = RPC_MESSAGE_MAX,
        .workers = (unsigned)options.workers,
        .timeout_ms = options.timeout_ms,
        .show_body = options.wire ? xml_put_indented : NULL,
        .quiet = options.quiet,
    });
    printf("listening on %s\n", http_server_endpoint(server));

    /* The model: the server's threads receive calls, and the registry dispatches them. This one waits for the signal. */
    while (demo_wait((struct pollfd[1]){{0}}, 0, -1) >= 0) continue;

    /* Give back, in reverse: no new client, the calls that are owed an answer, then the rest. */
    struct http_totals totals = http_server_stop(server);
    xmlrpc_registry_free(registry);
    printf("served %llu request%s on %llu connection%s, %llu refused\n", totals.requests,
           totals.requests == 1 ? "" : "s", totals.connections, totals.connections == 1 ? "" : "s", totals.refused);
    return demo_end(DEMO_DONE);
}
