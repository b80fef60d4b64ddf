/* remote_reference.h - a client's reference to a remote object, and the invocation: what every stub does with it. */
#ifndef REMOTE_REFERENCE_H
#define REMOTE_REFERENCE_H

#include "marshal.h"
#include "object_url.h"

/* A remote object, as a client sees it. For one thread at a time. */
struct rmi_reference {
    const char *name;               /* in the registry */
    struct rmi_reference *registry; /* NULL: the object is always at `url` */
    int timeout_ms;                 /* of a whole call */
    char url[RMI_URL_MAX];          /* where it is; empty: not looked up yet */
};

/* One invocation, from a stub's first line to its last. */
struct rmi_call {
    struct rmi_reference *object;
    const char *method;
    xmlrpc_env env;
    struct rmi_parameters parameters;
    xmlrpc_value *result;
    struct rmi_error error;
};

/* Begins a call: the parameters are marshalled next. */
void rmi_begin(struct rmi_call *call, struct rmi_reference *object, const char *method);

/* Sends the call and waits for the answer. True when there is a result.
 *
 * Looks the object up in the registry when that has not been done yet, and again when the object is no longer at its URL.
 * In that case no method ran, so the call is sent to the new URL. A call that may have run is never sent again. */
bool rmi_invoke(struct rmi_call *call);

/* Ends the call. Returns the remote error. */
struct rmi_error rmi_finish(struct rmi_call *call);

/* The reference to the registry at HOST:PORT or HOST: the only object that needs no lookup. Ends the program with
 * DEMO_USAGE when `host_port` is neither. */
struct rmi_reference rmi_registry_at(const char *host_port, int timeout_ms);

/* The error of a call of the registry, with a text for a user who did not call the registry: it was a part of something else. */
struct rmi_error rmi_registry_error(const struct rmi_reference *registry, struct rmi_error error);

#endif
