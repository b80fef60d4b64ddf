/* mcast_count.h - what became of a sender's numbered datagrams: lost, doubled, out of order. No input or output here.
 *
 * The window is that of IPsec's anti-replay service (RFC 4303, 3.4.3), the caution about restarts that of RTP (RFC
 * 3550, A.1). Lost means: a higher number came, this one has not. So a late datagram turns a loss into a reordering. */
#ifndef MCAST_COUNT_H
#define MCAST_COUNT_H

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum {
    MCAST_WINDOW = 64,  /* numbers back from the highest one whose arrival is remembered, a bit for each */
    MCAST_SENDERS = 64, /* senders remembered: who fakes many addresses takes no more room than these */
};

enum mcast_fate { MCAST_IN_ORDER, MCAST_AFTER_GAP, MCAST_DUPLICATE, MCAST_LATE, MCAST_RESTARTED };

struct mcast_counts {
    uint64_t received, unnumbered; /* datagrams, and those among them without a number */
    uint64_t lost, duplicated, reordered, restarted;
};

/* One sender: what was counted, and what is needed to count on. All zero is a sender that was never heard. */
struct mcast_sender {
    struct sockaddr_storage address;
    socklen_t address_len;
    struct mcast_counts counts;
    uint64_t seen;  /* bit n: the number `highest` - n has come; 0: no number has */
    uint32_t first; /* what came before the first one we heard was not meant for us: it is not lost */
    uint32_t highest;
    uint64_t after_old; /* if the next number is this one, the sender began anew; 0: no suspicion */
};

static inline enum mcast_fate mcast_begin(struct mcast_sender *s, uint32_t number)
{
    s->seen = 1;
    s->first = s->highest = number;
    s->after_old = 0;
    return MCAST_IN_ORDER;
}

/* Counts the arrival of `number` and tells what it was. With MCAST_AFTER_GAP, `*gap` is how many are missing before it. */
static inline enum mcast_fate mcast_count(struct mcast_sender *s, uint32_t number, uint32_t *gap)
{
    struct mcast_counts *c = &s->counts;
    *gap = 0;
    if (s->seen == 0) return mcast_begin(s, number);

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
    /* Older than we can remember: a straggler, which may have been counted as lost, or the sender has begun anew. Two
     * such numbers in a row decide for the latter. */
    if (s->after_old == number && number > 0) {
        c->reordered--;
        c->restarted++;
        mcast_begin(s, number);
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

/* All senders that we remember, whoever spoke last first. */
struct mcast_senders {
    struct mcast_sender known[MCAST_SENDERS];
    size_t count;
    uint64_t forgotten;                   /* senders that others took the place of */
    struct mcast_counts forgotten_counts; /* what those had */
};

/* The entry of the sender at `address`, at the front from now on. A new one takes, if need be, the place of the one that
 * has been silent longest; that one's counts stay in the sum. */
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
