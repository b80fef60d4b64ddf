/* udp_loop_guard.h - keeps an echo server out of loops.
 *
 * The sender's address of a datagram can be forged. When it names another server that answers
 * everything, or this server itself, then one datagram makes them answer each other for ever (CERT
 * CA-1996-01: echo and chargen). So the server does not answer itself, and each peer gets a bounded
 * number of replies per second. A datagram that is not answered ends its loop. */
#ifndef UDP_LOOP_GUARD_H
#define UDP_LOOP_GUARD_H
#include "../common/demo.h"

#include <sys/socket.h>

enum { LOOP_GUARD_REPLIES = 5000 }; /* to one peer in a second */

/* Notes the server's own address. Call it once, after bind(2). */
void loop_guard_start(int sock);

/* Whether the server may answer this datagram from `peer`. The first datagram that it may not
 * answer is reported on standard error. The datagrams of a measurement (udp_client -n) are not
 * bounded as long as their numbers rise: in a loop they cannot.
 * Simplification: peers with the same port number share a bound. */
bool loop_guard_allows(const struct sockaddr_storage *peer, const char *datagram, size_t len);

/* How many datagrams were not allowed. */
size_t loop_guard_withheld(void);

#endif
