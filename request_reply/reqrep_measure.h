/* reqrep_measure.h - the measure mode of reqrep_client (-n): the round trip of a deposit. */
#ifndef REQREP_MEASURE_H
#define REQREP_MEASURE_H
#include "../common/demo.h"

#include "reqrep_proto.h"

/* Makes one call; false: no reply came. */
typedef bool reqrep_call_function(struct reqrep_message *request, struct reqrep_message *reply);

/* `count` deposits of 1, fewer when the server has other semantics. Each reply is checked: its balance is higher than the one
 * before. Prints the last line of common/measure.h and returns the exit status. */
int measure_deposits(size_t count, reqrep_call_function *call);

#endif
