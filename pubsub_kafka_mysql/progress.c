/* progress.c - the clock of kafka_generator: when the next message is due, and how many there were per second. */
#include "../common/demo.h"

#include "progress.h"

enum {
    SHOW_NS = 200 * 1000000,
    POLL_MS = 100,              /* the longest sleep, so that a stop is noticed */
    SLEEP_EXACTLY_NS = 2000000, /* below this, poll's milliseconds are too coarse */
};

void progress_begin(struct progress *p, bool quiet)
{
    p->began_ns = p->shown_ns = demo_now_ns();
    p->wanted = !quiet && isatty(STDERR_FILENO);
}

void progress_wait(struct progress *p, rd_kafka_t *producer, size_t n, double rate)
{
    const int64_t due_ns = p->began_ns + (int64_t)((double)n * 1e9 / rate);
    for (int64_t left_ns; (left_ns = due_ns - demo_now_ns()) > 0 && !demo_stopping();) {
        progress_show(p);
        const int64_t ms = left_ns / 1000000 - 1;
        if (left_ns > SLEEP_EXACTLY_NS) rd_kafka_poll(producer, ms < POLL_MS ? (int)ms : POLL_MS);
        else nanosleep(&(struct timespec){.tv_nsec = left_ns}, NULL);
    }
}

void progress_show(struct progress *p)
{
    if (!p->wanted) return;
    const int64_t now_ns = demo_now_ns();
    if (now_ns - p->shown_ns < SHOW_NS) return;
    p->shown_ns = now_ns;
    p->shown = true;
    fprintf(stderr, "\r%ld sent, %ld delivered, %.0f msg/s\033[K", p->submitted, p->delivered,
            (double)p->delivered / ((double)(now_ns - p->began_ns) / 1e9));
    fflush(stderr); /* the line has no end */
}

double progress_end(struct progress *p)
{
    if (p->shown) fputs("\r\033[K", stderr), fflush(stderr);
    p->shown = false;
    return (double)(demo_now_ns() - p->began_ns) / 1e9;
}
