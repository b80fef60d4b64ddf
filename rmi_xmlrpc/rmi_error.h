/* rmi_error.h - a remote error as a value: every stub and every servant returns one. */
#ifndef RMI_ERROR_H
#define RMI_ERROR_H

#include <stdbool.h>

/* Which side failed: first the client, then the registry, the network, and the server. */
enum rmi_failure {
    RMI_OK,
    RMI_STOPPED,     /* a signal asked this program to end during the call */
    RMI_LOCAL,       /* this program: arguments that cannot be sent, no memory */
    RMI_REGISTRY,    /* the registry gives no answer, or what answers is no registry */
    RMI_UNBOUND,     /* the registry has no object with that name */
    RMI_UNREACHABLE, /* the object has a loopback address on another host; the registry says so */
    RMI_GONE,        /* no server listens at the object's address, or the server there has no such object */
    RMI_TIMEOUT,     /* the object's server did not answer in time */
    RMI_LOST,        /* the connection ended before the answer */
    RMI_PROTOCOL,    /* the answer is no XML-RPC, or does not fit the interface */
    RMI_FAULT,       /* the server answered with a fault */
};

struct rmi_error {
    enum rmi_failure failure;
    int code;       /* of a fault: interfaces.h */
    char text[700]; /* what failed, the likely cause, the next step. Escape it before a terminal sees it. */
};

/* True when the object's method certainly did not run, so that a second call cannot do its work twice. After
 * RMI_TIMEOUT, RMI_LOST, RMI_PROTOCOL and RMI_STOPPED this is not known; after RMI_FAULT the server answered, and the
 * code tells: the method failed, or did not begin (no such method, wrong arguments, FAULT_BUSY). */
static inline bool rmi_not_executed(struct rmi_error error)
{
    return error.failure >= RMI_LOCAL && error.failure <= RMI_GONE;
}

/* The text is formatted as by printf(3). */
__attribute__((format(printf, 3, 4))) struct rmi_error rmi_failed(enum rmi_failure failure, int code,
                                                                  const char *format, ...);

/* What a servant returns when it fails: a code and a text. */
#define rmi_fault(...) rmi_failed(RMI_FAULT, __VA_ARGS__)

#endif
