/* p2p_peer.h - one conversation between two peers: what p2p_server and p2p_client agree on and have in common.
 *
 * One message is one datagram of UTF-8 text. An empty datagram says goodbye and is answered with a goodbye. */
#ifndef P2P_PEER_H
#define P2P_PEER_H
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "p2p_input.h"

#define P2P_PORT "6000"
enum { P2P_MAX = 65507 }; /* bytes of a message: 65535 of an IPv4 packet, less its header (20) and UDP's (8) */

struct p2p_conversation { /* one side's state of it */
    const char *port;     /* for hints in messages */
    bool newline;         /* end each message with a line end */
    bool quiet;           /* no narration on standard error */
    bool counts_only;     /* messages are counted, not shown */

    int sock; /* not connected: a connected socket gets no datagrams from other addresses, and we show those */
    struct sockaddr_storage peer;
    socklen_t peer_len;            /* 0: no peer yet */
    char peer_text[ENDPOINT_TEXT]; /* the same address to print and to compare; "" without a peer */
    const struct addrinfo
        *next_address; /* to try after `peer`, for the first message; NULL: `peer` is the last one */
    bool (*open_socket)(struct p2p_conversation *c, const struct addrinfo *addresses); /* p2p_client's, for that */

    bool heard;            /* the peer sent something */
    bool goodbye_sent;     /* to this peer */
    bool goodbye_received; /* from this peer: the conversation is over */
    bool gone;             /* the peer cannot be reached any more: the conversation is over */
    bool failed;
    size_t sent, received, undelivered; /* messages */

    struct p2p_input input;
    struct {
        bool from_peer;          /* else from another address */
        size_t len;              /* 0: a goodbye */
        char bytes[P2P_MAX + 1]; /* one byte more than a message has: it shows that a message was longer */
    } message;                   /* the datagram that was received last */
};

/* Bytes of a message that are text: without the line end that programs such as nc send along. */
static inline size_t p2p_text_len(const char *message, size_t len)
{
    if (len > 0 && message[len - 1] == '\n') len--;
    if (len > 0 && message[len - 1] == '\r') len--;
    return len;
}

/* From now on the peer is the program at this address; after p2p_forget_peer() there is no peer. */
void p2p_set_peer(struct p2p_conversation *c, const void *address, socklen_t len);
void p2p_forget_peer(struct p2p_conversation *c);

/* The loop of both peers, until one of them says goodbye. Prints the last line and returns the exit status. */
int p2p_converse(struct p2p_conversation *c, const char *program);

/* Handles what poll(2) reported about the socket. True: `message` is a new one from the peer. */
bool p2p_receive(struct p2p_conversation *c, short revents);

/* Sends one datagram to the peer. False: the peer cannot be reached. That was reported, and the conversation is over. */
bool p2p_send(struct p2p_conversation *c, const char *bytes, size_t len);

/* Says goodbye and waits, for 900 ms at most, until the peer says goodbye too. */
void p2p_say_goodbye(struct p2p_conversation *c);

/* Prints the last line and returns the exit status. */
int p2p_report(const struct p2p_conversation *c);
#endif
