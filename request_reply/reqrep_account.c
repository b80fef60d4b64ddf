/* reqrep_account.c - deposit, balance and audit, each with its line in the journal. */
#include "reqrep_account.h"

void account_begin(struct account *account, const struct executions *past)
{
    account->executed = past->count;
    if (past->count > 0) account->balance = past->list[past->count - 1].balance;
}

static void write_line(const struct account *account, const struct reqrep_message *request)
{
    struct execution e = {.client = request->client,
                          .request = request->number,
                          .attempt = request->attempt,
                          .operation = request->operation,
                          .argument = request->value,
                          .balance = account->balance};
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(e.at, sizeof e.at, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(e.at + n, sizeof e.at - n, ".%06ldZ", now.tv_nsec / 1000);
    journal_write(account->journal, &e, account->semantics == AT_MOST_ONCE);
}

void account_execute(struct account *account, const struct reqrep_message *request, struct reqrep_message *reply)
{
    const bool fits = request->operation != DEPOSIT || account->balance <= INT64_MAX - request->value;
    if (fits && request->operation == DEPOSIT) account->balance += request->value;
    *reply = reqrep_reply(request, account->semantics, fits ? DONE : REFUSED_AMOUNT, account->balance);
    if (!fits) return;
    account->executed++;
    write_line(account, request);
}
