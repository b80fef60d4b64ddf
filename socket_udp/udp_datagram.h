/* udp_datagram.h - recvmsg(2) as a datagram wants it, and how one is printed; both sides of the pair use them. */
#ifndef UDP_DATAGRAM_H
#define UDP_DATAGRAM_H
#include "../common/demo.h"

#include <sched.h>
#include <sys/socket.h>

/* recvmsg(2) that returns the datagram's real length, also when only its beginning found room: MSG_TRUNC, which is set in
 * msg_flags then. First asks for up to `spin_ns` again and again, giving way to other programs in between: a process that
 * does not sleep need not be woken, and that is most of a short round trip. 0 sleeps at once, for no longer than the
 * socket's SO_RCVTIMEO. */
static inline ssize_t recvmsg_spinning(int fd, struct msghdr *message, int64_t spin_ns)
{
    if (spin_ns > 0) {
        for (int64_t until = demo_now_ns() + spin_ns; demo_now_ns() < until; sched_yield()) {
            ssize_t n = recvmsg(fd, message, MSG_TRUNC | MSG_DONTWAIT);
            if (n >= 0 || errno != EAGAIN) return n;
            if (demo_stop) break;
        }
    }
    if (!demo_stop) return recvmsg(fd, message, MSG_TRUNC);
    errno = EINTR;
    return -1;
}

/* Bounds each single wait of recvmsg(2): EAGAIN after that. 0 would be no bound. */
static inline void set_receive_timeout(int fd, int timeout_ms)
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L + (timeout_ms == 0)};
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
