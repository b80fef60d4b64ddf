/* mcast_measure.h - what mcast_sender counts, and its -n: datagrams of one size, sent as fast as they go. */
#ifndef MCAST_MEASURE_H
#define MCAST_MEASURE_H
#include "../common/demo.h"

#include "mcast_proto.h"

#include <sys/socket.h>

struct mcast_sent {
    size_t count, failed; /* datagrams */
    size_t size;          /* measuring: bytes of each datagram, its number included; else 0 */
    int64_t ns;           /* measuring: how long it took */
};

/* Reports after `before` that a datagram of `bytes` was not sent, and why (an errno). */
static inline void mcast_report_unsent(struct mcast_sent *sent, const char *before, size_t bytes, int error)
{
    sent->failed++;
    warnx("%s%zu bytes were not sent: %s (%s)", before, bytes, strerror(error),
          error == EMSGSIZE ? "more than a datagram holds, some 65500: send it in pieces" : "is the interface up?");
}

/* Sends `count` datagrams of `size` bytes to the group that `sock` is connected to, without waiting between them. Each
 * begins with its number, unless `raw`. Ends early when one fails or the program should stop. */
static inline void mcast_send_padding(int sock, size_t count, size_t size, bool raw, struct mcast_sent *sent)
{
    static char datagram[MCAST_PAYLOAD];
    char number[MCAST_NUMBER + 1];
    memset(datagram, 'x', size);
    sent->size = size;
    const int64_t began_ns = demo_now_ns();
    while (sent->count < count && !demo_stopping()) {
        if (!raw) memcpy(datagram, number, mcast_put_number(number, (uint32_t)sent->count + 1));
        if (send(sock, datagram, size, 0) >= 0) {
            sent->count++;
        } else if (errno != EINTR) { /* EINTR: a signal asked to stop */
            mcast_report_unsent(sent, "", size, errno);
            break;
        }
    }
    sent->ns = demo_now_ns() - began_ns;
}

/* Prints the last line. */
static inline void mcast_report_sent(const struct mcast_sent *sent)
{
    printf("%zu sent, %zu failed", sent->count, sent->failed);
    if (sent->size > 0)
        printf(", of %zu bytes each, %.0f msg/s", sent->size, (double)sent->count * 1e9 / (double)sent->ns);
    putchar('\n');
}
#endif
