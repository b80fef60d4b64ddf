/* udp_tuning.h - speed on the server's side: the socket's queue, and --spin. */
#ifndef UDP_TUNING_H
#define UDP_TUNING_H
#include "../common/demo.h"

#include <sched.h>
#include <sys/socket.h>

enum {
    QUEUE_BYTES = 4 << 20, /* room for datagrams that come while the server is busy; the rest is lost */
    SPIN_NS = 1000 * 1000, /* how long --spin polls before it sleeps after all */
};

/* Asks for a long queue; the kernel grants up to net.core.rmem_max. */
static inline void lengthen_queue(int sock)
{
    const int queue = QUEUE_BYTES;
    setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue);
}

/* --spin: whether the next recvfrom(2) should return at once also when the queue is empty. True for
 * 1 ms after the last datagram. A process that does not sleep need not be woken, and waking up is
 * most of a short round trip. `came`: the last call received a datagram. */
static inline bool keep_spinning(bool came)
{
    static int64_t until;
    const int64_t now = demo_now_ns();
    if (came) until = now + SPIN_NS;
    else sched_yield(); /* others may run, too */
    return now < until;
}
#endif
