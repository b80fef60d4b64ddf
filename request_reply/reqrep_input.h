/* reqrep_input.h - the calls that a user types, or a script writes, one a line: deposit AMOUNT, balance, audit SECONDS. */
#ifndef REQREP_INPUT_H
#define REQREP_INPUT_H
#include "reqrep_measure.h"

/* Makes the calls until the end of standard input, or until the server turns out to have other semantics. Returns the exit
 * status: a line that is no call, and a call that was refused, are failures. */
int call_each_line(reqrep_call_function *call);

/* The line about a message that does not end the call: an answer to a probe, or a late reply. */
void print_other(const struct reqrep_message *message);

/* The line about a call. `reply` counts only if the call was answered. */
void print_result(const struct reqrep_message *request, bool answered, const struct reqrep_message *reply);

#endif
