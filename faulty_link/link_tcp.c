/* link_tcp.c - relays TCP connections with faults. One loop serves all of them: accept a client and connect to the server for
 * it; recv what one side sends; send it to the other side when it is due. */
#include "link_tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

enum {
    CONNECTIONS = 128,
    OTHER_FILES = 10,       /* descriptors for everything else: standard ones, stop pipe, listener, one turned away */
    PIECE = 16384,          /* bytes per recv */
    UNDER_WAY = 256 * 1024, /* bytes per direction; with more the link does not read, and TCP slows the sender down */
    TRICKLE_NS = 5 * 1000 * 1000,
    ACCEPT_PAUSE_NS = 100 * 1000 * 1000, /* after an accept that failed; else the loop would spin */
};

struct piece {
    struct piece *next;
    int64_t due_ns;
    size_t len, sent;
    char bytes[];
};

/* One direction of a connection. */
struct stream {
    int in, out;
    struct piece *first, **end;
    size_t under_way;
    uint64_t pieces, passed;
    int64_t next_ns;     /* --trickle: the next send must wait until then */
    bool ended, shut_on; /* `in` is at its end; the end was passed on to `out` */
};

struct connection {
    uint64_t number; /* from 1; 0: this place is free */
    struct stream way[2];
    bool half_open; /* nothing passes any more, and neither side is told */
};

static struct connection connections[CONNECTIONS];
static size_t capacity; /* connections at once, as far as ulimit -n allows */
static uint64_t accepted;
static size_t cut, half_opened;
static int64_t accept_again_ns; /* 0, or after an accept that failed: the listener is not polled before that */

/* How many connections the limit of open files has room for; each takes two descriptors. */
static size_t find_capacity(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) err(DEMO_FAILED, "getrlimit");
    if (files.rlim_cur < OTHER_FILES + 2)
        errx(DEMO_FAILED, "a limit of %llu open files is too low for a connection (raise it with: ulimit -n 1024)",
             (unsigned long long)files.rlim_cur);
    const size_t room = (size_t)(files.rlim_cur - OTHER_FILES) / 2; /* RLIM_INFINITY is a large number */
    return room < CONNECTIONS ? room : CONNECTIONS;
}

/* socket and connect to the addresses of the server, until one accepts. Simplification: all other connections wait
 * meanwhile. */
static int connect_to(const struct addrinfo *server)
{
    for (const struct addrinfo *a = server; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) return fd;
        if (fd >= 0) close(fd);
    }
    return -1;
}

