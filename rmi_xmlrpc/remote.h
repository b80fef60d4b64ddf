/* remote.h - the near side of a remote object: a reference, and what every stub does with it. */
#ifndef REMOTE_H
#define REMOTE_H

#include "marshal.h"
#include "object_url.h"
#include "rmi_error.h"

/* A reference to a remote object, wherever it is. One thread at a time. */
struct rmi_object {
    const char *name;            /* what the registry knows it by */
    struct rmi_object *registry; /* NULL: the object has always been at `url` */
    int timeout_ms;              /* of a call, from its first byte to its last */
    char url[RMI_URL_MAX];       /* where it is; empty: not looked up yet */
};

/* One call, from a stub's first line to its last. */
struct rmi_call {
    struct rmi_object *object;
    const char *method;
    xmlrpc_env env;
    struct rmi_parameters parameters;
    xmlrpc_value *result;
    struct rmi_error error;
};

/* Begins a call: then the parameters are put. */
void rmi_begin(struct rmi_call *call, struct rmi_object *object, const char *method);

/* Sends the call and waits for its result: true when there is one.
 *
 * Looks the object up when that has not been done yet, and again when it is not where it was: then nothing was executed,
 * and the call is sent to where it is now. A call that may have been executed is never sent a second time. */
bool rmi_invoke(struct rmi_call *call);

/* Ends it, and says how it went. */
struct rmi_error rmi_finish(struct rmi_call *call);

/* What it means for a call of the registry itself to fail like this. */
struct rmi_error rmi_registry_error(const struct rmi_object *registry, struct rmi_error error);

#endif
