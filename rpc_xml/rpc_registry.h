/* rpc_registry.h - dispatch: a registry knows procedures by name, finds the one that a call names, and calls it. The registry
 * is xmlrpc-c's; what is added here makes doubles exact and bounds a request. */
#ifndef RPC_REGISTRY_H
#define RPC_REGISTRY_H

#include <stddef.h>
#include <sys/socket.h>

#include <xmlrpc-c/base.h>
#include <xmlrpc-c/server.h>

/* Where a call came from: rpc_caller_of() in rpc_service.h. */
struct rpc_caller {
    const char *client;                 /* "127.0.0.1:40123" */
    const struct sockaddr *address;     /* the same */
    const struct http_request *request; /* for rpc_caller_left() */
};

/* Gets the array of parameters, and returns a new value or sets a fault. Many threads call it at once. */
typedef xmlrpc_value *rpc_function(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller);

struct rpc_procedure {
    const char *name; /* on the wire */
    rpc_function *function;
    const char *signature; /* "d:dss": a double from a double and two strings; a comma before the next */
    const char *help;
};

/* A registry of `procedures`, which end with {0} and must live as long as it. xmlrpc-c adds system.listMethods,
 * system.methodSignature, system.methodHelp and system.multicall. Create it before the first thread, and end it with
 * xmlrpc_registry_free(). Ends the program when there is no memory. */
xmlrpc_registry *rpc_registry_new(const struct rpc_procedure *procedures);

/* Unmarshals the call in `xml`, looks its procedure up, calls it, marshals the result or the fault. Waits when too
 * many large calls are under way, see rpc_registry.c. `*len` is the length of `xml`, and becomes that of the answer.
 * Returns the answer's XML for the caller to free; NULL when there is no memory even for a fault. */
char *rpc_registry_call(xmlrpc_registry *registry, const struct rpc_caller *caller, const char *xml, size_t *len);

#endif
