/* tcp_stream.h - send(2) and recv(2) as a stream wants them; both sides of the pair use them. */
#ifndef TCP_STREAM_H
#define TCP_STREAM_H
#include "../common/demo.h"

#include <sched.h>
#include <sys/socket.h>

/* send(2) may take less than it was given: goes on until all of it is taken. Returns how many bytes were; fewer than
 * `len` means that the connection is gone or a timeout passed, see errno. */
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

/* recv(2) that first asks for up to `spin_ns` again and again, giving way to other programs in between: a thread that
 * does not sleep need not be woken, and that is most of a short round trip. 0 sleeps at once. */
static inline ssize_t recv_spinning(int fd, char *bytes, size_t len, int64_t spin_ns)
{
    if (spin_ns > 0) {
        for (int64_t until = demo_now_ns() + spin_ns; demo_now_ns() < until; sched_yield()) {
            ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);
            if (n >= 0 || errno != EAGAIN) return n;
        }
    }
    for (ssize_t n;;)
        if ((n = recv(fd, bytes, len, 0)) >= 0 || errno != EINTR || demo_stop) return n;
}
#endif
