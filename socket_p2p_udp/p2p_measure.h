/* p2p_measure.h - p2p_client -n: round trips with a peer that echoes, such as p2p_server --echo. */
#ifndef P2P_MEASURE_H
#define P2P_MEASURE_H
#include "p2p_peer.h"

struct p2p_measure {
    size_t count;   /* round trips */
    size_t size;    /* bytes of each message */
    int timeout_ms; /* the longest wait for a reply */
    bool spin;      /* busy-wait up to 1 s before sleeping: lower latency, more CPU time */
};

/* Sends one message after the other, each when the one before it was answered or given up. Prints the line of figures and
 * returns the exit status. */
int p2p_measure(struct p2p_conversation *c, const struct p2p_measure *how);
#endif
