/* rpc_client - the client of remote procedure calls.
 *
 * convertir() is a stub: its caller passes parameters and gets a result, as from a local function. rpc_call() does what
 * every stub needs: it marshals the parameters, sends the call, waits for the answer, and unmarshals it (rpc_call.c). invoke()
 * calls any procedure without a stub (dynamic invocation). A call is never sent twice, so a procedure runs at most once. After
 * a timeout or a broken connection the client does not know whether it ran. --wire shows what goes over the wire.
 *
 *     rpc_server            in one terminal: its sibling, rpc_server.c
 *     rpc_client 10 km mi   in another; without arguments it reads calls from standard input
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../common/options.h"
#include "../units/exact_text.h"
#include "rpc_call.h"
#include "rpc_failure.h"
#include "rpc_measure.h"
#include "rpc_proto.h"
#include "rpc_words.h"
#include "units_value.h"
#include "value_text.h"
#include "word_value.h"

#include <limits.h>

enum { URL_MAX = 300 };

static struct {
    char url[URL_MAX];
    size_t count, clients;
    int timeout_ms;
    bool wire, quiet;
} options = {.url = "http://localhost:" RPC_PORT RPC_PATH, .clients = 1, .timeout_ms = 5000};

/* -p and --url both say which server; the last one counts. */
static void read_port(const char *option, const char *port)
{
    demo_number(option, port, 1, 65535);
    snprintf(options.url, URL_MAX, "http://localhost:%s" RPC_PATH, port);
}

static void read_url(const char *option, const char *url)
{
    if (snprintf(options.url, URL_MAX, "%s", url) >= URL_MAX)
        errx(DEMO_USAGE, "%s: longer than %d bytes", option, URL_MAX - 1);
}

static const struct demo_usage usage = {
    .arguments = "[NUMBER UNIT UNIT | METHOD PARAMETER...]",
    .purpose =
        "Calls a procedure of an XML-RPC server and prints its result: convertir, or the METHOD. Without a call\n"
        "it reads them from standard input, one a line. A whole number is sent as int, another number as\n"
        "double, anything else as string.",
    .example = "rpc_client 10 km mi        or: rpc_client --wire system.listMethods",
    .most = INT_MAX,
    .options_first = true,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "of rpc_server on this machine (" RPC_PORT ")", .read = read_port},
    {0, "url", "URL", "of any server (http://localhost:" RPC_PORT RPC_PATH ")", .read = read_url},
    {'w', "timeout", "SEC", "the longest that a call may take (5)", .milliseconds = &options.timeout_ms, .min = 1},
    {0, "wire", NULL, "show the HTTP and the XML of request and answer", .on = &options.wire},
    {'q', "quiet", NULL, "no prompt", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "N calls of convertir, each result checked, then one line of figures",
     .number = &options.count, .min = 1, .max = MEASURE_MAX},
    {0, "concurrency", "C", "by C clients at once (1)", .number = &options.clients, .min = 1, .max = 1000},
    {0},
};

/* The stub of convertir: packs the parameters, calls, unpacks the result. Simplification: `valor` is an XML-RPC value, where a
 * generated stub takes a double. convertir takes an int, too, so the number is sent with the type that the user typed. */
static struct rpc_outcome convertir(struct rpc_server *server, xmlrpc_value *valor, const char *origen,
                                    const char *destino, double *result)
{
    struct rpc_outcome outcome;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *parameters = xmlrpc_build_value(&env, "(Vss)", valor, origen, destino);
    if (env.fault_occurred) {
        outcome = rpc_failed(RPC_HERE, 0, "%s", env.fault_string); /* a unit that is no UTF-8 */
    } else {
        outcome = rpc_call(server, "convertir", parameters);
        xmlrpc_DECREF(parameters);
    }
    if (outcome.problem == RPC_DONE) {
        *result = units_read_number(&env, outcome.result);
        xmlrpc_DECREF(outcome.result);
        outcome.result = NULL;
        if (env.fault_occurred) outcome = rpc_failed(RPC_NOT_XML_RPC, 0, "no number came back: %s", env.fault_string);
    }
    xmlrpc_env_clean(&env);
    return outcome;
}

