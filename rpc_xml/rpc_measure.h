/* rpc_measure.h - how fast calls are: rpc_client -n, by one client or by several at once. */
#ifndef RPC_MEASURE_H
#define RPC_MEASURE_H

#include <stddef.h>

/* Calls convertir `count` times in all, from `clients` threads with a connection each, and checks every result. Prints the
 * line of common/measure.h and returns the exit status. */
int rpc_measure(const char *url, int timeout_ms, size_t count, size_t clients);

#endif
