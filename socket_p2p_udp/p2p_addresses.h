/* p2p_addresses.h - the first message to a peer whose name has several addresses. */
#ifndef P2P_ADDRESSES_H
#define P2P_ADDRESSES_H
#include "p2p_peer.h"

/* localhost may be ::1 and 127.0.0.1, and the server may wait at one of them only. UDP has no handshake that could fail, so
 * the first message is the test: it is sent to one address after the other, until one does not refuse it within 200 ms.
 * Silence counts as success.
 *
 * Returns true when the message was sent; false when only one address is left, or none is usable: then the caller sends the
 * message to c->peer, like any other. Afterwards c->next_address is NULL. */
bool p2p_send_first(struct p2p_conversation *c, const char *bytes, size_t len);

#endif
