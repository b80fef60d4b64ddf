/* link_faults.h - which faults faulty_link makes. A fault depends only on the seed, the direction and the number of the
 * datagram; time and earlier faults do not count. So the same seed makes the same faults on every machine. */
#ifndef LINK_FAULTS_H
#define LINK_FAULTS_H
#include "../common/demo.h"

enum link_way { TO_SERVER, TO_CLIENT };
enum { LINK_NAMED = 64 }; /* faults that an option gives by number */

static inline const char *link_way_text(enum link_way way) { return way == TO_SERVER ? "to server" : "to client"; }

/* What happens to one datagram, or to one piece of a TCP stream. */
struct link_fate {
    bool drop, duplicate, hold; /* hold: it waits until the next datagram has passed */
    int64_t delay_ns;
};

struct link_faults {
    uint64_t seed;
    double drop, duplicate, reorder; /* percent */
    int64_t delay_least_ns, delay_most_ns;
    bool one_way; /* the four chances above count only towards the server */
    struct link_named {
        enum link_way way;
        uint64_t nth;
        struct link_fate fate;
    } named[LINK_NAMED];
    size_t named_count;
};

/* The fate of the n-th datagram (n begins with 1) of this direction. `stream` is the number of the TCP connection, 0 for
 * datagrams. */
struct link_fate link_fate_of(const struct link_faults *faults, uint64_t stream, enum link_way way, uint64_t nth);

#endif
