/* http_connections.c - the thread that accepts connections, and the deadlines that end the slow ones. */
#include "http_connections.h"

#include "http_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

enum {
    CONNECTIONS_MAX = 2000, /* at once, or as many as open files allow */
    FDS_MAX = 8192,         /* a descriptor above that is no client's: the program itself holds thousands */
    FULL_PAUSE_MS = 10,     /* between two looks whether there is room again */
    CLOCK_GRAIN_MS = 20,    /* TCP_INFO counts in ticks of the kernel's clock, of up to 10 ms */
};

/* ------------------------------------------------------------------------------------------------------------ Deadlines */

static int64_t set_deadline(struct http_connections *all, struct http_connection *c)
{
    const int64_t now = demo_now_ns();
    atomic_store(&c->deadline_ns, now + (int64_t)all->timeout_ms * 1000000);
    return now;
}

void http_connection_arriving(struct http_connections *all, struct http_connection *c)
{
    if (atomic_exchange(&c->idle_since_ns, 0) != 0) set_deadline(all, c);
}

void http_connection_handling(struct http_connections *all, struct http_connection *c)
{
    atomic_store(&c->deadline_ns, INT64_MAX);
    if (c->heard) return;
    c->heard = true;
    pthread_mutex_lock(&all->lock);
    all->unheard--;
    pthread_mutex_unlock(&all->lock);
}

void http_connection_answering(struct http_connections *all, struct http_connection *c) { set_deadline(all, c); }

void http_connection_idle(struct http_connections *all, struct http_connection *c)
{
    atomic_store(&c->idle_since_ns, set_deadline(all, c));
}

/* True when a byte has come since the connection became idle. libmicrohttpd tells nothing before the request line is
 * complete; the kernel knows when the last byte came (tcp(7), TCP_INFO). */
static bool request_began(const struct http_connection *c, int64_t idle_since_ns, int64_t now_ns)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) return false;
    int64_t last_byte_ns = now_ns - (int64_t)info.tcpi_last_data_recv * 1000000;
    return last_byte_ns > idle_since_ns + CLOCK_GRAIN_MS * INT64_C(1000000);
}

/* Ends the connections whose request did not arrive, or whose response did not leave, in time; and those that were idle for
 * too long. shutdown(2) makes libmicrohttpd see the end of the connection and close it. */
