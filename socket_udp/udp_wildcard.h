/* udp_wildcard.h - recvfrom(2) and sendto(2) for a socket that is bound to all addresses of the
 * host (0.0.0.0 or ::).
 *
 * The kernel sends a reply of such a socket from the address that is nearest to the receiver. That
 * need not be the address that the client asked, and a connected client drops a reply from any
 * other. So the kernel tells the destination of each datagram in a control message (IP_PKTINFO in
 * ip(7), IPV6_RECVPKTINFO in RFC 3542, 6.1), and takes it back as the source of the reply. */
#ifndef UDP_WILDCARD_H
#define UDP_WILDCARD_H
#include "../common/demo.h"

#include <sys/socket.h>

/* If the socket is bound to all addresses, asks the kernel for these control messages and returns
 * true. Returns false otherwise, and, with a warning, when the kernel does not give them. */
bool ask_for_destinations(int sock);

/* As recvfrom(2). Keeps the control message. */
ssize_t wildcard_recvfrom(int sock, void *bytes, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);

/* As sendto(2), but from the address to which the datagram of the last wildcard_recvfrom() was
 * sent. */
ssize_t wildcard_sendto(int sock, void *bytes, size_t len, int flags, struct sockaddr *to, socklen_t to_len);

#endif
