/* reqrep_call.h - the timers of one call: when to send, when to send again, when to ask whether the server still works, when
 * to give up.
 *
 * No socket and no clock in here: datagrams and the time are arguments, so that a test can play a thousand runs in a
 * second. All times are nanoseconds. */
#ifndef REQREP_CALL_H
#define REQREP_CALL_H

#include "reqrep_proto.h"

/* RTO, the retransmission time-out, adapted to how long replies take (RFC 6298). */
struct rto {
    int64_t srtt, rttvar; /* smoothed round trip and its variation; srtt 0: nothing measured yet */
    int64_t now;          /* the time-out itself */
    int64_t least;        /* the RFC says 1 s, today's TCP takes 0.2 s */
};

void rto_begin(struct rto *r, int64_t first, int64_t least);
void rto_measured(struct rto *r, int64_t rtt);
void rto_back_off(struct rto *r); /* no reply: the network may be full, so wait twice as long */

struct call {
    struct reqrep_message request;
    int64_t give_up_after; /* the call gives up after this time without a message of the server */
    int64_t deadline, due;
    int64_t sent_at;
    unsigned sent;       /* transmissions */
    bool working;        /* the server said that it works on the request */
    unsigned unanswered; /* probes in a row */
};

enum call_step { CALL_WAIT, CALL_SEND, CALL_PROBE, CALL_GIVE_UP };

void call_begin(struct call *c, const struct reqrep_message *request, int64_t give_up_after, int64_t now);

/* What the client must do now; afterwards `due` is the time of the next step. CALL_SEND: the first time, or again; every
 * time-out that is over doubles the next one. */
enum call_step call_step(struct call *c, struct rto *r, int64_t now);

/* Accepts a message that was received from the server. True: it is the reply to this call. */
bool call_accept(struct call *c, struct rto *r, const struct reqrep_message *in, int64_t now);

#endif
