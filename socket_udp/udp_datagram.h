/* udp_datagram.h - one datagram in memory and on the screen, and the bound of a wait for one; both sides of the pair use it. */
#ifndef UDP_DATAGRAM_H
#define UDP_DATAGRAM_H
#include "../common/demo.h"

#include "../common/endpoint.h"

/* Bounds each recv(2) and recvfrom(2) (SO_RCVTIMEO): EAGAIN after that. 0 would be no bound. */
static inline void set_receive_timeout(int fd, int timeout_ms)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

/* The address to which a socket is connected. */
static inline const char *udp_peer_of(int sock, char text[ENDPOINT_TEXT])
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    getpeername(sock, (struct sockaddr *)&address, &len);
    return endpoint_text(&address, len, text);
}

/* Prints one line: the sender, the length, a remark, and the bytes, for which the receiver had room for `room`. */
static inline void show_datagram(const char *from, const char *bytes, size_t len, size_t room, const char *remark)
{
    size_t kept = len < room ? len : room;
    printf("%s %zu byte%s%s", from, len, len == 1 ? "" : "s", remark);
    if (kept < len) printf(", truncated to %zu", kept);
    if (kept > 0) printf(": ");
    demo_put_text(stdout, bytes, kept, "");
    putchar('\n');
}
#endif
