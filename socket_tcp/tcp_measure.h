/* tcp_measure.h - the yardstick of tcp_client: round trips, and a stream one way, over a connection that is given. */
#ifndef TCP_MEASURE_H
#define TCP_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

struct tcp_load {
    size_t count, size; /* so many messages or writes, of so many bytes */
    bool welcome;       /* the server's first line is to be skipped */
    bool spin;          /* polls for up to a second before it sleeps */
    int timeout_ms;     /* of each single wait */
};

/* Both print one last line and return the exit status. */

/* `count` times: sends `size` bytes and waits for the same bytes to come back; each reply is compared. The last line is
 * that of common/measure.h. */
int measure_round_trips(int connection, const struct tcp_load *load);

/* `count` writes of `size` bytes to a server that was started with --sink, then the end of our side; the server's
 * answer is the number of bytes that it received. */
int measure_one_way(int connection, const struct tcp_load *load);

#endif
