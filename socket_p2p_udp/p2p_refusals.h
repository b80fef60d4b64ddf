/* p2p_refusals.h - datagrams that the peer's host or the network refused, as ICMP tells: ip(7), IP_RECVERR. */
#ifndef P2P_REFUSALS_H
#define P2P_REFUSALS_H
#include "p2p_peer.h"

struct p2p_refusals {
    int error;       /* errno of the last refusal by our peer's address; 0: there was none */
    size_t messages; /* refused datagrams with text; a refused goodbye does not count */
    size_t ignored;  /* refusals about addresses that are not our peer's: a program can forge an ICMP message */
};

/* IP_RECVERR (ip(7)): the kernel reports ICMP errors, such as "port unreachable" for a closed port. Without it only a
 * connected UDP socket learns of them. `family` is the socket's. */
void p2p_report_icmp_errors(int sock, int family);

/* Reads all refusals that wait at the socket. Call it when poll(2) reports POLLERR, and when a call fails. */
struct p2p_refusals p2p_read_refusals(const struct p2p_conversation *c);

/* Tells the user that the peer was not reached, the likely cause and the next step. */
void p2p_warn_refused(const struct p2p_conversation *c, int error);
#endif
