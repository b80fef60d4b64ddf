/* tcp_closing.h - what a server does before close(2) so that its last bytes arrive.
 *
 * close(2) with bytes that were received and not read makes the kernel send a reset (RFC 9293,
 * 3.6.1; RFC 2525, 2.17). A reset discards what is still on its way to the client. */
#ifndef TCP_CLOSING_H
#define TCP_CLOSING_H

#include "tcp_threads.h"

/* Ends the server's side (SHUT_WR), then reads and discards until the client ends its side too, for
 * at most THREADS_LINGER_SECONDS. The descriptor stays open. */
void half_close_and_drain(int fd);

/* Waits until the client's kernel has acknowledged every byte, for at most THREADS_LINGER_SECONDS.
 * Adds the bytes that it has not acknowledged to `undelivered`. Sets that to 0 when the client
 * reset the connection: bytes for a client that vanished are not counted. */
void wait_until_acknowledged(struct connection *c);

#endif
