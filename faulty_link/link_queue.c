/* link_queue.c - a timer queue. Simplification: it is an array that is searched from end to end; a heap would be faster
 * with thousands of datagrams under way. */
#include "link_queue.h"

static struct link_datagram *queue[LINK_QUEUED];
static size_t queued;
static uint64_t last_order;

bool link_queue_add(struct link_client *client, enum link_way way, const char *bytes, size_t len, int64_t due_ns,
                    bool held)
{
    errno = ENOBUFS; /* when the queue is full; malloc(3) has a reason of its own */
    struct link_datagram *d = queued < LINK_QUEUED ? malloc(sizeof *d + len) : NULL;
    if (d == NULL) return false;
    *d = (struct link_datagram){
        .client = client, .way = way, .held = held, .due_ns = due_ns, .order = ++last_order, .len = len};
    if (len > 0) memcpy(d->bytes, bytes, len);
    client->queued++;
    queue[queued++] = d;
    if (held) return true;
    for (size_t i = 0; i < queued; i++) {
        if (!queue[i]->held || queue[i]->way != way) continue;
        queue[i]->held = false;
        queue[i]->due_ns = due_ns;
        queue[i]->order = ++last_order;
    }
    return true;
}

/* The index of the datagram that leaves next; `queued` when the queue is empty. */
static size_t next_due(void)
{
    size_t next = queued;
    for (size_t i = 0; i < queued; i++)
        if (next == queued || queue[i]->due_ns < queue[next]->due_ns ||
            (queue[i]->due_ns == queue[next]->due_ns && queue[i]->order < queue[next]->order))
            next = i;
    return next;
}

struct link_datagram *link_queue_take(int64_t now_ns)
{
    size_t next = next_due();
    if (next == queued || queue[next]->due_ns > now_ns) return NULL;
    struct link_datagram *d = queue[next];
    queue[next] = queue[--queued];
    d->client->queued--;
    return d;
}

int link_queue_timeout_ms(int64_t now_ns)
{
    size_t next = next_due();
    return next < queued ? demo_timeout_ms(queue[next]->due_ns, now_ns) : -1;
}

void link_queue_clear(void)
{
    while (queued > 0) free(queue[--queued]);
}
