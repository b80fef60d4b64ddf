/* mcast_report.h - what mcast_receiver prints: a line for each datagram, and the counts of each sender at the end. */
#ifndef MCAST_REPORT_H
#define MCAST_REPORT_H
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "mcast_count.h"
#include "mcast_proto.h"

/* The text after the number of a datagram that arrived in this way. */
static inline const char *mcast_arrival_text(enum mcast_arrival arrival)
{
    switch (arrival) {
    case MCAST_DUPLICATE: return " (duplicate)";
    case MCAST_LATE: return " (late)";
    case MCAST_RESTARTED: return " (began anew)";
    default: return "";
    }
}

/* Counts a datagram for its sender. Prints the sender, the number, how it arrived, and the text, unless `quiet`. */
static inline void mcast_report_datagram(struct mcast_senders *senders, const void *address, socklen_t address_len,
                                         const char *datagram, size_t len, bool quiet)
{
    struct mcast_sender *sender = mcast_sender_at(senders, address, address_len);
    uint32_t number = 0, gap = 0;
    size_t number_len = mcast_get_number(datagram, len, &number);
    enum mcast_arrival arrival = MCAST_IN_ORDER;
    sender->counts.received++;
    if (number_len == 0) sender->counts.unnumbered++;
    else arrival = mcast_count(sender, number, &gap);
    if (quiet) return;

    char endpoint[ENDPOINT_TEXT];
    printf("%s", endpoint_text(address, address_len, endpoint));
    if (number_len > 0) printf(" #%" PRIu32, number);
    if (gap > 0) printf(" (%" PRIu32 " missing before it)", gap);
    printf("%s: ", mcast_arrival_text(arrival));
    demo_put_text(stdout, datagram + number_len, len - number_len, "");
    putchar('\n');
}

static inline void mcast_print_counts(const struct mcast_counts *c)
{
    printf("%" PRIu64 " received, %" PRIu64 " lost, %" PRIu64 " duplicated, %" PRIu64 " reordered, %" PRIu64
           " restarts, %" PRIu64 " without a number",
           c->received, c->lost, c->duplicated, c->reordered, c->restarted, c->unnumbered);
}

/* Prints a line for each sender that is remembered, then one for all senders, without its line end. */
static inline void mcast_report_counts(const struct mcast_senders *senders)
{
    struct mcast_counts sum = senders->forgotten_counts;
    char endpoint[ENDPOINT_TEXT];
    for (size_t i = 0; i < senders->count; i++) {
        const struct mcast_sender *s = &senders->known[i];
        mcast_add(&sum, &s->counts);
        printf("%s: ", endpoint_text(&s->address, s->address_len, endpoint));
        mcast_print_counts(&s->counts);
        putchar('\n');
    }
    uint64_t all = senders->count + senders->forgotten;
    printf("%" PRIu64 " sender%s: ", all, all == 1 ? "" : "s");
    mcast_print_counts(&sum);
}
#endif