/* Closes both sides. With `reset` the kernel sends RST instead of FIN, as when the connection breaks. */
static void end_connection(struct connection *c, bool reset)
{
    for (int way = 0; way < 2; way++) {
        const struct linger at_once = {.l_onoff = reset};
        setsockopt(c->way[way].in, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(c->way[way].in);
        for (struct piece *p = c->way[way].first, *next; p != NULL; p = next) {
            next = p->next;
            free(p);
        }
    }
    c->number = 0;
}

static void accept_client(int listener, const struct link_options *options)
{
    struct connection *c = connections;
    while (c < connections + capacity && c->number) c++;
    int client = accept(listener, NULL, NULL);
    if (client < 0) {
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
        if (accept_again_ns == 0) warn("accept"); /* EMFILE, mostly: inherited descriptors count too; said once */
        accept_again_ns = demo_now_ns() + ACCEPT_PAUSE_NS;
        return;
    }
    accept_again_ns = 0;
    if (c == connections + capacity) {
        warnx("more than %zu connections at once: one is turned away", capacity);
        close(client);
        return;
    }
    const uint64_t number = ++accepted;
    if (!options->quiet) printf("connection %llu\n", (unsigned long long)number);
    int server = connect_to(options->server);
    if (server < 0) {
        warn("connection %llu: connect to the server (is it running?)", (unsigned long long)number);
        close(client);
        return;
    }
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* the kernel must not join small pieces */
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *c = (struct connection){.number = number};
    c->way[TO_SERVER] = (struct stream){.in = client, .out = server};
    c->way[TO_CLIENT] = (struct stream){.in = server, .out = client};
    for (int way = 0; way < 2; way++) c->way[way].end = &c->way[way].first;
}

/* recv: reads a piece and decides its delay. False when the connection is broken. */
static bool receive_piece(struct connection *c, enum link_way way, const struct link_options *options)
{
    struct stream *s = &c->way[way];
    char bytes[PIECE];
    ssize_t n = recv(s->in, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0 && !c->half_open) return false;
    if (n <= 0) s->ended = true; /* half open: the other side learns of no end, also of no reset */
    if (n <= 0 || c->half_open) return true;
    struct piece *p = malloc(sizeof *p + (size_t)n);
    if (p == NULL) return false;

    struct link_fate fate = link_fate_of(&options->faults, c->number, way, ++s->pieces);
    if (!options->quiet && fate.delay_ns)
        printf("connection %llu %s %llu: %zd bytes delayed %.1f ms\n", (unsigned long long)c->number,
               link_way_text(way), (unsigned long long)s->pieces, n, (double)fate.delay_ns / 1e6);
    *p = (struct piece){.due_ns = demo_now_ns() + fate.delay_ns, .len = (size_t)n};
    memcpy(p->bytes, bytes, (size_t)n);
    *s->end = p; /* at the end of the queue, whatever its delay: a stream keeps its order */
    s->end = &p->next;
    s->under_way += p->len;
    return true;
}

/* How many bytes may pass before the next fault. */
static uint64_t until_fault(const struct connection *c, const struct link_options *options)
{
    const uint64_t passed = c->way[TO_SERVER].passed + c->way[TO_CLIENT].passed;
    const size_t at = options->cut_after < options->half_open_after ? options->cut_after : options->half_open_after;
    return at == SIZE_MAX ? UINT64_MAX : at - passed;
}

/* send: as much of the first piece as may pass now. False when the connection is broken. */
static bool send_piece(struct connection *c, enum link_way way, const struct link_options *options, int64_t now_ns)
{
    struct stream *s = &c->way[way];
    struct piece *p = s->first;
    size_t len = p->len - p->sent;
    const bool trickles = options->trickle > 0 && (way == TO_SERVER || !options->faults.one_way);
    if (trickles && len > options->trickle) len = options->trickle;
    if (len > until_fault(c, options)) len = (size_t)until_fault(c, options);
    ssize_t n = send(s->out, p->bytes + p->sent, len, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (trickles) s->next_ns = now_ns + TRICKLE_NS;
    p->sent += (size_t)n;
    s->passed += (size_t)n;
    s->under_way -= (size_t)n;
    if (p->sent == p->len) {
        if ((s->first = p->next) == NULL) s->end = &s->first;
        free(p);
    }
    return true;
}

/* --cut-after and --half-open-after, when their number of bytes has passed. False: the connection is cut. */
static bool break_if_due(struct connection *c, const struct link_options *options)
{
    const unsigned long long passed = c->way[TO_SERVER].passed + c->way[TO_CLIENT].passed;
    if (c->half_open || until_fault(c, options) > 0) return true;
    if (options->cut_after <= options->half_open_after) {
        if (!options->quiet) printf("connection %llu: cut after %llu bytes\n", (unsigned long long)c->number, passed);
        cut++;
        return false;
    }
    if (!options->quiet)
        printf("connection %llu: half open after %llu bytes: nothing passes any more\n",
               (unsigned long long)c->number, passed);
    c->half_open = true;
    half_opened++;
    return true;
}

/* When the stream may send: 0 for now, -1 for never, else the time. */
static int64_t send_time(const struct connection *c, const struct stream *s, int64_t now_ns)
{
    if (s->first == NULL || c->half_open) return -1;
    int64_t at = s->first->due_ns > s->next_ns ? s->first->due_ns : s->next_ns;
    return at <= now_ns ? 0 : at;
}

/* Receives and sends for one connection what is possible now. fds[0] is the client's socket, fds[1] the server's. */
static void serve_connection(struct connection *c, const struct link_options *options, const struct pollfd *fds)
{
    const int64_t now_ns = demo_now_ns();
    bool alive = true;
    for (enum link_way way = TO_SERVER; alive && way <= TO_CLIENT; way++) {
        struct stream *s = &c->way[way];
        if ((fds[way].revents & ~POLLOUT) && !s->ended) alive = receive_piece(c, way, options);
        if (alive && fds[!way].revents && send_time(c, s, now_ns) == 0) alive = send_piece(c, way, options, now_ns);
        if (alive) alive = break_if_due(c, options);
        if (alive && s->ended && s->first == NULL && !s->shut_on && !c->half_open)
            s->shut_on = shutdown(s->out, SHUT_WR) == 0;
    }
    bool over = c->way[0].ended && c->way[1].ended && (c->half_open || (c->way[0].shut_on && c->way[1].shut_on));
    if (alive && !over) return;
    if (!options->quiet)
        printf("connection %llu ended: %llu bytes to server, %llu to client\n", (unsigned long long)c->number,
               (unsigned long long)c->way[TO_SERVER].passed, (unsigned long long)c->way[TO_CLIENT].passed);
    end_connection(c, !alive);
}

/* What poll(2) has to watch for one connection: fds[0] of the client, fds[1] of the server. Returns when one of its streams
 * may send next, -1 for never. */
static int64_t watch(const struct connection *c, struct pollfd fds[2], int64_t now_ns)
{
    int64_t next_ns = -1;
    fds[0] = fds[1] = (struct pollfd){.fd = -1};
    for (enum link_way way = TO_SERVER; way <= TO_CLIENT; way++) {
        const struct stream *s = &c->way[way];
        if (!s->ended && s->under_way < UNDER_WAY) fds[way].events |= POLLIN;
        int64_t at = send_time(c, s, now_ns);
        if (at == 0) fds[!way].events |= POLLOUT;
        if (at > 0 && (next_ns < 0 || at < next_ns)) next_ns = at;
    }
    for (int side = 0; side < 2; side++) /* a socket without events would report its end again and again */
        if (fds[side].events) fds[side].fd = c->way[side].in;
    return next_ns;
}

void link_relay_connections(int listener, const struct link_options *options)
{
    static struct pollfd fds[1 + 2 * CONNECTIONS + 1];
    capacity = find_capacity();
    fcntl(listener, F_SETFL, O_NONBLOCK); /* a client may leave between poll and accept */
    for (;;) {
        const int64_t now_ns = demo_now_ns();
        int64_t next_ns = accept_again_ns > now_ns ? accept_again_ns : -1;
        nfds_t count = 1; /* no more entries than open files: poll(2) refuses more than ulimit -n */
        struct connection *of[CONNECTIONS];
        size_t open = 0;
        fds[0] = (struct pollfd){.fd = next_ns < 0 ? listener : -1, .events = POLLIN};
        for (struct connection *c = connections; c < connections + capacity; c++) {
            if (!c->number) continue;
            int64_t at = watch(c, &fds[count], now_ns);
            if (at > 0 && (next_ns < 0 || at < next_ns)) next_ns = at;
            of[open++] = c;
            count += 2;
        }
        int timeout_ms = next_ns < 0 ? -1 : demo_timeout_ms(next_ns, now_ns);
        if (demo_wait(fds, count, timeout_ms) < 0) break;
        for (size_t i = 0; i < open; i++) serve_connection(of[i], options, &fds[1 + 2 * i]);
        if (fds[0].revents) accept_client(listener, options);
    }
    for (struct connection *c = connections; c < connections + capacity; c++)
        if (c->number) end_connection(c, false);
    printf("%llu connection%s, %zu cut, %zu half open\n", (unsigned long long)accepted, accepted == 1 ? "" : "s", cut,
           half_opened);
}
