/* link_queue.h - the datagrams that are under way in faulty_link, in the order in which they must leave. */
#ifndef LINK_QUEUE_H
#define LINK_QUEUE_H
#include "link_clients.h"
#include "link_faults.h"

enum { LINK_QUEUED = 4096 }; /* datagrams at once */

struct link_datagram {
    struct link_client *client;
    enum link_way way;
    bool held; /* until the next datagram of its direction is queued, or until due_ns */
    int64_t due_ns;
    uint64_t order; /* of two that are due at the same time, the lower one leaves first */
    size_t len;
    char bytes[];
};

/* Queues a copy of the bytes. False: errno is ENOBUFS (the queue is full) or ENOMEM. A datagram that is not held
 * releases the held ones of its direction: they leave right after it. */
bool link_queue_add(struct link_client *client, enum link_way way, const char *bytes, size_t len, int64_t due_ns,
                    bool held);

/* Takes out the next datagram that is due; the caller frees it. NULL: none is due now. */
struct link_datagram *link_queue_take(int64_t now_ns);

/* How long poll(2) may wait for the next one, in milliseconds; -1: the queue is empty. */
int link_queue_timeout_ms(int64_t now_ns);

void link_queue_clear(void);

#endif
