/* reqrep_account.h - the operations of the service: an account whose balance is that of the last line of the journal. */
#ifndef REQREP_ACCOUNT_H
#define REQREP_ACCOUNT_H
#include "reqrep_journal.h"

struct account {
    const struct journal *journal;
    enum reqrep_semantics semantics;
    int64_t balance;
    size_t executed; /* all lines of the journal, those of earlier runs too */
};

/* Continues from the executions in the journal. */
void account_begin(struct account *account, const struct executions *past);

/* Executes a request and writes `reply`. The execution is done when its line is in the journal; with at-most-once the line is
 * on the disk then, because the client will be told that it was done. A deposit that the account cannot hold is refused:
 * the status of the reply is REFUSED_AMOUNT, and the journal has no line. */
void account_execute(struct account *account, const struct reqrep_message *request, struct reqrep_message *reply);

#endif
