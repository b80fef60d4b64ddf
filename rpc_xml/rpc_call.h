/* rpc_call.h - the client's side of a call: what every stub does, and how a remote call can fail where a local one cannot.
 *
 * At most once: a call is never sent twice, whatever happens to the connection (http_client.h). */
#ifndef RPC_CALL_H
#define RPC_CALL_H

#include <stdbool.h>

#include <xmlrpc-c/base.h>

/* Where a call failed, from near to far. */
enum rpc_problem {
    RPC_DONE,        /* it did not */
    RPC_STOPPED,     /* the program was asked to stop during the call */
    RPC_HERE,        /* before anything was sent: parameters that XML-RPC cannot carry, no memory */
    RPC_WRONG_HOST,  /* no such name */
    RPC_NO_LISTENER, /* that host takes no connection there */
    RPC_TIMEOUT,     /* no answer in time: whether the procedure ran is not known */
    RPC_BROKEN,      /* the connection ended before the answer: not known either */
    RPC_HTTP_ERROR,  /* a web server answered, but not with a call's result; from status 500 on, it may have run */
    RPC_NOT_XML_RPC, /* what answered does not speak XML-RPC, or the answer is too long */
    RPC_FAULT,       /* the server reports a failure: no such procedure, wrong parameters, or the procedure failed */
};

struct rpc_outcome {
    enum rpc_problem problem;
    xmlrpc_value *result; /* of RPC_DONE, for the caller to xmlrpc_DECREF; NULL otherwise */
    int code;             /* of a fault, or HTTP's status */
    char text[600]; /* which side failed, the likely cause, the next step; escape it before a terminal sees it */
};

struct rpc_server; /* a server to call: its address, and a connection that is kept from call to call */

/* Call first, before the first thread, and last: the libraries have things that belong to the whole process. */
void rpc_begin(void);
void rpc_end(void);

/* The server at `url`, http://localhost:8000/RPC2. Nothing is sent yet. `program` is the caller's name, for HTTP's
 * User-Agent. A whole call takes `timeout_ms` at most. `wire`: print what goes over the wire. For one thread at a time.
 * NULL when it is no http URL. */
struct rpc_server *rpc_open(const char *program, const char *url, int timeout_ms, bool wire);
void rpc_close(struct rpc_server *server);

/* Calls `method` with the array `parameters`, once, and waits for the answer. */
struct rpc_outcome rpc_call(struct rpc_server *server, const char *method, xmlrpc_value *parameters);

#endif
