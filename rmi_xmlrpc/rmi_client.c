/* rmi_client - calls remote objects as if they were here: looks a name up once, then calls functions.
 *
 * conversor_convertir() and the like are stubs, made of interfaces.h: each sends its arguments to wherever the object is and
 * brings back the result, or an error that says which side failed. With --progress the client is a server, too: it exports
 * an object of its own and hands its URL over, and is called back while a task runs.
 *
 *     rmi_registry          in one terminal: rmi_registry.c
 *     rmi_server            in another: rmi_server.c
 *     rmi_client pi 50      in a third; without a call it asks for them
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../rpc_xml/rpc_xml.h"
#include "../units/exact_text.h"
#include "skeleton.h"
#include "stubs.h"

#include <getopt.h>
#include <limits.h>

enum { BRIEF = 64 }; /* bytes of a result with --brief */

static struct options {
    struct object_url registry;
    const char *address;
    size_t count, most; /* calls to measure; bytes of a result to show */
    int timeout_ms;
    bool progress, quiet;
} options = {.registry = {.host = "localhost", .port = REGISTRY_PORT},
             .address = "127.0.0.1",
             .most = SIZE_MAX,
             .timeout_ms = 30000};

/* The remote objects, as everything below sees them: where they are is found out by the first call. */
static struct rmi_object registry = {.name = "the registry"};
static struct rmi_object conversor = {.name = "conversor", .registry = &registry};
static struct rmi_object motor_calculo = {.name = "motor_calculo", .registry = &registry};
static char url_avisos[RMI_URL_MAX]; /* our own object; empty without --progress */

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"registry", required_argument, NULL, 'r'}, {"progress", no_argument, NULL, 'P'},
        {"listen", required_argument, NULL, 'l'},   {"timeout", required_argument, NULL, 'w'},
        {"count", required_argument, NULL, 'n'},    {"brief", no_argument, NULL, 'B'},
        {"quiet", no_argument, NULL, 'q'},          {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "+r:l:w:n:qVh", names, NULL)) != -1;) { /* +: options before the call */
        switch (o) {
        case 'r':
            if (!object_url_host_port(optarg, REGISTRY_PORT, &options.registry))
                errx(DEMO_USAGE, "--registry %s: expected HOST:PORT, such as localhost:" REGISTRY_PORT, optarg);
            break;
        case 'P': options.progress = true; break;
        case 'l': options.address = optarg; break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 'B': options.most = BRIEF; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("rmi_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: rmi_client [option...] [CALL]\n"
                 "Calls remote objects that a registry knows. A CALL is one of the following; without one it reads "
                 "them\n"
                 "from standard input, one a line.\n\n"
                 "  10 km mi, unidades             the methods of conversor\n"
                 "  pi 50, primo 97, fibonacci 90  tasks for motor_calculo: its ejecutar_tarea\n"
                 "  list, lookup NAME              what the registry knows\n\n"
                 "  -r, --registry HOST:PORT  where rmi_registry is (localhost:" REGISTRY_PORT ")\n"
                 "      --progress            be called back while pi is calculated\n"
                 "  -l, --listen ADDR         where: an address of this machine that the server can reach "
                 "(127.0.0.1)\n"
                 "  -w, --timeout SEC         the longest that a call may take (30)\n"
                 "      --brief               show the first 64 digits of a result only\n"
                 "  -q, --quiet               no prompt\n"
                 "  -n, --count N             measure: N calls of convertir, each result checked\n"
                 "  -V, --version             -h, --help\n\n"
                 "Example: rmi_client --progress --brief pi 20000");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: rmi_client --help");
        }
    }
    if (options.timeout_ms == 0) errx(DEMO_USAGE, "-w 0: no answer could arrive in no time");
    if (options.count > 0 && optind < argc)
        errx(DEMO_USAGE, "-n calls convertir: no call beside it; try: rmi_client --help");
}

/* ------------------------------------------------------------------------------------------------- The object we export */

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

RMI_EXPORT(avisos, AVISOS)

static xmlrpc_registry *route(void *methods, const char *path)
{
    return strcmp(path, "/avisos") == 0 ? methods : NULL;
}

