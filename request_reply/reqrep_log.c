/* reqrep_log.c - the lines and counts of reqrep_server. */
#include "reqrep_log.h"

#include "../common/endpoint.h"

static void print(const struct reqrep_peer *from, const struct reqrep_message *in, enum reqrep_outcome outcome,
                  const struct reqrep_message *reply)
{
    static const char *const texts[] = {
        [STARTED] = "started, it takes long",
        [REPLAYED] = "answered from memory, not executed",
        [ANSWERED_WORKING] = "still working on it",
        [TOO_OLD] = "not executed: it came before, or is too old to tell",
        [ACKNOWLEDGED] = "acknowledged",
        [ANSWERED_UNKNOWN] = "probed, but not known",
        [NOT_FOR_SERVERS] = "ignored: a kind that only servers send",
    };
    char endpoint[ENDPOINT_TEXT];
    printf("%s request %u ", endpoint_text(&from->address, from->len, endpoint), in->number);
    if (in->kind == REQUEST) {
        printf("%s", reqrep_operation_name(in->operation));
        if (in->operation == DEPOSIT) printf(" %lld", (long long)in->value);
        if (in->attempt > 1) printf(" (attempt %d)", in->attempt);
        printf(": ");
    }
    if (outcome == EXECUTED) printf("executed, balance %lld\n", (long long)reply->value);
    else if (outcome == REFUSED) printf("refused, %s\n", reqrep_refusal_text(reply->status));
    else puts(texts[outcome]);
}

void log_past(const struct reqrep_log *log, size_t executed, int64_t balance)
{
    if (executed > 0 && !log->quiet)
        warnx("%zu executions in the journal, balance %lld", executed, (long long)balance);
}

void log_datagram(struct reqrep_log *log, const struct reqrep_peer *from, const struct reqrep_message *in,
                  enum reqrep_outcome outcome, const struct reqrep_message *reply)
{
    log->received += in->kind == REQUEST;
    log->replayed += outcome == REPLAYED;
    log->refused += outcome == TOO_OLD || outcome == REFUSED;
    if (!log->quiet) print(from, in, outcome, reply);
}

void log_job(struct reqrep_log *log, const struct reqrep_peer *from, const struct reqrep_message *request,
             enum reqrep_outcome outcome, const struct reqrep_message *reply)
{
    log->refused += outcome == REFUSED;
    if (!log->quiet) print(from, request, outcome, reply);
}

void log_ignored(struct reqrep_log *log, const struct reqrep_peer *from, enum reqrep_problem problem)
{
    char endpoint[ENDPOINT_TEXT];
    log->ignored++;
    if (!log->quiet)
        printf("%s ignored: %s\n", endpoint_text(&from->address, from->len, endpoint), reqrep_problem_text(problem));
}

void log_last_line(const struct reqrep_log *log, size_t executed, int64_t balance)
{
    printf("received %zu, executed %zu, replayed %zu, refused %zu, ignored %zu, balance %lld\n", log->received,
           executed, log->replayed, log->refused, log->ignored, (long long)balance);
}
