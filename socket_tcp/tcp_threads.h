/* tcp_threads.h - the threads of tcp_server: how many there are, which connections they have, and
 * how they end.
 *
 * Each thread runs the server's accept loop: accept(2), connection_opened(), the conversation,
 * connection_done(), close(2). There is a thread more than there are clients, which waits in
 * accept(2). SIGINT and SIGTERM interrupt none of them: main() waits for those. */
#ifndef TCP_THREADS_H
#define TCP_THREADS_H
#include "../common/demo.h"

#include "../common/endpoint.h"

enum {
    THREADS_LINGER_SECONDS = 2, /* the longest that the end of a connection waits for its client */
    THREADS_RETRY_MS = 500,     /* between two calls of start_missing_thread() */
};

/* One accepted connection. It belongs to the thread that accepted it. */
struct connection {
    int fd;
    char client[ENDPOINT_TEXT];
    unsigned long long received,
        undelivered;                 /* bytes; undelivered: the kernel did not take them, or could not deliver */
    struct connection *next, **link; /* in the list of all connections; `link` is what points at this one */
};

struct threads_totals {
    size_t clients;
    unsigned long long received, undelivered; /* bytes; undelivered: only those after the server was asked to stop */
};

/* Raises the limit of open files (setrlimit(2), RLIMIT_NOFILE) as far as this process may. Prints a
 * warning when that is fewer than 10,000 clients. */
void threads_raise_limit(void);

/* Starts the first thread, which runs `accept_loop`. More are started as clients come. The caller
 * then has the lock that connection_opened() takes: no client is served before begin_serving().
 * Ends the program when the kernel gives no thread: a server without one could not accept anything. */
void start_first_thread(void *(*accept_loop)(void *));

/* Releases that lock. */
void begin_serving(void);

/* Starts a thread when none waits in accept(2), because the kernel gave none when it was needed. */
void start_missing_thread(void);

/* accept(2) failed with `error`. Waits a moment, unless another call may succeed at once. */
void pause_after_failed_accept(int error);

/* The calling thread accepted `c`. Starts another thread when none waits in accept(2) any more. */
void connection_opened(struct connection *c);

/* The conversation is over. Counts its bytes and forgets it: the caller closes it afterwards.
 * Returns false when enough other threads wait in accept(2), so that the calling one should end. */
bool connection_done(struct connection *c);

/* True once threads_end() was called. */
bool threads_ending(void);

/* How a conversation ended in which recv(2) returned 0: the client ended its side, or threads_end()
 * did (SHUT_RD). */
static inline const char *how_it_ended(void) { return threads_ending() ? "was stopped" : "left"; }

/* Stops accepting and ends what every client sends (SHUT_RD). The threads have
 * THREADS_LINGER_SECONDS to answer what they received. After that the connections are shut down.
 * Returns when none is left. */
struct threads_totals threads_end(int listener);

#endif