static struct http_server *export_avisos(xmlrpc_registry *methods)
{
    struct object_url here;
    static struct rpc_service service = {.about = "rmi_client: an object that is called back", .route = route};
    service.context = methods;
    struct http_server *endpoint = http_server_start(&(struct http_server_options){
        .address = options.address,
        .port = "0",
        .handler = rpc_serve,
        .context = &service,
        .body_max = RPC_MESSAGE_MAX,
        .timeout_ms = 10000,
        .quiet = true,
    });
    if (!object_url_of_endpoint(http_server_endpoint(endpoint), &here))
        errx(DEMO_USAGE, "-l %s: that is every address of this machine: say by which one the server can call us",
             options.address);
    if (!object_url_write(url_avisos, &here, "avisos")) errx(DEMO_FAILED, "%s: too long for a URL", options.address);
    if (!options.quiet) fprintf(stderr, "rmi_client: avisos is at %s\n", url_avisos);
    return endpoint;
}

/* ---------------------------------------------------------------------------------------------------------------- Calls */

static void put_line(const char *text)
{
    flockfile(stdout);
    demo_put_text(stdout, text, strlen(text), "");
    putchar('\n');
    funlockfile(stdout);
}

/* Says why a call failed. A fault's text is a stranger's. */
static void complain(struct rmi_error error)
{
    fputs("rmi_client: ", stderr);
    demo_put_text(stderr, error.text, strlen(error.text), "");
    fputs(rmi_not_executed(error) ? "; nothing was executed\n" : "\n", stderr);
}

static struct rmi_error call_convertir(const char *valor, const char *origen, const char *destino)
{
    char *end, text[EXACT_TEXT];
    double result = 0, number = strtod(valor, &end);
    if (end == valor || *end) return rmi_failed(RMI_HERE, 0, "%s: expected a number", valor);
    struct rmi_error error = conversor_convertir(&conversor, number, origen, destino, &result);
    if (error.failure == RMI_OK) {
        double_text(result, text);
        put_line(text);
    }
    return error;
}

/* A method that returns a list: prints it, one item a line. */
static struct rmi_error call_list(struct rmi_error (*stub)(struct rmi_object *, xmlrpc_value **),
                                  struct rmi_object *object)
{
    xmlrpc_env env;
    xmlrpc_value *list = NULL, *item;
    struct rmi_error error = stub(object, &list);
    if (error.failure != RMI_OK) return error;
    xmlrpc_env_init(&env);
    for (int i = 0, size = xmlrpc_array_size(&env, list); i < size; i++) {
        xmlrpc_array_read_item(&env, list, (unsigned)i, &item);
        value_put_line(stdout, item, options.most);
        xmlrpc_DECREF(item);
    }
    xmlrpc_env_clean(&env);
    xmlrpc_DECREF(list);
    return error;
}

static struct rmi_error call_lookup(const char *name)
{
    char *url = NULL;
    struct rmi_error error = registro_lookup(&registry, name, &url);
    if (error.failure != RMI_OK) return error;
    put_line(url);
    free(url);
    return error;
}

/* A task's parameters, as ejecutar_tarea takes them: an int where the word is one, else a string. */
static xmlrpc_value *parameters_of(xmlrpc_env *env, char **words, int count)
{
    xmlrpc_value *list = xmlrpc_array_new(env);
    for (int i = 0; i < count && !env->fault_occurred; i++) {
        char *end;
        errno = 0;
        long number = strtol(words[i], &end, 10);
        bool is_int = end > words[i] && !*end && errno == 0 && number >= INT_MIN && number <= INT_MAX;
        xmlrpc_value *word = is_int ? xmlrpc_int_new(env, (int)number) : xmlrpc_string_new(env, words[i]);
        if (env->fault_occurred) break;
        xmlrpc_array_append_item(env, list, word);
        xmlrpc_DECREF(word);
    }
    return list;
}

