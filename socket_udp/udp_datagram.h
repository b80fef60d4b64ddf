/* udp_datagram.h - how long one is waited for, and how it is printed; both sides of the pair use them. */
#ifndef UDP_DATAGRAM_H
#define UDP_DATAGRAM_H
#include "../common/demo.h"

#include <sys/socket.h>

/* Bounds each single wait of recv(2) and recvmsg(2): EAGAIN after that. 0 would be no bound. */
static inline void set_receive_timeout(int fd, int timeout_ms)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

/* Prints one line: where it came from, its length and its bytes, of which `room` were there to be filled. */
static inline void show_datagram(const char *from, const char *bytes, size_t len, size_t room, const char *note)
{
    size_t kept = len < room ? len : room;
    printf("%s %zu byte%s%s", from, len, len == 1 ? "" : "s", note);
    if (kept < len) printf(", truncated to %zu", kept);
    if (kept > 0) printf(": ");
    demo_put_text(stdout, bytes, kept, "");
    putchar('\n');
}
#endif
