/* mcast_count.h - counts, for each sender, the numbered datagrams that were lost, duplicated or reordered. Pure: no input
 * or output.
 *
 * A number is lost when a higher number came and this one did not. A late datagram turns a loss into a reordering. The
 * window is that of IPsec's anti-replay service (RFC 4303, 3.4.3); restarts are recognised as in RTP (RFC 3550, A.1). */
#ifndef MCAST_COUNT_H
#define MCAST_COUNT_H

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MCAST_WINDOW = 64,  /* how many numbers, back from the highest, have a bit that says whether they came */
    MCAST_SENDERS = 64, /* senders remembered: a bound on memory, because source addresses can be forged */
};

enum mcast_arrival { MCAST_IN_ORDER, MCAST_AFTER_GAP, MCAST_DUPLICATE, MCAST_LATE, MCAST_RESTARTED };

struct mcast_counts {
    uint64_t received, unnumbered; /* datagrams, and those among them without a number */
    uint64_t lost, duplicated, reordered, restarted;
};

/* One sender: its counts, and the state that the next count needs. All zero: no datagram came yet. */
struct mcast_sender {
    struct sockaddr_storage address;
    socklen_t address_len;
    struct mcast_counts counts;
    uint64_t seen;  /* bit n: the number `highest` - n came; 0: no number came yet */
    uint32_t first; /* the first number received: lower ones were sent before we joined and are not lost */
    uint32_t highest;
    uint64_t after_old; /* if the next number is this one, the sender restarted; 0: no suspicion */
};

/* Makes `number` the first and only one that came. */
static inline enum mcast_arrival mcast_restart(struct mcast_sender *s, uint32_t number)
{
    s->seen = 1;
    s->first = s->highest = number;
    s->after_old = 0;
    return MCAST_IN_ORDER;
}

/* Counts the arrival of `number` and classifies it. With MCAST_AFTER_GAP, `*gap` numbers are missing before it; else 0. */
static inline enum mcast_arrival mcast_count(struct mcast_sender *s, uint32_t number, uint32_t *gap)
{
    struct mcast_counts *c = &s->counts;
    *gap = 0;
    if (s->seen == 0) return mcast_restart(s, number);

    if (number > s->highest) {
        uint32_t step = number - s->highest;
        s->seen = step < MCAST_WINDOW ? s->seen << step | 1 : 1;
        s->highest = number;
        s->after_old = 0;
        c->lost += *gap = step - 1;
        return *gap > 0 ? MCAST_AFTER_GAP : MCAST_IN_ORDER;
    }
    uint32_t age = s->highest - number;
    if (age < MCAST_WINDOW) {
        uint64_t bit = UINT64_C(1) << age;
        if (s->seen & bit) {
            c->duplicated++;
            return MCAST_DUPLICATE;
        }
        s->seen |= bit;
        if (number > s->first) c->lost--;
        c->reordered++;
        return MCAST_LATE;
    }
    /* Older than the window: either very late, and perhaps counted as lost, or the sender restarted. Two such numbers in
     * a row mean a restart. */
    if (s->after_old == number && number > 0) {
        c->reordered--;
        c->restarted++;
        mcast_restart(s, number);
        s->seen |= 2; /* the one before it */
        return MCAST_RESTARTED;
    }
    s->after_old = (uint64_t)number + 1;
    c->reordered++;
    return MCAST_LATE;
}

static inline void mcast_add(struct mcast_counts *sum, const struct mcast_counts *c)
{
    sum->received += c->received;
    sum->unnumbered += c->unnumbered;
    sum->lost += c->lost;
    sum->duplicated += c->duplicated;
    sum->reordered += c->reordered;
    sum->restarted += c->restarted;
}

/* The senders that are remembered, the most recent one first. */
struct mcast_senders {
    struct mcast_sender known[MCAST_SENDERS];
    size_t count;
    uint64_t forgotten;                   /* senders that were replaced by newer ones */
    struct mcast_counts forgotten_counts; /* the sum of their counts */
};

/* The entry of the sender at `address`; it moves to the front. When the table is full, a new sender replaces the one that
 * has been silent longest, whose counts are added to `forgotten_counts`. */
static inline struct mcast_sender *mcast_sender_at(struct mcast_senders *all, const void *address, socklen_t len)
{
    struct mcast_sender *known = all->known, moved = {.address_len = len};
    size_t i = 0;
    while (i < all->count && !(known[i].address_len == len && memcmp(&known[i].address, address, len) == 0)) i++;
    if (i == 0 && all->count > 0) return known;
    if (i < all->count) {
        moved = known[i];
    } else {
        memcpy(&moved.address, address, len);
        if (all->count < MCAST_SENDERS) {
            all->count++;
        } else {
            i--;
            all->forgotten++;
            mcast_add(&all->forgotten_counts, &known[i].counts);
        }
    }
    memmove(known + 1, known, i * sizeof *known);
    known[0] = moved;
    return known;
}
#endif