static struct rmi_error call_task(const char *name, char **words, int count)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *result = NULL, *parameters = parameters_of(&env, words, count);
    struct rmi_error error;
    if (env.fault_occurred) error = rmi_failed(RMI_HERE, 0, "%s", env.fault_string);
    else if (url_avisos[0] == '\0') error = motor_calculo_ejecutar_tarea(&motor_calculo, name, parameters, &result);
    else error = motor_calculo_ejecutar_tarea_con_avisos(&motor_calculo, name, parameters, url_avisos, &result);
    if (error.failure == RMI_OK) {
        value_put_line(stdout, result, options.most);
        xmlrpc_DECREF(result);
    }
    if (parameters != NULL) xmlrpc_DECREF(parameters);
    xmlrpc_env_clean(&env);
    return error;
}

/* Makes the call that the words say. Returns where it failed. */
static enum rmi_failure call(char **words, int count)
{
    struct rmi_error error;
    const char *first = words[0];
    if (strcmp(first, "list") == 0 && count == 1)
        error = rmi_registry_error(&registry, call_list(registro_list, &registry));
    else if (strcmp(first, "lookup") == 0 && count == 2) error = rmi_registry_error(&registry, call_lookup(words[1]));
    else if (strcmp(first, "unidades") == 0 && count == 1) error = call_list(conversor_unidades, &conversor);
    else if (strcmp(first, "convertir") == 0 && count == 4) error = call_convertir(words[1], words[2], words[3]);
    else if (strchr("+-.0123456789", *first) && count == 3) error = call_convertir(first, words[1], words[2]);
    else error = call_task(first, words + 1, count - 1);

    if (error.failure != RMI_OK && error.failure != RMI_STOPPED) complain(error);
    return error.failure;
}

/* Reads calls and makes them. A fault is an answer; only a call that got none makes this fail. */
static int converse(void)
{
    static struct rpc_words typed;
    const bool prompt = !options.quiet && isatty(STDIN_FILENO);
    int status = DEMO_DONE;
    if (prompt) fputs("10 km mi, pi 50, primo 97, fibonacci 90, unidades, list; Ctrl-D ends\n", stderr);
    while (rpc_words_read(&typed, prompt)) {
        enum rmi_failure failure = call(typed.words, typed.count);
        if (failure != RMI_OK && failure != RMI_FAULT && failure != RMI_STOPPED) status = DEMO_FAILED;
    }
    return status;
}

/* N calls of one method, each result checked. */
static int measure(size_t count)
{
    struct measure m;
    measure_begin(&m, count);
    while (m.sent < count && !demo_stopping()) {
        double metres = 0, km = (double)(m.sent % 1000);
        int64_t began = demo_now_ns();
        struct rmi_error error = conversor_convertir(&conversor, km, "km", "m", &metres);
        if (error.failure == RMI_STOPPED) break;
        m.sent++;
        if (error.failure == RMI_OK && metres == km * 1000) measure_reply(&m, demo_now_ns() - began);
        else if (error.failure == RMI_OK) warnx("%g km are %g m?", km, metres);
        else complain(error);
        if (error.failure != RMI_OK) break;
    }
    return measure_end(&m);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: nothing is sent before the first call. */
    int status = DEMO_DONE;
    xmlrpc_registry *methods = NULL;
    struct http_server *endpoint = NULL;
    rpc_begin();
    skeleton_quiet = true; /* our own object prints by itself */
    registry.timeout_ms = conversor.timeout_ms = motor_calculo.timeout_ms = options.timeout_ms;
    if (!object_url_write(registry.url, &options.registry, "")) errx(DEMO_USAGE, "--registry: too long for a URL");
    if (options.progress) endpoint = export_avisos(methods = rpc_registry_new(avisos_methods));

    /* The model: one call, a conversation of calls, or the measure of them. */
    if (options.count > 0) {
        status = measure(options.count);
    } else if (optind < argc) {
        enum rmi_failure failure = call(argv + optind, argc - optind);
        if (failure != RMI_OK && failure != RMI_STOPPED) status = DEMO_FAILED;
    } else {
        status = converse();
    }

    /* Give back, in reverse. */
    if (endpoint != NULL) {
        http_server_stop(endpoint);
        xmlrpc_registry_free(methods);
    }
    rpc_end();
    return demo_end(status);
}
