/* udp_datagram.h - what both sides of the pair need beside the calls: the bound of a wait for a
 * datagram, the addresses of a peer, and a datagram on the screen. */
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

enum { UDP_ADDRESSES = 16 }; /* of one name that are tried */

/* A peer by every address of its name: a connected socket for each. */
struct udp_peer_addresses {
    int sockets[UDP_ADDRESSES];
    size_t count, current; /* current: index of the one in use */
};

/* The address to which a socket is connected. */
static inline const char *udp_peer_of(int sock, char text[ENDPOINT_TEXT])
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    getpeername(sock, (struct sockaddr *)&address, &len);
    return endpoint_text(&address, len, text);
}

/* Prints one line: the sender, the length, a remark, and the bytes, of which the receiver kept
 * `room` at most. */
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
