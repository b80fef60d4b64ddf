/* udp_measure.h - what udp_client -n does: measures round trips, or datagrams in one direction,
 * with a given server. */
#ifndef UDP_MEASURE_H
#define UDP_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

struct udp_peer_addresses; /* udp_datagram.h */

struct udp_load {
    size_t count, size; /* so many datagrams, of so many bytes; size 0: not given */
    bool one_way;       /* send only */
    bool spin;          /* poll for up to a second before sleeping */
};

/* Checks the options of measuring against each other and against `text`, the first TEXT or NULL.
 * Sets the size that was not given. Wrong ones end the program with DEMO_USAGE. */
void udp_load_check(struct udp_load *load, const char *text);

/* Sends `count` numbered datagrams of `size` bytes to the first address that does not refuse them.
 * Round trips: waits `timeout_ms` for the echo of each, and compares it. The last line is that of
 * common/measure.h.
 * One way: waits for nothing. The last line tells how many were sent; how many arrived, only the
 * server knows.
 * Returns the exit status. */
int measure(const struct udp_peer_addresses *server, const struct udp_load *load, int timeout_ms);

#endif
