/* rpc_server - the server of remote procedure calls: it finds a procedure by its name and calls it for a client.
 *
 * A call is a name and parameters in XML (XML-RPC). dispatch() serves one: xmlrpc_registry_process_call2() unmarshals it, looks
 * the name up, calls the procedure through call_procedure(), and marshals the result or the fault (rpc_registry.c). HTTP
 * carries request and answer (rpc_service.c; directory http/).
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

/* Prints one line about a call that is over: its fault, or a summary. Both may quote the client's text. */
static void print_outcome(const struct rpc_caller *caller, const xmlrpc_env *env, const char *procedure,
                          const char *summary)
{
    if (options.quiet) return;
    const char *text = env->fault_occurred ? env->fault_string : summary;
    flockfile(stdout); /* other threads print too */
    printf("%s %s %s ", caller->client, procedure, env->fault_occurred ? "fault:" : "->");
    demo_put_text(stdout, text, strlen(text), "");
    putchar('\n');
    funlockfile(stdout);
}

/* The summary of a conversion: "10 km = 6.2137119223733395 mi". */
static void summarize(char *summary, size_t size, double valor, const char *origen, double result,
                      const char *destino)
{
    char before[EXACT_TEXT], after[EXACT_TEXT];
    double_text(valor, before);
    double_text(result, after);
    snprintf(summary, size, "%s %s = %s %s", before, unit_find(origen)->symbol, after, unit_find(destino)->symbol);
}

/* ------------------------------------------------------------------------------------------------------- The procedures */

/* Each is a server stub (skeleton): it takes the parameters out of XML-RPC values, calls the local function, and returns a
 * value or sets a fault. is_even has no local function. */

/* Sets a fault when another number of parameters came; `takes` says what is expected. */
static void check_count(xmlrpc_env *env, xmlrpc_value *parameters, int expected, const char *takes)
{
    const int came = xmlrpc_array_size(env, parameters);
    if (came != expected)
        xmlrpc_env_set_fault_formatted(env, XMLRPC_INDEX_ERROR, "%d parameter%s came, but %s", came,
                                       came == 1 ? "" : "s", takes);
}

static xmlrpc_value *convertir(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    char summary[2 * EXACT_TEXT + 32] = "", reason[UNITS_REASON];
    double result = 0;
    xmlrpc_value *number;
    const char *origen, *destino;
    check_count(env, parameters, 3, "convertir takes valor, unidad_origen and unidad_destino, such as 10 km mi");
    /* "(Vss)": any value and two strings; otherwise a fault. */
    if (!env->fault_occurred) xmlrpc_decompose_value(env, parameters, "(Vss)", &number, &origen, &destino);
    if (!env->fault_occurred) {
        double valor = units_read_number(env, number);
        if (!env->fault_occurred) {
            enum conversion outcome = units_convertir(valor, origen, destino, &result, reason);
            if (outcome != UNITS_CONVERTED) xmlrpc_env_set_fault(env, (int)outcome, reason);
            else if (!options.quiet) summarize(summary, sizeof summary, valor, origen, result, destino);
        }
        xmlrpc_DECREF(number);
        free((char *)origen);
        free((char *)destino);
    }
    print_outcome(caller, env, "convertir", summary);
    return env->fault_occurred ? NULL : xmlrpc_double_new(env, result);
}

static xmlrpc_value *unidades(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    check_count(env, parameters, 0, "unidades takes none");
    xmlrpc_value *list = env->fault_occurred ? NULL : units_value(env);
    print_outcome(caller, env, "unidades", "the list");
    return list;
}

static xmlrpc_value *is_even(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    int number = 0;
    char summary[32];
    check_count(env, parameters, 1, "is_even takes one whole number, such as 7");
    if (!env->fault_occurred) xmlrpc_decompose_value(env, parameters, "(i)", &number);
    const char *answer = number % 2 == 0 ? "Par" : "Impar";
    snprintf(summary, sizeof summary, "%d: %s", number, answer);
    print_outcome(caller, env, "is_even", summary);
    return env->fault_occurred ? NULL : xmlrpc_string_new(env, answer);
}

/* What a client may call: name on the wire, C function, signature ("d:dss": a double from a double and
 * two strings), help.
 * Simplification: the table is written by hand, and nothing checks that a signature is true; it is only told to clients
 * (system.methodSignature). A generator would write the server stub (skeleton) and the table from an interface definition. */
static const struct rpc_procedure procedures[] = {
    {"convertir", convertir, "d:dss,d:iss", "A length, valor, from unidad_origen to unidad_destino."},
    {"unidades", unidades, "A:", "The units: simbolo, nombre, and metros, how many metres one of them is."},
    {"is_even", is_even, "s:i", "Par or Impar: whether a whole number is even or odd."},
    {0},
};

/* --------------------------------------------------------------------------------------------------------- The dispatch */

/* Serves one request; several threads at once. Calls come to /RPC2 by convention. Some clients send them to /, for example
 * Python's with a URL that ends in /. */
static void dispatch(void *registry, const struct http_request *request, struct http_response *response)
{
    static const char about[] = "rpc_server: lengths and their units, as remote procedures";
    const struct rpc_caller caller = rpc_caller_of(request);
    const bool known = strcmp(request->path, RPC_PATH) == 0 || strcmp(request->path, "/") == 0;
    if (rpc_answer_if_no_call(about, known ? registry : NULL, request, response)) return; /* a 404, a page ... */

    /* Unmarshals the name and the parameters, looks the name up, calls the procedure, marshals its result or fault. */
    size_t len = request->body_len;
    char *answer = rpc_registry_call(registry, &caller, request->body, &len);
    rpc_send_answer(response, answer, len);
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
    struct http_server *server = http_server_start(&(struct http_server_options){
        .address = options.address,
        .port = options.port,
        .handler = dispatch,
        .context = registry, /* given to dispatch() */
        .body_max = RPC_MESSAGE_MAX,
        .workers = (unsigned)options.workers,
        .timeout_ms = options.timeout_ms,
        .show_body = options.wire ? xml_put_indented : NULL,
        .quiet = options.quiet,
    });
    printf("listening on %s\n", http_server_endpoint(server));

    /* The model runs in the server's threads: receive a call, dispatch it, answer. main() waits for the signal. */
    struct pollfd stop[1]; /* filled in by demo_wait(): the stop signal */
    while (demo_wait(stop, 0, -1) >= 0) continue;

    /* Give back, in reverse: refuse new clients, finish calls under way, free the rest. */
    struct http_totals totals = http_server_stop(server);
    xmlrpc_registry_free(registry);
    printf("served %llu request%s on %llu connection%s, %llu refused\n", totals.requests,
           totals.requests == 1 ? "" : "s", totals.connections, totals.connections == 1 ? "" : "s", totals.refused);
    return demo_end(DEMO_DONE);
}
