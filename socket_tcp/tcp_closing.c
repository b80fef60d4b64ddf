/* tcp_closing.c - the end of a connection: wait for the client's end, and wait for its
 * acknowledgement of the last bytes. SIOCOUTQ and TCP_INFO belong to Linux, see tcp(7). */
#include "tcp_closing.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

static int64_t linger_deadline(void) { return demo_now_ns() + THREADS_LINGER_SECONDS * INT64_C(1000000000); }

void half_close_and_drain(int fd)
{
    char discarded[4096];
    struct pollfd client = {.fd = fd, .events = POLLIN};
    const int64_t until = linger_deadline();
    shutdown(fd, SHUT_WR);
    for (int64_t left; (left = until - demo_now_ns()) > 0 && poll(&client, 1, (int)(left / 1000000) + 1) > 0;)
        if (recv(fd, discarded, sizeof discarded, MSG_DONTWAIT) <= 0) break;
}

/* True when a reset arrived: the kernel then has the connection in state CLOSED. */
static bool is_reset(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_state == TCP_CLOSE;
}

void wait_until_acknowledged(struct connection *c)
{
    int unacknowledged = 0; /* bytes; the kernel tells no event for this, so ask each millisecond */
    const int64_t until = linger_deadline();
    while (!is_reset(c->fd) && ioctl(c->fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0 &&
           demo_now_ns() < until)
        poll(NULL, 0, 1);
    c->undelivered = is_reset(c->fd) ? 0 : c->undelivered + (size_t)unacknowledged;
}
