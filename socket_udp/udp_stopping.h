/* udp_stopping.h - how udp_server notices the signal to stop, and what it still answers after it. */
#ifndef UDP_STOPPING_H
#define UDP_STOPPING_H
#include "../common/demo.h"

#include "udp_datagram.h"

enum {
    WAIT_MS = 500,     /* the longest sleep in recvfrom(2) */
    LAST_ONES = 20000, /* datagrams that are received after the signal: more than the queue holds */
};

/* Bounds each recvfrom(2). A signal interrupts a sleeping recvfrom(2) (EINTR), but one that comes
 * just before the call does not: the bound ends that sleep (EAGAIN). A poll(2) before recvfrom(2),
 * as in demo_wait(), would have no such gap, and would be one system call more for each datagram. */
static inline void bound_each_wait(int sock) { set_receive_timeout(sock, WAIT_MS); }

/* False when the server should end. After the signal to stop it still answers the datagrams in the
 * queue, but no endless flood. */
static inline bool keep_receiving(void)
{
    static size_t last_ones;
    return !ferror(stdout) && (!demo_stop || last_ones++ < LAST_ONES);
}
#endif
