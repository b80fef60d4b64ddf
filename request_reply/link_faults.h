/* link_faults.h - which faults faulty_link makes: a matter of the seed, the direction and the number alone. Neither time
 * nor what happened to others enters into it, so that the same seed makes the same faults on every machine. */
#ifndef LINK_FAULTS_H
#define LINK_FAULTS_H
#include "../common/demo.h"

enum link_way { TO_SERVER, TO_CLIENT };
enum { LINK_NAMED = 64 }; /* faults that are named one by one */

/* What happens to one datagram, or to one piece of a stream. */
struct link_fate {
    bool drop, duplicate, hold; /* hold: until the next one has passed */
    int64_t delay_ns;
};

struct link_faults {
    uint64_t seed;
    double drop, duplicate, reorder; /* percent */
    int64_t delay_least_ns, delay_most_ns;
    bool one_way; /* the chances above count towards the server only */
    struct link_named {
        enum link_way way;
        uint64_t nth;
        struct link_fate fate;
    } named[LINK_NAMED];
    size_t named_count;
};

/* What happens to the n-th, from 1, that goes this way. `stream` tells connections apart; datagrams have 0. */
struct link_fate link_fate_of(const struct link_faults *faults, uint64_t stream, enum link_way way, uint64_t nth);

/* The values of options; what is none ends the program with DEMO_USAGE. A percentage is 5% or 0.5%; a delay is 20ms, or
 * 20ms..200ms; the units are us, ms and s. */
double link_percentage(const char *option, const char *text);
void link_delay(const char *option, const char *text, int64_t *least_ns, int64_t *most_ns);

/* Adds the faults that a list like 2,r5 names, the r for the way back to the client; `fate` is what happens to them. With
 * `delays` the list is like 2:200ms,r5:1s. */
void link_name(struct link_faults *faults, const char *option, const char *list, struct link_fate fate, bool delays);

#endif
