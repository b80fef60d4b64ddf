/* rpc_call.h - the near side of a remote procedure call: what a stub does, and everything that a local call cannot do:
 * fail in the network. rpc_client shows it; any other program that calls XML-RPC methods may use it. */
#ifndef RPC_CALL_H
#define RPC_CALL_H

#include <stdbool.h>

#include <xmlrpc-c/base.h>

/* Where a call failed, from near to far. */
enum rpc_problem {
    RPC_DONE,        /* it did not */
    RPC_STOPPED,     /* we were asked to stop while it was under way */
    RPC_HERE,        /* before anything was sent: parameters that XML-RPC cannot carry, no memory */
    RPC_WRONG_HOST,  /* no such name */
    RPC_NOBODY,      /* that host does not take connections there */
    RPC_TIMEOUT,     /* no answer in time: whether the procedure ran is not known */
    RPC_BROKEN,      /* the connection ended before the answer: the same */
    RPC_HTTP_ERROR,  /* a web server answered, without calling anything */
    RPC_NOT_XML_RPC, /* what answered does not speak XML-RPC, or said too much */
    RPC_FAULT,       /* the server did its part: the procedure failed */
};

struct rpc_outcome {
    enum rpc_problem problem;
    xmlrpc_value *result; /* of RPC_DONE, for the caller to xmlrpc_DECREF; NULL otherwise */
    int code;             /* of a fault, or HTTP's status */
    char text[600];       /* says what, the likely cause, and what to do, naming the side that failed; not escaped */
};

struct rpc_server; /* one that we call: its address, and a connection that is kept from call to call */

enum { RPC_ANSWER_MAX = 512 * 1024 }; /* bytes of an answer */

/* Call first, before there is a second thread, and last: the libraries have things that belong to the whole process. */
void rpc_begin(void);
void rpc_end(void);

/* Of `url` such as http://localhost:8000/RPC2; nothing is sent yet. A whole call takes `timeout_ms` at most. With `wire`,
 * shows what goes over the line. A server is for one thread at a time. NULL when it is no http URL. */
struct rpc_server *rpc_open(const char *url, int timeout_ms, bool wire);

/* Calls `method` with the array `parameters` and waits for the answer. */
struct rpc_outcome rpc_call(struct rpc_server *server, const char *method, xmlrpc_value *parameters);

void rpc_close(struct rpc_server *server);

#endif
