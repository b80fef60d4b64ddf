/* reqrep_call.h - one call as the client lives through it: when to send, when to send again, when to ask whether the
 * server still lives, when to give up.
 *
 * No socket and no clock in here: datagrams and the time come as arguments, so that a test can play a thousand runs in
 * a second. All times are nanoseconds. */
#ifndef REQREP_CALL_H
#define REQREP_CALL_H

#include "reqrep_proto.h"

/* The retransmission timeout, adapted to how long replies take (RFC 6298). */
struct rto {
    int64_t srtt, rttvar; /* smoothed round trip and its variation; srtt 0: nothing measured yet */
    int64_t now;          /* the timeout itself */
    int64_t least;        /* the RFC says 1 s, TCP of today takes 0.2 s */
};

void rto_begin(struct rto *r, int64_t first, int64_t least);
void rto_measured(struct rto *r, int64_t rtt);
void rto_back_off(struct rto *r); /* nothing came: the network may be full, so wait twice as long */

struct call {
    struct reqrep_message request;
    int64_t patience; /* gives up after so long without a sign of life from the server */
    int64_t deadline, due;
    int64_t sent_at;
    unsigned sent;       /* transmissions */
    bool working;        /* the server said that it has the request and is busy with it */
    unsigned unanswered; /* probes in a row */
};

enum call_step { CALL_WAIT, CALL_SEND, CALL_PROBE, CALL_GIVE_UP };

void call_begin(struct call *c, const struct reqrep_message *request, int64_t patience, int64_t now);

/* What is to be done now; afterwards `due` is when to ask again. */
enum call_step call_step(struct call *c, struct rto *r, int64_t now);

/* What a datagram for us means to the call: true if it is the reply to it. */
bool call_receive(struct call *c, struct rto *r, const struct reqrep_message *in, int64_t now);

#endif
