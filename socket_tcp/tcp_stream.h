/* tcp_stream.h - send(2) for a stream: all bytes, however many calls that takes. Both sides of the
 * pair use it. */
#ifndef TCP_STREAM_H
#define TCP_STREAM_H
#include "../common/demo.h"

#include <sys/socket.h>

/* send(2) may take less than it is given: this goes on until the kernel has all `len` bytes.
 * Returns how many it has; fewer than `len` means that the connection is broken or a timeout
 * passed, see errno. */
static inline size_t send_full(int fd, const char *bytes, size_t len)
{
    size_t sent = 0;
    while (sent < len) {
        ssize_t n = send(fd, bytes + sent, len - sent, 0);
        if (n < 0 && (errno != EINTR || demo_stop)) break;
        if (n > 0) sent += (size_t)n;
    }
    return sent;
}
#endif
