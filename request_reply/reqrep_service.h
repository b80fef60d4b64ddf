/* reqrep_service.h - what the server does with a datagram, and what it remembers for that: the heart of the semantics.
 *
 * No socket and no clock in here: datagrams and the time come as arguments, so that a test can play a thousand runs in
 * a second.
 *
 *   maybe           the highest request of each client is remembered; what is not above it is dropped
 *   at-least-once   nothing is remembered: whatever arrives is executed
 *   at-most-once    the last replies to each client are remembered; a request that has one is answered with it. What is
 *                   older than all of them was executed, or is not executed any more */
#ifndef REQREP_SERVICE_H
#define REQREP_SERVICE_H
#include "../common/demo.h"

#include "reqrep_journal.h"
#include "reqrep_proto.h"

#include <sys/socket.h>

enum {
    SERVICE_CLIENTS = 1024, /* remembered at once */
    SERVICE_HISTORY = 8,    /* replies to each of them, unless told otherwise */
    SERVICE_JOBS = 64,      /* long operations at once */
};

/* A long operation that goes on while others are served. */
struct service_job {
    struct reqrep_message request; /* kind 0: this place is free */
    int64_t due_ns;
    struct sockaddr_storage from; /* where its reply goes to */
    socklen_t from_len;
};

struct service {
    enum reqrep_semantics semantics;
    size_t history; /* replies remembered for each client */
    const struct journal *journal;
    int64_t balance;
    struct service_client *clients[SERVICE_CLIENTS];
    struct service_job jobs[SERVICE_JOBS];
    size_t executed;                    /* ever, by the journal */
    size_t received, replayed, refused; /* by this process */
};

/* What became of a datagram. */
enum service_outcome {
    EXECUTED, /* now: its reply is in `out` */
    STARTED,  /* it takes long: its reply comes from service_finish() */
    REPLAYED, /* answered from memory */
    STILL_WORKING,
    TOO_OLD, /* not executed, because nobody knows any more whether it was before */
    TURNED_DOWN,
    ACKNOWLEDGED,
    PROBED_IN_VAIN,
    NOT_FOR_SERVERS, /* a kind that only servers send */
};

/* Begins with what the journal says was done before; `now_ns` is when it was read. */
void service_begin(struct service *s, const struct executions *past, int64_t now_ns);
void service_end(struct service *s);

/* Does what `in` asks for. `out->kind` is that of the datagram to send back, 0 for none. */
enum service_outcome service_receive(struct service *s, const struct reqrep_message *in,
                                     const struct sockaddr_storage *from, socklen_t from_len, int64_t now_ns,
                                     struct reqrep_message *out);

/* The long operation that is over next; NULL if there is none. */
const struct service_job *service_next(const struct service *s);

/* Ends that one: executes it and gives its place back. */
void service_finish(struct service *s, const struct service_job *job, struct reqrep_message *out);

#endif
