/* p2p_peer.h - one conversation between two peers: what p2p_server and p2p_client agree on and have in common.
 *
 * One message is one datagram of UTF-8 text; an empty datagram says goodbye and is answered with a goodbye. */
#ifndef P2P_PEER_H
#define P2P_PEER_H
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "p2p_input.h"

#define P2P_PORT "6000"
enum { P2P_MAX = 65507 }; /* bytes of a message: 65535 of an IPv4 packet, less its header (20) and UDP's (8) */

struct p2p {
    int fd; /* never connected: a connected socket would not hear a stranger, and we show strangers */
    struct sockaddr_storage peer;
    socklen_t peer_len;            /* 0: nobody has addressed us yet */
    char peer_text[ENDPOINT_TEXT]; /* the same to read, and to compare */
    const struct addrinfo *next;   /* address of the peer's name to try if this one refuses; NULL: none */
    const char *port;              /* for hints */
    bool echo;                     /* send each message back; else talk from standard input */
    bool newline;                  /* end each message with a line end */
    bool quiet, muted;             /* no narration; messages are counted, not shown */
    bool settled;                  /* this address had its chance to refuse: no other one is tried any more */
    bool heard;                    /* the peer has said something */
    bool goodbye, gone;            /* it said so; it cannot be reached any more: either ends the conversation */
    bool failed;
    size_t sent, received, undelivered; /* messages */
    struct p2p_input input;
};

/* Bytes of a message that are text: without the line end that programs such as nc send along. */
static inline size_t p2p_text_len(const char *message, size_t len)
{
    if (len > 0 && message[len - 1] == '\n') len--;
    if (len > 0 && message[len - 1] == '\r') len--;
    return len;
}

/* Lets the socket report that a datagram was refused (ICMP port unreachable), though it is not connected. */
void p2p_hear_refusals(int fd, int family);

/* Makes this address the peer's: a socket of its family, and whom to send to. False, and errno, without one. */
bool p2p_address(struct p2p *p, const struct addrinfo *address);

/* Sends one datagram to the peer; the first one to each address of its name in turn, until one does not refuse it.
 * False when nobody takes it: that was reported, and the conversation is over. */
bool p2p_send(struct p2p *p, const char *bytes, size_t len);

/* Talks until either side says goodbye, then takes leave. Prints the last line and returns the exit status. */
int p2p_converse(struct p2p *p, const char *program);

/* Says goodbye and waits, for a bounded time, until the peer says so too. */
void p2p_leave(struct p2p *p);
#endif
