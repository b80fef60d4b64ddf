/* http_connections.h - the connections of an HTTP server: accepts them, counts them, and closes those whose time is over.
 * Internal to http_server.
 *
 * libmicrohttpd could accept(2) by itself. But to stop that, MHD_quiesce_daemon() takes the listener out of each thread's
 * epoll set, and calls abort(3) when that thread was faster (0.9.75 to 1.0.1). Its timeout begins anew with every byte, so
 * that a client which sends a byte now and then stays for ever. Therefore the server
 * has an accept thread and deadlines of its own. */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include "../common/endpoint.h"

#include "http_overload.h"
#include "http_request.h"

#include <microhttpd.h>
#include <pthread.h>

struct http_connection {
    enum { CONNECTION_FREE, CONNECTION_ACCEPTED, CONNECTION_SERVED } state; /* under the lock */
    atomic_int_fast64_t deadline_ns;   /* closed after this time; INT64_MAX while the handler runs */
    atomic_int_fast64_t idle_since_ns; /* no byte of the next request is known since then; 0: a request is arriving */
    atomic_bool heard;                 /* a whole request has come */
    int fd;
    char client[ENDPOINT_TEXT];
    struct http_request_state request; /* one at a time: HTTP/1.1 answers in order */
};

struct http_connections {
    int listener, timeout_ms;
    struct MHD_Daemon *daemon;
    unsigned room; /* for so many at once; others wait in the kernel's queue until one leaves */
    pthread_t thread;
    atomic_bool stopping;
    pthread_mutex_t lock;
    struct http_connection *by_fd; /* the index is the file descriptor */
    int fds;                       /* indices in use are below this number */
    size_t present, unheard;       /* under the lock: all of them; those without a whole request so far */
    unsigned long long accepted;
    struct http_overload overload;
};

/* Listens. Ends the program when that fails. */
void http_connections_open(struct http_connections *all, const char *address, const char *port, int timeout_ms);

/* Starts the thread that accepts connections and hands them to the daemon. */
void http_connections_accept(struct http_connections *all, struct MHD_Daemon *daemon);

/* Ends that thread and closes the listener. The connections stay. */
void http_connections_quiesce(struct http_connections *all);

/* After MHD_stop_daemon(), which closes the connections. */
void http_connections_free(struct http_connections *all);

size_t http_connections_unheard(struct http_connections *all);

/* MHD_NotifyConnectionCallback. */
void http_connections_notify(void *all, struct MHD_Connection *http, void **of_connection,
                             enum MHD_ConnectionNotificationCode what);

static inline struct http_connection *http_connection_of(struct MHD_Connection *http)
{
    return MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The states of a connection, in their order. Each but the second gives the client the time limit anew. */
void http_connection_arriving(struct http_connections *all, struct http_connection *c); /* a request line has come */
void http_connection_handling(struct http_connections *all,
                              struct http_connection *c); /* the handler takes its time */
void http_connection_answering(struct http_connections *all, struct http_connection *c);
void http_connection_idle(struct http_connections *all, struct http_connection *c);

#endif
