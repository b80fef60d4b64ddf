/* rpc_client - the near side of a procedure call: a call that looks local, and what it may meet on its way.
 *
 * The parameters are marshalled, sent, and the answer is unmarshalled: rpc_call.c, step by step. --wire shows what went
 * over the line. Calls any XML-RPC server, not only its sibling, rpc_server.c.
 *
 *     rpc_server            in one terminal
 *     rpc_client 10 km mi   in another; without a call it asks for them
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "rpc_call.h"
#include "rpc_measure.h"
#include "rpc_proto.h"
#include "rpc_words.h"
#include "value_text.h"

#include <getopt.h>
#include <limits.h>

static struct options {
    char url[300];
    size_t count, clients;
    int timeout_ms;
    bool wire, quiet;
} options = {.url = "http://localhost:" RPC_PORT RPC_PATH, .clients = 1, .timeout_ms = 5000};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},
        {"url", required_argument, NULL, 'u'},
        {"timeout", required_argument, NULL, 'w'},
        {"count", required_argument, NULL, 'n'},
        {"concurrency", required_argument, NULL, 'C'},
        {"wire", no_argument, NULL, 'X'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int written = 0;
    for (int o;
         (o = getopt_long(argc, argv, "+p:w:n:qVh", names, NULL)) != -1;) { /* +: options come before the call */
        switch (o) {
        case 'p':
            demo_number("-p", optarg, 1, 65535);
            written = snprintf(options.url, sizeof options.url, "http://localhost:%s%s", optarg, RPC_PATH);
            break;
        case 'u': written = snprintf(options.url, sizeof options.url, "%s", optarg); break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 'C': options.clients = (size_t)demo_number("--concurrency", optarg, 1, 1000); break;
        case 'X': options.wire = true; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("rpc_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: rpc_client [option...] [NUMBER UNIT UNIT | METHOD PARAMETER...]\n"
                 "Calls a procedure of an XML-RPC server and prints its result: convertir, or the METHOD. Without a "
                 "call\n"
                 "it reads them from standard input, one a line. A whole number is sent as int, another number as\n"
                 "double, anything else as string.\n\n"
                 "  -p, --port PORT      of rpc_server on this machine (" RPC_PORT ")\n"
                 "      --url URL        of any server (http://localhost:" RPC_PORT RPC_PATH ")\n"
                 "  -w, --timeout SEC    the longest that a call may take (5)\n"
                 "      --wire           show the HTTP and the XML of request and answer\n"
                 "  -q, --quiet          no prompt\n\n"
                 "Measuring:\n"
                 "  -n, --count N        N calls of convertir, each result checked, then one line of figures\n"
                 "      --concurrency C  by C clients at once (1)\n"
                 "  -V, --version        -h, --help\n\n"
                 "Examples: rpc_client 10 km mi        rpc_client --wire system.listMethods");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: rpc_client --help");
        }
    }
    if (written < 0 || (size_t)written >= sizeof options.url) errx(DEMO_USAGE, "--url: longer than 299 bytes");
    if (options.timeout_ms == 0) errx(DEMO_USAGE, "-w 0: no answer could arrive in no time");
    if (options.clients > 1 && options.count == 0)
        errx(DEMO_USAGE, "--concurrency goes with -n; try: rpc_client --help");
    if (options.count > 0 && (optind < argc || options.wire))
        errx(DEMO_USAGE, "-n calls convertir, in silence: no call and no --wire beside it; try: rpc_client --help");
}

/* A word as XML-RPC sends it. */
static xmlrpc_value *value_of_word(xmlrpc_env *env, const char *word)
{
    char *end;
    errno = 0;
    long whole = strtol(word, &end, 10);
    if (end > word && !*end && errno == 0 && whole >= INT_MIN && whole <= INT_MAX)
        return xmlrpc_int_new(env, (int)whole);
    double number = strtod(word, &end);
    if (end > word && !*end && strpbrk(word, "0123456789")) return xmlrpc_double_new(env, number);
    return xmlrpc_string_new(env, word);
}

/* Calls what the words say: METHOD PARAMETER..., or convertir when they begin with a number. Returns where it failed. */
static enum rpc_problem call(struct rpc_server *server, char **words, int count)
{
    char *end;
    bool converts = (strtod(words[0], &end), end > words[0] && !*end);
    const char *method = converts ? "convertir" : words[0];
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *parameters = xmlrpc_array_new(&env);
    for (int i = converts ? 0 : 1; i < count && !env.fault_occurred; i++) {
        xmlrpc_value *value = value_of_word(&env, words[i]);
        if (env.fault_occurred) break;
        xmlrpc_array_append_item(&env, parameters, value);
        xmlrpc_DECREF(value);
    }
    struct rpc_outcome outcome = {.problem = RPC_HERE};
    if (env.fault_occurred) snprintf(outcome.text, sizeof outcome.text, "%s", env.fault_string);
    else outcome = rpc_call(server, method, parameters);
    if (parameters != NULL) xmlrpc_DECREF(parameters);

    if (outcome.problem == RPC_DONE) {
        value_put_line(stdout, outcome.result, SIZE_MAX);
        xmlrpc_DECREF(outcome.result);
    } else if (outcome.problem != RPC_STOPPED) {
        fputs("rpc_client: ", stderr);
        demo_put_text(stderr, outcome.text, strlen(outcome.text), "");
        fputc('\n', stderr);
    }
    xmlrpc_env_clean(&env);
    return outcome.problem;
}

/* Reads calls and makes them, over one connection. A fault is an answer; only a call without any makes this fail. */
static int converse(struct rpc_server *server)
{
    struct rpc_words typed;
    const bool prompt = !options.quiet && isatty(STDIN_FILENO);
    int status = DEMO_DONE;
    if (prompt) fputs("10 km mi, or a method's name, such as unidades; Ctrl-D ends\n", stderr);
    while (rpc_words_read(&typed, prompt)) {
        enum rpc_problem problem = call(server, typed.words, typed.count);
        if (problem != RPC_DONE && problem != RPC_FAULT && problem != RPC_STOPPED) status = DEMO_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. The connection itself comes with the first call. */
    rpc_begin();
    struct rpc_server *server = rpc_open(options.url, options.timeout_ms, options.wire);
    if (server == NULL) errx(DEMO_USAGE, "--url %s: expected http://HOST:PORT/PATH", options.url);

    /* The model: one call, a conversation of calls, or the measure of them. */
    int status = DEMO_DONE;
    if (options.count > 0) {
        status = rpc_measure(options.url, options.timeout_ms, options.count, options.clients);
    } else if (optind < argc) {
        enum rpc_problem problem = call(server, argv + optind, argc - optind);
        if (problem != RPC_DONE && problem != RPC_STOPPED) status = DEMO_FAILED;
    } else {
        status = converse(server);
    }

    /* Give back. */
    rpc_close(server);
    rpc_end();
    return demo_end(status);
}