static void close_overdue(struct http_connections *all)
{
    const int64_t now = demo_now_ns();
    pthread_mutex_lock(&all->lock);
    for (struct http_connection *c = all->by_fd; c < all->by_fd + all->fds; c++) {
        if (c->state != CONNECTION_SERVED) continue;
        int_fast64_t deadline = atomic_load(&c->deadline_ns), idle = atomic_load(&c->idle_since_ns);
        if (idle != 0 && request_began(c, idle, now)) {
            /* The first byte of a request: its time begins. Only if a thread of the daemon did not say so meanwhile. */
            if (atomic_compare_exchange_strong(&c->deadline_ns, &deadline, now + all->timeout_ms * INT64_C(1000000)))
                atomic_compare_exchange_strong(&c->idle_since_ns, &idle, 0);
        } else if (deadline < now) {
            shutdown(c->fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&all->lock);
}

/* ------------------------------------------------------------------------------------------------------------- Counting */

/* Under the lock. */
static void forget(struct http_connections *all, struct http_connection *c)
{
    if (!c->heard) all->unheard--;
    all->present--;
    c->state = CONNECTION_FREE;
}

static void count_accepted(struct http_connections *all, int fd)
{
    struct http_connection *c = &all->by_fd[fd];
    pthread_mutex_lock(&all->lock);
    /* The kernel gave us a descriptor that should be in use: libmicrohttpd had no memory for that connection, and closed it
     * without a notification. */
    if (c->state != CONNECTION_FREE) forget(all, c);
    c->state = CONNECTION_ACCEPTED;
    c->heard = false;
    all->present++;
    all->unheard++;
    all->accepted++;
    if (fd >= all->fds) all->fds = fd + 1;
    pthread_mutex_unlock(&all->lock);
}

/* libmicrohttpd closes the descriptor after the last notification, so that close_overdue() never meets a closed one. */
void http_connections_notify(void *context, struct MHD_Connection *http, void **of_connection,
                             enum MHD_ConnectionNotificationCode what)
{
    struct http_connections *all = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const int fd = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        struct http_connection *c = *of_connection = &all->by_fd[fd];
        const struct sockaddr *address =
            MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        endpoint_text(address,
                      address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
                      c->client);
        c->fd = fd;
        http_connection_idle(all, c);
        pthread_mutex_lock(&all->lock);
        c->state = CONNECTION_SERVED;
        pthread_mutex_unlock(&all->lock);
    } else {
        struct http_connection *c = *of_connection;
        http_overload_closing(&all->overload, c->fd);
        pthread_mutex_lock(&all->lock);
        forget(all, c);
        pthread_mutex_unlock(&all->lock);
    }
}

size_t http_connections_unheard(struct http_connections *all)
{
    pthread_mutex_lock(&all->lock);
    size_t unheard = all->unheard;
    pthread_mutex_unlock(&all->lock);
    return unheard;
}

static bool has_room(struct http_connections *all)
{
    pthread_mutex_lock(&all->lock);
    bool room = all->present < all->room;
    pthread_mutex_unlock(&all->lock);
    return room;
}

/* ------------------------------------------------------------------------------------------------------------ Accepting */

/* accept(2), and one of the daemon's threads has a connection more. False when nothing can be accepted for now. */
static bool accept_connection(struct http_connections *all)
{
    struct sockaddr_storage client;
    socklen_t len = sizeof client;
    int fd = accept(all->listener, (struct sockaddr *)&client, &len);
    if (fd < 0)
        return errno == EAGAIN || errno == ECONNABORTED; /* no client for a while, or one that has left again */
    if (fd >= FDS_MAX) {
        close(fd);
        return false;
    }
    count_accepted(all, fd);
    if (MHD_add_connection(all->daemon, fd, (struct sockaddr *)&client, len) == MHD_YES) return true;
    pthread_mutex_lock(&all->lock); /* libmicrohttpd has closed it */
    forget(all, &all->by_fd[fd]);
    pthread_mutex_unlock(&all->lock);
    http_overload_say(&all->overload);
    return false;
}

static void *accept_connections(void *context)
{
    struct http_connections *all = context;
    const long round_ms = (all->timeout_ms < 4000 ? all->timeout_ms : 4000) / 8 + 1;
    const struct timeval round = {.tv_sec = round_ms / 1000, .tv_usec = round_ms % 1000 * 1000};
    setsockopt(all->listener, SOL_SOCKET, SO_RCVTIMEO, &round, sizeof round); /* accept(2) waits no longer */
    int64_t next_round_ns = 0;
    while (!all->stopping) {
        bool accepted = has_room(all) && accept_connection(all);
        if (!accepted && !all->stopping) poll(NULL, 0, FULL_PAUSE_MS);
        int64_t now = demo_now_ns();
        if (now < next_round_ns) continue;
        close_overdue(all);
        next_round_ns = now + round_ms * INT64_C(1000000);
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------------- Start and stop */

void http_connections_open(struct http_connections *all, const char *address, const char *port, int timeout_ms)
{
    all->timeout_ms = timeout_ms;
    all->room = http_room_for_clients(CONNECTIONS_MAX);
    all->listener = http_listen_on(address, port);
    all->by_fd = calloc(FDS_MAX, sizeof *all->by_fd); /* pages that no descriptor touches cost nothing */
    if (all->by_fd == NULL) err(DEMO_FAILED, "a new server");
    pthread_mutex_init(&all->lock, NULL);
}

void http_connections_accept(struct http_connections *all, struct MHD_Daemon *daemon)
{
    all->daemon = daemon;
    int problem = pthread_create(&all->thread, NULL, accept_connections, all);
    if (problem != 0) errx(DEMO_FAILED, "a new thread: %s", strerror(problem));
}

void http_connections_quiesce(struct http_connections *all)
{
    all->stopping = true;
    shutdown(all->listener, SHUT_RD); /* wakes accept(2) */
    pthread_join(all->thread, NULL);
    close(all->listener);
}

void http_connections_free(struct http_connections *all)
{
    pthread_mutex_destroy(&all->lock);
    free(all->by_fd);
}
