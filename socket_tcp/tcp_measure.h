/* tcp_measure.h - what tcp_client -n does: measures round trips, or a stream in one direction, over
 * a given connection. */
#ifndef TCP_MEASURE_H
#define TCP_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

struct tcp_load {
    size_t count, size; /* so many messages, of so many bytes; size 0: not given */
    bool one_way;       /* a stream instead of round trips; the server runs with --sink */
    bool welcome;       /* the server's first line is skipped */
    bool spin;          /* poll for up to a second before sleeping */
    int timeout_ms;     /* of each single wait; -1: not given */
};

/* Checks the options of measuring against each other, and sets those that were not given. Wrong
 * ones end the program with DEMO_USAGE. */
void tcp_load_check(struct tcp_load *load);

/* Round trips: sends `size` bytes and waits for the same bytes to come back, `count` times;
 * compares each reply. The last line is that of common/measure.h.
 * One way: writes `size` bytes `count` times, then ends this side; the server answers with the
 * number of bytes that it received, as decimal text and a line end. The last line tells both
 * numbers and the rate.
 * Returns the exit status. */
int measure(int connection, const struct tcp_load *load);

#endif
