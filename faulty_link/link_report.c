/* link_report.c - the lines and counts of faulty_link's datagram mode. */
#include "link_report.h"

static struct {
    unsigned long long received[2]; /* by direction */
    unsigned long long dropped, duplicated, delayed;
    /* Held back. The last line calls them reordered, although a datagram that no other one follows within the time that it
     * is held back keeps its place. */
    unsigned long long reordered;
} total;

uint64_t link_report_received(enum link_way way) { return ++total.received[way]; }

void link_report_fate(enum link_way way, uint64_t nth, const struct link_fate *fate, bool quiet)
{
    total.dropped += fate->drop;
    total.duplicated += fate->duplicate;
    total.reordered += fate->hold;
    total.delayed += fate->delay_ns > 0;
    if (quiet || !(fate->drop || fate->duplicate || fate->hold || fate->delay_ns)) return;
    printf("%s %llu:", link_way_text(way), (unsigned long long)nth);
    if (fate->drop) printf(" dropped");
    if (fate->duplicate) printf(" duplicated");
    if (fate->hold) printf(" held back");
    if (fate->delay_ns) printf(" delayed %.1f ms", (double)fate->delay_ns / 1e6);
    putchar('\n');
}

void link_report_unqueued(enum link_way way, int reason)
{
    warnx("%s: dropped, because the link cannot queue it: %s", link_way_text(way), strerror(reason));
    total.dropped++;
}

void link_report_end(void)
{
    printf("to server %llu, to client %llu: %llu dropped, %llu duplicated, %llu delayed, %llu reordered\n",
           total.received[TO_SERVER], total.received[TO_CLIENT], total.dropped, total.duplicated, total.delayed,
           total.reordered);
}
