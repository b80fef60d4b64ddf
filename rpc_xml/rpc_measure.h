/* rpc_measure.h - the yardstick of rpc_client: calls of convertir, one after the other or by several clients at once. */
#ifndef RPC_MEASURE_H
#define RPC_MEASURE_H

#include <stddef.h>

/* `count` calls in all, by `clients` threads with a connection each; every result is checked. Prints the last line of
 * common/measure.h and returns the exit status. */
int rpc_measure(const char *url, int timeout_ms, size_t count, size_t clients);

#endif
