/* p2p_addresses.c - tries the addresses of a peer with its first message, see p2p_addresses.h. */
#include "p2p_addresses.h"

#include "p2p_refusals.h"

enum {
    ICMP_WAIT_MS = 200
}; /* how long we wait for a refusal of the first message; a later one ends the conversation */

/* Sends the message to c->peer. Returns 0, or the errno value of a refusal. */
static int refusal_of(struct p2p_conversation *c, const char *bytes, size_t len)
{
    struct pollfd fds[2] = {{.fd = c->sock, .events = POLLIN}}; /* fds[1] belongs to demo_wait(): the stop signal */
    if (sendto(c->sock, bytes, len, 0, (struct sockaddr *)&c->peer, c->peer_len) < 0) return errno;
    bool answered = demo_wait(fds, 1, ICMP_WAIT_MS) > 0;
    return answered && (fds[0].revents & POLLERR) ? p2p_read_refusals(c).error : 0;
}

bool p2p_send_first(struct p2p_conversation *c, const char *bytes, size_t len)
{
    bool sent = false, usable = true;
    while (c->next_address != NULL && !sent && usable) {
        const int error = refusal_of(c, bytes, len);
        sent = error == 0;
        if (error == EMSGSIZE) usable = false; /* too long for this path: no refusal. The caller sends once more. */
        else if (!sent) usable = c->open_socket(c, c->next_address); /* sets c->peer and c->next_address */
    }
    c->next_address = NULL; /* for the first message only */
    return sent;
}
