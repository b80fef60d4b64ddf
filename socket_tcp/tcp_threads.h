/* tcp_threads.h - the threads of tcp_server and the clients they have: one thread for each, some more that wait.
 *
 * Each thread runs the server's own function: accept(2), threads_enter(), the conversation, threads_leave(), and again.
 * None of them is interrupted by SIGINT or SIGTERM: those are for main(). */
#ifndef TCP_THREADS_H
#define TCP_THREADS_H
#include "../common/demo.h"

#include "../common/endpoint.h"

enum { THREADS_LINGER_SECONDS = 2 }; /* how long a client may take for its part of the end */

/* One accepted connection; the thread that accepted it owns it. */
struct conversation {
    int fd;
    char client[ENDPOINT_TEXT];
    unsigned long long received, undelivered; /* bytes */
    struct conversation *next, **link;        /* in the list of all; `link` is what points at us */
};

struct threads_totals {
    size_t clients;
    unsigned long long received, undelivered; /* bytes; undelivered: when we were asked to stop */
};

/* Every client is a descriptor: asks for as many as this process may have, and says so if they are few. */
void threads_raise_limit(void);

/* Starts the first thread, which runs `serve`. More are started as clients come. */
void threads_start(void *(*serve)(void *));

/* The calling thread has a client now; another one takes its place in accept(2). */
void threads_enter(struct conversation *c);

/* The conversation is over: its descriptor is closed, its bytes are counted. False when enough others wait and this
 * thread is not needed any more. */
bool threads_leave(struct conversation *c);

/* True from the beginning of threads_end() on. */
bool threads_ending(void);

/* Takes nobody in any more, gives every conversation time to finish what it has in hand, then ends those that do not. */
struct threads_totals threads_end(int listener);

#endif
