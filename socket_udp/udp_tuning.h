/* udp_tuning.h - speed and stopping on the server's side: the socket's queue, how recvfrom(2) waits, and what is received
 * after the signal to stop. */
#ifndef UDP_TUNING_H
#define UDP_TUNING_H
#include "../common/demo.h"

#include "udp_datagram.h"

#include <sched.h>

enum {
    QUEUE_BYTES =
        4 << 20, /* the kernel's room for datagrams that come while the server is busy; it drops what does not fit */
    SPIN_NS = 1000 * 1000, /* how long --spin polls before it sleeps after all */
    WAIT_MS = 500,         /* the longest sleep in recvfrom(2) */
    LAST_ONES = 20000,     /* datagrams that are answered after the signal to stop: more than the queue holds */
};

/* Asks for a long queue (the kernel grants up to net.core.rmem_max), and bounds each recvfrom(2). A signal interrupts a
 * sleeping recvfrom(2), but one that comes just before the call does not: the bound ends that sleep. A poll(2) in front of
 * recvfrom(2), as in demo_wait(), would have no such gap, and would be one system call more for each datagram. */
static inline void tune_socket(int sock)
{
    const int queue = QUEUE_BYTES;
    setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue);
    set_receive_timeout(sock, WAIT_MS);
}

/* The flags of the next recvfrom(2). 0 sleeps. MSG_DONTWAIT does not: after the signal to stop, and with `spin` for 1 ms
 * after the last datagram. A process that does not sleep need not be woken, and waking up is most of a short round trip.
 * `came`: the last call received a datagram. */
static inline int receive_flags(bool spin, bool came)
{
    static int64_t until;
    if (demo_stop) return MSG_DONTWAIT;
    if (!spin) return 0;
    const int64_t now = demo_now_ns();
    if (came) until = now + SPIN_NS;
    else sched_yield(); /* others may run, too */
    return now < until ? MSG_DONTWAIT : 0;
}

/* False when the server should end. After the signal to stop it still answers the queue, but no endless flood. */
static inline bool receiving(void)
{
    static size_t last_ones;
    return !ferror(stdout) && (!demo_stop || last_ones++ < LAST_ONES);
}
#endif
