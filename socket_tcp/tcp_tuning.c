/* tcp_tuning.c - speed, and its measurement, on the server's side: socket options, --spin, --sink. */
#include "tcp_tuning.h"

#include "tcp_proto.h"
#include "tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>

enum {
    SPIN_NS = 1000 * 1000, /* how long --spin polls before it sleeps after all */
    SINK_WINDOW = 1 << 20, /* bytes; what is under way then fits a core's cache, and is copied while it is there */
};

void tune_connections(int listener, bool sink)
{
    const int on = 1, window = SINK_WINDOW;
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* Nagle's algorithm would delay small answers */
    setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); /* detects, after hours, a host that vanished */
    if (sink) setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
}

ssize_t recv_spinning(int fd, char *bytes, size_t len)
{
    for (int64_t until = demo_now_ns() + SPIN_NS; demo_now_ns() < until; sched_yield()) { /* others may run, too */
        ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);
        if (n >= 0 || errno != EAGAIN) return n;
    }
    return recv(fd, bytes, len, 0);
}

const char *serve_sink(struct connection *c, char *piece, bool spin)
{
    char count[32];
    for (;;) {
        ssize_t n = spin ? recv_spinning(c->fd, piece, TCP_PIECE) : recv(c->fd, piece, TCP_PIECE, 0);
        if (n < 0) return strerror(errno);
        if (n == 0) break;
        c->received += (size_t)n;
    }
    size_t len = (size_t)snprintf(count, sizeof count, "%llu\n", c->received);
    c->undelivered += len - send_full(c->fd, count, len);
    return how_it_ended();
}
