/* link_tcp.c - the network for connections, see link_run.h. TCP itself repairs what is lost, doubled or out of order, so
 * those faults are not for here. What is left to go wrong: it takes long, it comes in small pieces, it breaks, or it
 * seems to be there and is not. */
#include "../common/endpoint.h"
#include "link_run.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

enum {
    CONNECTIONS = 128,
    PIECE = 16384,          /* bytes read at once */
    UNDER_WAY = 256 * 1024, /* bytes in one direction before we stop reading: then TCP tells its sender to wait */
    TRICKLE_NS = 5 * 1000 * 1000,
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
    int64_t next_ns;  /* with a trickle: nothing before that */
    bool ended, told; /* `in` has no more; `out` knows it */
};

struct connection {
    uint64_t number; /* from 1; 0: this place is free */
    struct stream way[2];
    bool half_open; /* nothing passes any more, and nobody is told */
};

static struct connection connections[CONNECTIONS];
static uint64_t accepted;
static size_t cut, half_opened;

/* connect(2) to each address of the server until one answers. Simplification: everybody else waits meanwhile. */
static int connect_to(const struct addrinfo *server)
{
    for (const struct addrinfo *a = server; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) return fd;
        if (fd >= 0) close(fd);
    }
    return -1;
}

/* Closes both sides; with a reset, as when a router between them forgets the connection. */
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
    while (c < connections + CONNECTIONS && c->number) c++;
    int client = accept(listener, NULL, NULL);
    if (client < 0) return;
    int server = c < connections + CONNECTIONS ? connect_to(options->server) : -1;
    if (server < 0) {
        if (c < connections + CONNECTIONS) warn("connect to the server (is it running?)");
        else warnx("more than %d connections at once: one is turned away", CONNECTIONS);
        close(client);
        return;
    }
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* a piece stays a piece */
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *c = (struct connection){.number = ++accepted};
    c->way[TO_SERVER] = (struct stream){.in = client, .out = server};
    c->way[TO_CLIENT] = (struct stream){.in = server, .out = client};
    for (int way = 0; way < 2; way++) c->way[way].end = &c->way[way].first;
    if (!options->quiet) printf("connection %llu\n", (unsigned long long)c->number);
}

/* Reads a piece and decides how long it takes. False when the connection is broken. */
static bool take_in(struct connection *c, enum link_way way, const struct link_options *options)
{
    struct stream *s = &c->way[way];
    char bytes[PIECE];
    ssize_t n = recv(s->in, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0 && !c->half_open) return false;
    if (n <= 0) s->ended = true; /* half open: by a reset or not, the other side is not told */
    if (n <= 0 || c->half_open) return true;
    struct piece *p = malloc(sizeof *p + (size_t)n);
    if (p == NULL) return false;

    struct link_fate fate = link_fate_of(&options->faults, c->number, way, ++s->pieces);
    if (!options->quiet && fate.delay_ns)
        printf("connection %llu %s %llu: %zd bytes delayed %.1f ms\n", (unsigned long long)c->number,
               link_way_text(way), (unsigned long long)s->pieces, n, (double)fate.delay_ns / 1e6);
    *p = (struct piece){.due_ns = demo_now_ns() + fate.delay_ns, .len = (size_t)n};
    memcpy(p->bytes, bytes, (size_t)n);
    *s->end = p; /* behind the others, whatever its delay: a stream keeps its order */
    s->end = &p->next;
    s->under_way += p->len;
    return true;
}

/* How many bytes may pass before the next fault. */
static uint64_t until_fault(const struct connection *c, const struct link_options *options)
{
    const uint64_t passed = c->way[TO_SERVER].passed + c->way[TO_CLIENT].passed;
    const uint64_t at = options->cut_after < options->half_open_after ? options->cut_after : options->half_open_after;
    return at == UINT64_MAX ? at : at - passed;
}

/* Sends as much of the first piece as may pass now. False when the connection is broken. */
static bool let_out(struct connection *c, enum link_way way, const struct link_options *options, int64_t now_ns)
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

/* Makes the fault that is due after so many bytes. False when that ends the connection. */
static bool make_fault(struct connection *c, const struct link_options *options)
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

/* When something of this stream can go out: 0 for now, -1 for never, else the time. */
static int64_t ready_at(const struct connection *c, const struct stream *s, int64_t now_ns)
{
    if (s->first == NULL || c->half_open) return -1;
    int64_t at = s->first->due_ns > s->next_ns ? s->first->due_ns : s->next_ns;
    return at <= now_ns ? 0 : at;
}

/* One round for a connection; fds[0] is the client's, fds[1] the server's. */
static void advance(struct connection *c, const struct link_options *options, const struct pollfd *fds)
{
    const int64_t now_ns = demo_now_ns();
    bool alive = true;
    for (enum link_way way = TO_SERVER; alive && way <= TO_CLIENT; way++) {
        struct stream *s = &c->way[way];
        if ((fds[way].revents & ~POLLOUT) && !s->ended) alive = take_in(c, way, options);
        if (alive && fds[!way].revents && ready_at(c, s, now_ns) == 0) alive = let_out(c, way, options, now_ns);
        if (alive) alive = make_fault(c, options);
        if (alive && s->ended && s->first == NULL && !s->told && !c->half_open)
            s->told = shutdown(s->out, SHUT_WR) == 0;
    }
    bool over = c->way[0].ended && c->way[1].ended && (c->half_open || (c->way[0].told && c->way[1].told));
    if (alive && !over) return;
    if (!options->quiet)
        printf("connection %llu ended: %llu bytes to server, %llu to client\n", (unsigned long long)c->number,
               (unsigned long long)c->way[TO_SERVER].passed, (unsigned long long)c->way[TO_CLIENT].passed);
    end_connection(c, !alive);
}

void link_run_tcp(int listener, const struct link_options *options)
{
    static struct pollfd fds[1 + 2 * CONNECTIONS + 1];
    for (;;) {
        const int64_t now_ns = demo_now_ns();
        int64_t next_ns = -1;
        fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (size_t i = 0; i < CONNECTIONS; i++) {
            const struct connection *c = &connections[i];
            struct pollfd *side = &fds[1 + 2 * i];
            side[0] = side[1] = (struct pollfd){.fd = -1};
            for (enum link_way way = TO_SERVER; c->number && way <= TO_CLIENT; way++) {
                const struct stream *s = &c->way[way];
                if (!s->ended && s->under_way < UNDER_WAY) side[way].events |= POLLIN;
                int64_t at = ready_at(c, s, now_ns);
                if (at == 0) side[!way].events |= POLLOUT;
                if (at > 0 && (next_ns < 0 || at < next_ns)) next_ns = at;
            }
            for (int way = 0; way < 2; way++) /* one that waits for nothing would report its end again and again */
                if (side[way].events) side[way].fd = c->way[way].in;
        }
        int timeout_ms = next_ns < 0 ? -1 : (int)((next_ns - now_ns + 999999) / 1000000);
        if (demo_wait(fds, 1 + 2 * CONNECTIONS, timeout_ms) < 0) break;
        for (size_t i = 0; i < CONNECTIONS; i++)
            if (connections[i].number) advance(&connections[i], options, &fds[1 + 2 * i]);
        if (fds[0].revents) accept_client(listener, options);
    }
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (connections[i].number) end_connection(&connections[i], false);
    printf("%llu connection%s, %zu cut, %zu half open\n", (unsigned long long)accepted, accepted == 1 ? "" : "s", cut,
           half_opened);
}
