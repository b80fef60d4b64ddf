/* rmi_error.h - a remote error as a value: every stub and every servant returns one. */
#ifndef RMI_ERROR_H
#define RMI_ERROR_H

#include <stdbool.h>

/* Which side failed, from near to far. */
enum rmi_failure {
    RMI_OK,
    RMI_STOPPED,     /* we were asked to stop while the call was under way */
    RMI_HERE,        /* this program: arguments that cannot be sent, no memory */
    RMI_REGISTRY,    /* the registry does not answer, or not as one */
    RMI_UNBOUND,     /* the registry knows no object of that name */
    RMI_UNREACHABLE, /* the object has an address that means nothing on this machine: the registry says so */
    RMI_GONE,        /* nobody answers at the object's address, or its server has no such object (any more) */
    RMI_TIMEOUT,     /* the object's server did not answer in time */
    RMI_LOST,        /* the connection ended before the answer */
    RMI_PROTOCOL,    /* what answered does not speak XML-RPC, or not this interface */
    RMI_FAULT,       /* the method was called, and failed */
};

struct rmi_error {
    enum rmi_failure failure;
    int code;       /* of a fault, see interfaces.h */
    char text[700]; /* what, the likely cause, what to do; not escaped */
};

/* Whether it is certain that no method ran, so that to call again cannot do anything twice. After RMI_TIMEOUT, RMI_LOST,
 * RMI_PROTOCOL and RMI_STOPPED nobody can know; after RMI_FAULT it did run. */
static inline bool rmi_not_executed(struct rmi_error error)
{
    return error.failure >= RMI_HERE && error.failure <= RMI_GONE;
}

struct rmi_error rmi_failed(enum rmi_failure failure, int code, const char *format, ...);

/* What a servant returns when it cannot do what it was asked. */
#define rmi_fault(...) rmi_failed(RMI_FAULT, __VA_ARGS__)

#endif
