/* progress.h - counts messages, keeps the rate of --rate, and shows a progress line on a terminal. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    /* The caller counts both. `submitted`: librdkafka queued or refused it. What is never delivered has failed. */
    long submitted, delivered;
    int64_t began_ns, shown_ns;
    bool wanted, shown; /* the progress line: on a terminal; on the screen now */
};

/* Starts the clock. */
void progress_begin(struct progress *progress, bool quiet);

/* Waits until message number `n` is due at `rate` messages a second. Serves delivery reports meanwhile. */
void progress_wait(struct progress *progress, rd_kafka_t *producer, size_t n, double rate);

/* Shows the progress line, at most five times a second. */
void progress_show(struct progress *progress);

/* Removes the progress line, before anything else is printed. Returns the seconds since progress_begin(). */
double progress_end(struct progress *progress);

#endif
