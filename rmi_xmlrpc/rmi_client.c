/* rmi_client - calls methods of remote objects, known by name, through stubs that look like local functions.
 *
 * The stubs, conversor_convertir() for example, are made by macros from interfaces.h (stubs.h). An object's first call looks
 * its name up in the registry; so does a call that finds the object gone from its URL: rmi_invoke() in remote_reference.c. A
 * stub returns a struct rmi_error: RMI_OK, or which side failed. Its last argument receives the result. With --progress this
 * client exports an object of its own, avisos, and passes its URL to the server, which calls it while a task runs.
 *
 *     rmi_registry          in one terminal: rmi_registry.c
 *     rmi_server            in another: rmi_server.c
 *     rmi_client pi 50      in a third; without a call it asks for them
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../common/options.h"
#include "export.h"
#include "rmi_measure.h"
#include "rmi_prompt.h"
#include "stubs.h"

#include <limits.h>

enum { BRIEF = 64, CALLBACK_MS = 10000 }; /* --brief: bytes of a result; the time for a callback to arrive */

static struct {
    const char *registry, *address;
    size_t count;
    int timeout_ms;
    bool progress, brief, quiet;
} options = {.registry = "localhost:" REGISTRY_PORT, .address = "127.0.0.1", .timeout_ms = 30000};

static const struct demo_usage usage = {
    .arguments = "[CALL]",
    .purpose =
        "Calls remote objects that a registry knows. A CALL is one of the following; without one it reads them\n"
        "from standard input, one a line.\n\n"
        "  10 km mi, unidades             the methods of conversor\n"
        "  pi 50, primo 97, fibonacci 90  tasks for motor_calculo: its ejecutar_tarea\n"
        "  list, lookup NAME              what the registry knows",
    .example = "rmi_client --progress --brief pi 20000",
    .most = INT_MAX,
    .options_first = true,
};
static const struct demo_option table[] = {
    {'r', "registry", "HOST:PORT", "where rmi_registry is (localhost:" REGISTRY_PORT ")", .text = &options.registry},
    {0, "progress", NULL, "be called back while pi is calculated", .on = &options.progress},
    {'l', "listen", "ADDR", "the address for that: one of this machine that the server can reach (127.0.0.1)",
     .text = &options.address},
    {'w', "timeout", "SEC", "the longest that a call may take (30)", .milliseconds = &options.timeout_ms, .min = 1},
    {0, "brief", NULL, "show the first 64 digits of a result only", .on = &options.brief},
    {'q', "quiet", NULL, "no prompt", .on = &options.quiet},
    {'n', "count", "N", "measure: N calls of convertir, each result checked", .number = &options.count, .min = 1,
     .max = MEASURE_MAX},
    {0},
};

/* The remote references. The first call of an object looks its name up in the registry. */
static struct rmi_reference registry;
static struct rmi_reference conversor = {.name = "conversor", .registry = &registry};
static struct rmi_reference motor_calculo = {.name = "motor_calculo", .registry = &registry};

/* ------------------------------------------------------------------------------------------------- The callback object */

/* The server calls this while our own call of the task still waits: it runs in a thread of the endpoint. */
static struct rmi_error avisos_progreso_servant(const struct rpc_caller *caller, const char *tarea, int hecho,
                                                int total, bool *understood)
{
    (void)caller;
    flockfile(stdout);
    demo_put_text(stdout, tarea, strlen(tarea), "");
    printf(": %d of %d digits\n", hecho, total);
    funlockfile(stdout);
    *understood = true;
    return (struct rmi_error){.failure = RMI_OK};
}

RMI_SKELETONS(avisos, AVISOS)

static struct rmi_exported avisos = {.name = "avisos", .skeletons = avisos_skeletons}; /* no URL: not exported */

static void export_avisos(struct rmi_endpoint *endpoint)
{
    struct object_url here;
    rmi_export(endpoint);
    if (!object_url_of_endpoint(rmi_endpoint_text(endpoint), &here))
        errx(DEMO_USAGE, "-l %s is every address of this machine: say by which one the server can call us",
             options.address);
    if (!object_url_write(avisos.url, &here, avisos.name))
        errx(DEMO_FAILED, "%s: too long for a URL", options.address);
    if (!options.quiet) fprintf(stderr, "rmi_client: avisos is at %s\n", avisos.url);
}

