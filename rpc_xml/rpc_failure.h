/* rpc_failure.h - what the user reads when a call failed: which side, why, and what to do. */
#ifndef RPC_FAILURE_H
#define RPC_FAILURE_H

#include "../http/http_client.h"
#include "rpc_call.h"

/* An outcome with a text of its own, as by printf(3). */
__attribute__((format(printf, 3, 4))) struct rpc_outcome rpc_failed(enum rpc_problem problem, int code,
                                                                    const char *format, ...);

/* Of an exchange with the server at `url` that brought no answer of a registry: the network failed, or the web server
 * refused. */
struct rpc_outcome rpc_no_answer(const char *url, int timeout_ms, const struct http_exchange *exchange);

#endif
