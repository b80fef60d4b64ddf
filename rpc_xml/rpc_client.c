/* rpc_client - the near side of a procedure call: a call that looks local, and the ways in which a remote one can fail.
 *
 * rpc_call() is the stub: it marshals the parameters, sends them, receives the answer, and unmarshals the result
 * (rpc_call.c). --wire shows what goes over the line. It calls any XML-RPC server, not only its sibling, rpc_server.c.
 *
 *     rpc_server            in one terminal
 *     rpc_client 10 km mi   in another; without a call it asks for them
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../common/options.h"
#include "rpc_call.h"
#include "rpc_measure.h"
#include "rpc_proto.h"
#include "rpc_words.h"
#include "value_text.h"

#include <limits.h>

enum { URL_MAX = 300 };

static struct {
    const char *port, *url;
    size_t count, clients;
    int timeout_ms;
    bool wire, quiet;
} options = {.port = RPC_PORT, .clients = 1, .timeout_ms = 5000};

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
    {'p', "port", "PORT", "of rpc_server on this machine (" RPC_PORT ")", .port = &options.port, .min = 1},
    {0, "url", "URL", "of any server (http://localhost:" RPC_PORT RPC_PATH ")", .text = &options.url},
    {'w', "timeout", "SEC", "the longest that a call may take (5)", .milliseconds = &options.timeout_ms, .min = 1},
    {0, "wire", NULL, "show the HTTP and the XML of request and answer", .on = &options.wire},
    {'q', "quiet", NULL, "no prompt", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "N calls of convertir, each result checked, then one line of figures",
     .number = &options.count, .min = 1, .max = MEASURE_MAX},
    {0, "concurrency", "C", "by C clients at once (1)", .number = &options.clients, .min = 1, .max = 1000},
    {0},
};

/* A word as XML-RPC sends it: int, double or string. */
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

static xmlrpc_value *array_of_words(xmlrpc_env *env, char **words, int count)
{
    xmlrpc_value *array = xmlrpc_array_new(env);
    for (int i = 0; i < count && !env->fault_occurred; i++) {
        xmlrpc_value *value = value_of_word(env, words[i]);
        if (env->fault_occurred) break;
        xmlrpc_array_append_item(env, array, value);
        xmlrpc_DECREF(value); /* the array keeps it */
    }
    return array;
}

static bool is_number(const char *word)
{
    char *end;
    strtod(word, &end);
    return end > word && !*end;
}

/* One call, METHOD PARAMETER... or NUMBER UNIT UNIT for convertir: prints its result, or which side failed and why. */
static enum rpc_problem call(struct rpc_server *server, char **words, int count)
{
    const char *method = "convertir";
    if (!is_number(words[0])) {
        method = *words++;
        count--;
    }
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *parameters = array_of_words(&env, words, count);
    struct rpc_outcome outcome = {.problem = RPC_HERE};
    if (!env.fault_occurred) outcome = rpc_call(server, method, parameters);
    else snprintf(outcome.text, sizeof outcome.text, "%s", env.fault_string); /* a word that is no UTF-8 */

    if (outcome.problem == RPC_DONE) value_put_line(stdout, outcome.result, SIZE_MAX);
    else if (outcome.problem != RPC_STOPPED) demo_warn_text("", outcome.text, strlen(outcome.text), "");

    if (outcome.result != NULL) xmlrpc_DECREF(outcome.result);
    if (parameters != NULL) xmlrpc_DECREF(parameters);
    xmlrpc_env_clean(&env);
    return outcome.problem;
}

/* Calls line by line, over one connection. A fault is an answer; any other problem makes the exit status DEMO_FAILED. */
static int call_lines(struct rpc_server *server)
{
    static struct rpc_words typed;
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
    int first = demo_options(argc, argv, &usage, table);
    if (options.clients > 1 && options.count == 0)
        errx(DEMO_USAGE, "--concurrency goes with -n; try: rpc_client --help");
    if (options.count > 0 && (first < argc || options.wire))
        errx(DEMO_USAGE, "-n calls convertir, in silence: no call and no --wire beside it; try: rpc_client --help");
    char url[URL_MAX];
    int len = options.url != NULL ? snprintf(url, sizeof url, "%s", options.url)
                                  : snprintf(url, sizeof url, "http://localhost:%s" RPC_PATH, options.port);
    if (len >= URL_MAX) errx(DEMO_USAGE, "--url: longer than %d bytes", URL_MAX - 1);

    /* Acquire everything: any failure here is fatal. The connection itself comes with the first call. */
    rpc_begin();
    struct rpc_server *server = rpc_open("rpc_client", url, options.timeout_ms, options.wire);
    if (server == NULL) errx(DEMO_USAGE, "--url %s: expected http://HOST:PORT/PATH", url);

    /* The model: the call of the command line, or those of standard input, or many to measure them. */
    int status = DEMO_DONE;
    if (options.count > 0) {
        status = rpc_measure(url, options.timeout_ms, options.count, options.clients);
    } else if (first < argc) {
        enum rpc_problem problem = call(server, argv + first, argc - first);
        if (problem != RPC_DONE && problem != RPC_STOPPED) status = DEMO_FAILED;
    } else {
        status = call_lines(server);
    }

    /* Give back. */
    rpc_close(server);
    rpc_end();
    return demo_end(status);
}
