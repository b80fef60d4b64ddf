/* rpc_failure.c - the texts of failed calls: which side failed, the likely cause, the next step. Where the procedure may have
 * run although no answer came (timeout, broken connection, HTTP status 500 and above), the text says that this is not known. */
#include "../common/demo.h"

#include "rpc_failure.h"
#include "rpc_proto.h"

#include <stdarg.h>

struct rpc_outcome rpc_failed(enum rpc_problem problem, int code, const char *format, ...)
{
    struct rpc_outcome outcome = {.problem = problem, .code = code};
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start */
    vsnprintf(outcome.text, sizeof outcome.text, format, arguments);
    va_end(arguments);
    return outcome;
}

/* The command that starts rpc_server where `url` says. */
static const char *start_command(const char *url, char *command, size_t size)
{
    const char *port = strrchr(url, ':') + 1; /* there is one after http, too */
    size_t digits = strspn(port, "0123456789");
    bool usual = digits == 0 || (digits == strlen(RPC_PORT) && memcmp(port, RPC_PORT, digits) == 0);
    snprintf(command, size, usual ? "rpc_server" : "rpc_server -p %.*s", (int)digits, port);
    return command;
}

struct rpc_outcome rpc_no_answer(const char *url, int timeout_ms, const struct http_exchange *exchange)
{
    char command[32];
    switch (exchange->problem) {
    case HTTP_DONE:
        return rpc_failed(RPC_HTTP_ERROR, exchange->status, "%s: the web server there answered HTTP %d%s", url,
                          exchange->status,
                          exchange->status == 404  ? " without calling anything (is the path of the URL right?)"
                          : exchange->status < 500 ? " without calling anything"
                                                   : " (whether the procedure ran is not known)");
    case HTTP_STOPPED: return rpc_failed(RPC_STOPPED, 0, "stopped while the call was under way");
    case HTTP_LOCAL: return rpc_failed(RPC_HERE, 0, "%s: not sent: %s", url, exchange->reason);
    case HTTP_UNKNOWN_HOST:
        return rpc_failed(RPC_WRONG_HOST, 0, "%s: no such host (is the name spelled right?)", url);
    case HTTP_NO_LISTENER:
        return rpc_failed(RPC_NO_LISTENER, 0, "connect to %s: %s (is rpc_server running there? start it with: %s)",
                          url, exchange->reason, start_command(url, command, sizeof command));
    case HTTP_TIMEOUT:
        return rpc_failed(RPC_TIMEOUT, 0,
                          "%s: no answer in %g s (the server is slow or stuck, or the network loses everything; "
                          "whether the procedure ran is not known; more time: -w)",
                          url, timeout_ms / 1e3);
    case HTTP_NOT_HTTP:
        return rpc_failed(RPC_NOT_XML_RPC, 0, "%s: what answers there does not speak HTTP (is this the right port?)",
                          url);
    case HTTP_TOO_LONG:
        return rpc_failed(RPC_NOT_XML_RPC, 0, "%s: the server's answer is longer than %d bytes", url,
                          RPC_MESSAGE_MAX);
    case HTTP_BROKEN: break;
    }
    return rpc_failed(RPC_BROKEN, 0,
                      "%s: the connection ended before the answer: %s (did the server crash, or was it stopped? "
                      "whether the procedure ran is not known)",
                      url, exchange->reason);
}