/* ---------------------------------------------------------------------------------------------------------------- Calls */

static struct rmi_error call_convertir(const char *number, const char *origen, const char *destino)
{
    char *end;
    double valor = strtod(number, &end), result = 0;
    if (end == number || *end) return rmi_failed(RMI_LOCAL, 0, "%s: expected a number", number);
    struct rmi_error error = conversor_convertir(&conversor, valor, origen, destino, &result);
    if (error.failure == RMI_OK) print_double(result);
    return error;
}

static struct rmi_error call_task(const char *name, char **words, int count)
{
    xmlrpc_value *parameters, *result = NULL;
    struct rmi_error error = array_of_words(words, count, &parameters);
    if (error.failure != RMI_OK) return error;
    if (*avisos.url) /* an object is passed by reference: its URL, which the server calls */
        error = motor_calculo_ejecutar_tarea_con_avisos(&motor_calculo, name, parameters, avisos.url, &result);
    else error = motor_calculo_ejecutar_tarea(&motor_calculo, name, parameters, &result);
    xmlrpc_DECREF(parameters);
    if (error.failure != RMI_OK) return error;
    value_put_line(stdout, result, options.brief ? BRIEF : SIZE_MAX);
    xmlrpc_DECREF(result);
    return error;
}

static struct rmi_error call_unidades(void)
{
    xmlrpc_value *list;
    struct rmi_error error = conversor_unidades(&conversor, &list);
    if (error.failure != RMI_OK) return error;
    print_items(list, options.brief ? BRIEF : SIZE_MAX);
    xmlrpc_DECREF(list);
    return error;
}

static struct rmi_error call_list(void)
{
    xmlrpc_value *names;
    struct rmi_error error = registro_list(&registry, &names);
    if (error.failure != RMI_OK) return rmi_registry_error(&registry, error);
    print_items(names, SIZE_MAX);
    xmlrpc_DECREF(names);
    return error;
}

static struct rmi_error call_lookup(const char *name)
{
    char *url;
    struct rmi_error error = registro_lookup(&registry, name, &url);
    if (error.failure != RMI_OK) return rmi_registry_error(&registry, error);
    print_string(url);
    free(url);
    return error;
}

/* Makes the call that the words say. */
static struct rmi_error call(char **words, int count)
{
    const char *first = words[0];
    if (strcmp(first, "list") == 0 && count == 1) return call_list();
    if (strcmp(first, "lookup") == 0 && count == 2) return call_lookup(words[1]);
    if (strcmp(first, "unidades") == 0 && count == 1) return call_unidades();
    if (strcmp(first, "convertir") == 0 && count == 4) return call_convertir(words[1], words[2], words[3]);
    if (strchr("+-.0123456789", *first) && count == 3) return call_convertir(first, words[1], words[2]);
    return call_task(first, words + 1, count - 1);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int first = demo_options(argc, argv, &usage, table);
    if (options.count > 0 && first < argc)
        errx(DEMO_USAGE, "-n calls convertir: no call beside it; try: rmi_client --help");
    registry = rmi_registry_at(options.registry, options.timeout_ms);
    conversor.timeout_ms = motor_calculo.timeout_ms = options.timeout_ms;

    /* Acquire everything: only the callback object needs something. Nothing is sent before the first call. */
    rpc_begin();
    skeleton_quiet = true; /* the servant of avisos prints by itself */
    struct rmi_endpoint endpoint = {.about = "rmi_client: an object that is called back",
                                    .address = options.address,
                                    .port = "0",
                                    .timeout_ms = CALLBACK_MS,
                                    .objects = &avisos,
                                    .count = 1};
    if (options.progress) export_avisos(&endpoint);

    /* The model: call() chooses a stub, which marshals, sends to the object's URL, and unmarshals the result. */
    int status = DEMO_DONE;
    if (options.count > 0) {
        status = rmi_measure(&conversor, options.count);
    } else if (first < argc) {
        struct rmi_error error = call(argv + first, argc - first);
        print_error(error);
        if (error.failure != RMI_OK && error.failure != RMI_STOPPED) status = DEMO_FAILED;
    } else {
        status = prompt_for_calls(!options.quiet && isatty(STDIN_FILENO), call);
    }

    /* Give back, in reverse. */
    if (options.progress) rmi_unexport(&endpoint);
    rpc_end();
    return demo_end(status);
}