/* Dynamic invocation: any procedure, by a name that is known only when the program runs, with parameters as they were typed. */
static struct rpc_outcome invoke(struct rpc_server *server, const char *method, char **words, int count)
{
    struct rpc_outcome outcome;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *parameters = word_array(&env, words, count);
    if (env.fault_occurred) {
        outcome = rpc_failed(RPC_HERE, 0, "%s", env.fault_string); /* a word that is no UTF-8 */
    } else {
        outcome = rpc_call(server, method, parameters);
        xmlrpc_DECREF(parameters);
    }
    xmlrpc_env_clean(&env);
    return outcome;
}

/* One call, NUMBER UNIT UNIT or METHOD PARAMETER...: prints its result, or which side failed and why. */
static enum rpc_problem call_and_print(struct rpc_server *server, char **words, int count)
{
    double result = 0;
    char text[EXACT_TEXT];
    struct rpc_outcome outcome;
    xmlrpc_value *number = word_number(words[0]);
    if (number == NULL) outcome = invoke(server, words[0], words + 1, count - 1);
    else if (count == 3) outcome = convertir(server, number, words[1], words[2], &result);
    else outcome = invoke(server, "convertir", words, count); /* a wrong count: the server reports a fault */

    if (outcome.result != NULL) { /* of any type, from invoke() */
        value_put_line(stdout, outcome.result, SIZE_MAX);
        xmlrpc_DECREF(outcome.result);
    } else if (outcome.problem == RPC_DONE) { /* convertir() has unpacked it */
        double_text(result, text);
        puts(text);
    } else if (outcome.problem != RPC_STOPPED) {
        demo_warn_text("", outcome.text, strlen(outcome.text), "");
    }
    if (number != NULL) xmlrpc_DECREF(number);
    return outcome.problem;
}

/* Calls line by line, over one connection. A fault is an answer here: the user reads it and types the next call. Any other
 * problem makes the exit status DEMO_FAILED. */
static int call_lines(struct rpc_server *server)
{
    static struct rpc_words input;
    const bool prompt = !options.quiet && isatty(STDIN_FILENO);
    int status = DEMO_DONE;
    if (prompt) fputs("10 km mi, or a method's name, such as unidades; Ctrl-D ends\n", stderr);
    while (rpc_words_read(&input, prompt)) {
        enum rpc_problem problem = call_and_print(server, input.words, input.count);
        if (problem != RPC_DONE && problem != RPC_FAULT && problem != RPC_STOPPED) status = DEMO_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int first = demo_options(argc, argv, &usage, table);
    if (options.clients > 1 && options.count == 0)
        errx(DEMO_USAGE, "--concurrency goes with -n; try: rpc_client --help");
    if (options.count > 0 && (first < argc || options.wire))
        errx(DEMO_USAGE, "-n calls convertir, in silence: no call and no --wire beside it; try: rpc_client --help");

    /* Acquire everything: any failure here is fatal. The connection itself comes with the first call. */
    rpc_begin();
    struct rpc_server *server = rpc_open("rpc_client", options.url, options.timeout_ms, options.wire);
    if (server == NULL) errx(DEMO_USAGE, "--url %s: expected http://HOST:PORT/PATH", options.url);

    /* The model: the call of the command line, or those of standard input, or many to measure them. */
    int status = DEMO_DONE;
    if (first < argc) {
        enum rpc_problem problem = call_and_print(server, argv + first, argc - first);
        /* A single call that brings a fault has failed, too: a script reads the exit status. */
        if (problem != RPC_DONE && problem != RPC_STOPPED) status = DEMO_FAILED;
    } else if (options.count == 0) {
        status = call_lines(server);
    } else {
        status = rpc_measure(options.url, options.timeout_ms, options.count, options.clients);
    }

    /* Give back. */
    rpc_close(server);
    rpc_end();
    return demo_end(status);
}
