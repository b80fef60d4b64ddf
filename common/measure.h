/* measure.h - what every client's -n uses: one sample for each round trip, and one last line of figures. */
#ifndef MEASURE_H
#define MEASURE_H
#include "demo.h"

enum { MEASURE_MAX = 100000000 }; /* samples, of 4 bytes each */
struct measure {
    uint32_t *rtt_ns; /* one for each reply, in order of arrival; 4.29 s at most */
    size_t received;
    size_t sent; /* counted by the caller */
    int64_t began_ns;
};

/* Allocates room for `count` samples and starts the clock. measure_end() and measure_spread() free it. */
static inline void measure_begin(struct measure *m, size_t count)
{
    *m = (struct measure){.rtt_ns = calloc(count + 1, sizeof *m->rtt_ns), .began_ns = demo_now_ns()};
    if (m->rtt_ns == NULL) err(DEMO_FAILED, "-n %zu", count);
}

/* Adds one sample. */
static inline void measure_reply(struct measure *m, int64_t rtt_ns)
{
    m->rtt_ns[m->received++] = rtt_ns < UINT32_MAX ? (uint32_t)rtt_ns : UINT32_MAX;
}

static inline int measure_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Prints min/p50/p99/max A/B/C/D us of all samples, percentiles by nearest rank, and frees the samples. */
static inline void measure_spread(struct measure *m)
{
    printf("min/p50/p99/max ");
    if (m->received > 0) {
        qsort(m->rtt_ns, m->received, sizeof *m->rtt_ns, measure_order);
        const size_t n = m->received, rank[] = {0, (n * 50 + 99) / 100 - 1, (n * 99 + 99) / 100 - 1, n - 1};
        for (int i = 0; i < 4; i++) printf("%.1f%s", m->rtt_ns[rank[i]] / 1e3, i < 3 ? "/" : " us");
    } else {
        printf("-/-/-/- us");
    }
    free(m->rtt_ns);
}

/* Prints the last line of a run, N sent, N received, N lost, rtt min/p50/p99/max A/B/C/D us, R msg/s. Returns the exit
 * status: DEMO_FAILED when anything was lost. */
static inline int measure_end(struct measure *m)
{
    double seconds = (double)(demo_now_ns() - m->began_ns) / 1e9;
    printf("%zu sent, %zu received, %zu lost, rtt ", m->sent, m->received, m->sent - m->received);
    measure_spread(m);
    printf(", %.0f msg/s\n", (double)m->received / seconds);
    return m->received == m->sent ? DEMO_DONE : DEMO_FAILED;
}
#endif
