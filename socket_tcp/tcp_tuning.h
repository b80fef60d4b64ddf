/* tcp_tuning.h - speed, and its measurement, on the server's side: socket options, --spin, --sink. */
#ifndef TCP_TUNING_H
#define TCP_TUNING_H

#include "tcp_threads.h"

/* Sets the options of the listening socket that Linux hands on to each accepted connection. With
 * `sink`, also the receive window that --sink is fastest with. Call it before listen(2), see
 * tcp(7). */
void tune_connections(int listener, bool sink);

/* recv(2) for --spin: asks again and again for up to 1 ms before it sleeps. A thread that does not
 * sleep need not be woken, and waking up is most of a short round trip. Returns what recv(2)
 * returns. */
ssize_t recv_spinning(int fd, char *bytes, size_t len);

/* The conversation of --sink: receives into `piece`, of TCP_PIECE bytes, until the client ends its
 * side. Then sends the number of bytes as decimal text and a line end. Returns how it ended. */
const char *serve_sink(struct connection *c, char *piece, bool spin);

#endif
