/* link_faults.c - draws the faults of faulty_link from the seed. No state: the n-th fault can be computed alone. */
#include "link_faults.h"

/* The next number of the generator splitmix64. It uses integers only, so every machine gets the same numbers. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* From 0 (included) to 1 (excluded). */
static double next_fraction(uint64_t *state) { return (double)(next_random(state) >> 11) / (double)(1ULL << 53); }

struct link_fate link_fate_of(const struct link_faults *faults, uint64_t stream, enum link_way way, uint64_t nth)
{
    uint64_t state = faults->seed;
    state = next_random(&state) ^ stream;
    state = next_random(&state) ^ (uint64_t)way;
    state = next_random(&state) ^ nth;
    struct link_fate fate = {0};
    /* Always draw all four numbers, in this order: a new value of --drop must not change which ones are duplicated. */
    bool drop = next_fraction(&state) * 100 < faults->drop;
    bool duplicate = next_fraction(&state) * 100 < faults->duplicate;
    bool hold = next_fraction(&state) * 100 < faults->reorder;
    double delay = next_fraction(&state) * (double)(faults->delay_most_ns - faults->delay_least_ns);
    if (way == TO_SERVER || !faults->one_way)
        fate = (struct link_fate){drop, duplicate, hold, faults->delay_least_ns + (int64_t)delay};
    for (size_t i = 0; i < faults->named_count; i++) {
        const struct link_named *n = &faults->named[i];
        if (n->way != way || n->nth != nth) continue;
        fate.drop |= n->fate.drop;
        fate.duplicate |= n->fate.duplicate;
        fate.delay_ns += n->fate.delay_ns;
    }
    return fate;
}
