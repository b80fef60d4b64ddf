/* reqrep_input.c - reads calls from standard input, and prints results. */
#include "reqrep_input.h"

#include "../common/lines.h"

enum { SHOWN = 60 }; /* bytes of a wrong line in the message about it */

void print_result(const struct reqrep_message *request, bool answered, const struct reqrep_message *reply)
{
    printf("request %u %s", request->number, reqrep_operation_name(request->operation));
    if (request->operation == DEPOSIT) printf(" %lld", (long long)request->value);
    if (request->operation == AUDIT) printf(" %g", (double)request->value / 1000);
    if (!answered) printf(": no answer. Executed or not? Nobody knows\n");
    else if (reply->status == DONE) printf(": balance %lld\n", (long long)reply->value);
    else printf(": not executed, %s\n", reqrep_refusal_text(reply->status));
}

void print_other(const struct reqrep_message *message)
{
    switch (message->kind) {
    case WORKING: printf("request %u: the server is working on it\n", message->number); break;
    case UNKNOWN: printf("request %u: the server lives, but does not know it\n", message->number); break;
    case REPLY: printf("request %u: a late reply, ignored\n", message->number); break;
    default: break; /* a kind that only clients send */
    }
}

static void print_expected(const char *line, size_t len)
{
    char expected[100];
    snprintf(expected, sizeof expected, ": expected deposit AMOUNT (1 to %d), balance, or audit SECONDS (to %d)",
             MOST_AMOUNT, MOST_AUDIT_MS / 1000);
    demo_warn_text("", line, len < SHOWN ? len : SHOWN, expected);
}

int call_each_line(reqrep_call_function *call)
{
    static struct lines input;
    struct reqrep_message reply = {0};
    size_t failed = 0, len;
    while (reply.status != REFUSED_SEMANTICS && !demo_stopping()) {
        const char *line = lines_next(&input, &len);
        if (line == NULL) break;
        if (len == 0) continue;
        struct reqrep_message request = {0};
        bool whole = strlen(line) == len; /* no NUL in it, and not longer than LINES_ROOM */
        if (!whole || !reqrep_parse_call(line, &request.operation, &request.value)) {
            print_expected(line, len);
            failed++;
            continue;
        }
        failed += call(&request, &reply) && reply.status != DONE;
    }
    return failed > 0 ? DEMO_FAILED : DEMO_DONE;
}
