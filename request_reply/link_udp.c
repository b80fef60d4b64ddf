/* link_udp.c - the network for datagrams, see link_run.h. To the server every client looks as if it sat here: each has
 * a socket of its own towards it, and the port of that socket is how a reply finds back. */
#include "../common/endpoint.h"
#include "link_run.h"

enum {
    CLIENTS = 256,
    DATAGRAM = 65536,            /* more than the largest */
    WAITING = 4096,              /* datagrams under way at once */
    HOLD_NS = 200 * 1000 * 1000, /* how long one that waits for the next one to pass waits for it */
};

struct client {
    struct sockaddr_storage from;
    socklen_t from_len;
    int sock;                      /* towards the server */
    const struct addrinfo *server; /* the address of it that `sock` is connected to */
    bool heard;                    /* that address answered */
    size_t waiting;                /* datagrams of this client that are under way */
    int64_t used_ns;
    struct datagram *last; /* sent, until the server was heard: to try its next address with */
};

struct datagram {
    struct client *client;
    enum link_way way;
    bool held;
    int64_t due_ns;
    uint64_t order; /* of two that are due at the same time, the lower goes first */
    size_t len;
    char bytes[];
};

static struct client clients[CLIENTS];
static size_t client_count;
/* Simplification: the timer queue is searched from end to end. A heap would be faster with thousands under way. */
static struct datagram *queue[WAITING];
static size_t queued;
static struct {
    uint64_t count[2], dropped, duplicated, delayed, reordered;
} total;

/* A socket towards the server, at this address or one after it; false if none will do. */
static bool connect_client(struct client *c, const struct addrinfo *server)
{
    for (c->server = server; c->server != NULL; c->server = c->server->ai_next) {
        if ((c->sock = socket(c->server->ai_family, c->server->ai_socktype, c->server->ai_protocol)) < 0) continue;
        if (connect(c->sock, c->server->ai_addr, c->server->ai_addrlen) == 0) return true;
        close(c->sock);
    }
    c->sock = -1;
    return false;
}

static void forget(struct client *c)
{
    if (c->sock >= 0) close(c->sock);
    free(c->last);
    *c = (struct client){.sock = -1};
}

/* The client that sends from there; a new one takes the place of the one silent for the longest time, if all are taken. */
static struct client *find_client(const struct sockaddr_storage *from, socklen_t len, const struct addrinfo *server)
{
    struct client *oldest = NULL;
    for (struct client *c = clients; c < clients + client_count; c++) {
        if (c->from_len == len && memcmp(&c->from, from, len) == 0) return c;
        if (c->waiting == 0 && (oldest == NULL || c->used_ns < oldest->used_ns)) oldest = c;
    }
    struct client *c = client_count < CLIENTS ? &clients[client_count++] : oldest;
    if (c == NULL) return NULL;
    if (c->from_len > 0) forget(c);
    if (!connect_client(c, server)) return NULL;
    c->from_len = len;
    memcpy(&c->from, from, len);
    return c;
}

static void pass_on(int sock, struct datagram *d)
{
    struct client *c = d->client;
    /* One that cannot be sent is lost: this is a network. */
    if (d->way == TO_CLIENT) sendto(sock, d->bytes, d->len, 0, (struct sockaddr *)&c->from, c->from_len);
    else send(c->sock, d->bytes, d->len, 0);
    c->waiting--;
    if (d->way == TO_SERVER && !c->heard) {
        struct datagram *before = c->last;
        c->last = d;
        d = before;
    }
    free(d);
}

/* The place in the queue of what is due next; `queued` if it is empty. */
static size_t next_due(void)
{
    size_t next = queued;
    for (size_t i = 0; i < queued; i++)
        if (next == queued || queue[i]->due_ns < queue[next]->due_ns ||
            (queue[i]->due_ns == queue[next]->due_ns && queue[i]->order < queue[next]->order))
            next = i;
    return next;
}

static void enqueue(struct client *c, enum link_way way, const char *bytes, size_t len, int64_t due_ns, bool held)
{
    static uint64_t order;
    struct datagram *d = queued < WAITING ? malloc(sizeof *d + len) : NULL;
    if (d == NULL) {
        warnx("%s: dropped, because more than %d are under way", link_way_text(way), WAITING);
        total.dropped++;
        return;
    }
    *d = (struct datagram){.client = c, .way = way, .held = held, .due_ns = due_ns, .order = ++order, .len = len};
    if (len > 0) memcpy(d->bytes, bytes, len);
    c->waiting++;
    queue[queued++] = d;
    if (held) return;
    for (size_t i = 0; i < queued; i++) { /* those that it overtakes now */
        if (!queue[i]->held || queue[i]->way != way) continue;
        queue[i]->held = false;
        queue[i]->due_ns = due_ns;
        queue[i]->order = ++order;
    }
}

/* Decides what happens to a datagram, says so, and does it. */
static void submit(const struct link_options *options, struct client *c, enum link_way way, const char *bytes,
                   size_t len)
{
    const uint64_t nth = ++total.count[way];
    struct link_fate fate = link_fate_of(&options->faults, 0, way, nth);
    c->used_ns = demo_now_ns();
    if (fate.drop) fate = (struct link_fate){.drop = true}; /* nothing else can happen to it then */
    if (!options->quiet && (fate.drop || fate.duplicate || fate.hold || fate.delay_ns)) {
        printf("%s %llu:", link_way_text(way), (unsigned long long)nth);
        if (fate.drop) printf(" dropped");
        if (fate.duplicate) printf(" duplicated");
        if (fate.hold) printf(" held back");
        if (fate.delay_ns) printf(" delayed %.1f ms", (double)fate.delay_ns / 1e6);
        putchar('\n');
    }
    total.dropped += fate.drop;
    total.duplicated += fate.duplicate;
    total.reordered += fate.hold;
    total.delayed += fate.delay_ns > 0;
    if (fate.drop) return;
    int64_t due_ns = c->used_ns + fate.delay_ns + (fate.hold ? HOLD_NS : 0);
    for (int copies = fate.duplicate ? 2 : 1; copies > 0; copies--) enqueue(c, way, bytes, len, due_ns, fate.hold);
}

static void from_client(int sock, const struct link_options *options, char *bytes)
{
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(sock, bytes, DATAGRAM, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < 0) return;
    struct client *c = find_client(&from, from_len, options->server);
    if (c == NULL) {
        warnx("a datagram is lost: no socket towards the server for its client");
        return;
    }
    submit(options, c, TO_SERVER, bytes, (size_t)n);
}

static void from_server(const struct link_options *options, struct client *c, char *bytes)
{
    ssize_t n = recv(c->sock, bytes, DATAGRAM, MSG_DONTWAIT);
    if (n >= 0) {
        c->heard = true;
        free(c->last);
        c->last = NULL;
        submit(options, c, TO_CLIENT, bytes, (size_t)n);
    } else if (errno == ECONNREFUSED && !c->heard && c->server->ai_next != NULL && c->last != NULL) {
        /* Nobody has that port at this address of the server's name: the same datagram to the next one. */
        close(c->sock);
        if (connect_client(c, c->server->ai_next)) send(c->sock, c->last->bytes, c->last->len, 0);
    } /* else the server is down: what was sent to it is lost, and nobody here tells the client */
}

void link_run_udp(int sock, const struct link_options *options)
{
    static char bytes[DATAGRAM];
    static struct pollfd fds[1 + CLIENTS + 1];
    for (;;) {
        size_t next = next_due();
        int64_t left_ns = next < queued ? queue[next]->due_ns - demo_now_ns() : 0;
        int timeout_ms = next == queued ? -1 : left_ns > 0 ? (int)((left_ns + 999999) / 1000000) : 0;
        fds[0] = (struct pollfd){.fd = sock, .events = POLLIN};
        const size_t count = client_count;
        for (size_t i = 0; i < count; i++) fds[1 + i] = (struct pollfd){.fd = clients[i].sock, .events = POLLIN};
        if (demo_wait(fds, 1 + count, timeout_ms) < 0) break;

        for (size_t i = 0; i < count; i++) /* before new clients take places */
            if (fds[1 + i].revents) from_server(options, &clients[i], bytes);
        if (fds[0].revents) from_client(sock, options, bytes);
        for (int64_t now = demo_now_ns(); (next = next_due()) < queued && queue[next]->due_ns <= now;) {
            struct datagram *d = queue[next];
            queue[next] = queue[--queued];
            pass_on(sock, d);
        }
    }
    while (queued > 0) free(queue[--queued]);
    for (size_t i = 0; i < client_count; i++) forget(&clients[i]);
    printf("to server %llu, to client %llu: %llu dropped, %llu duplicated, %llu delayed, %llu reordered\n",
           (unsigned long long)total.count[TO_SERVER], (unsigned long long)total.count[TO_CLIENT],
           (unsigned long long)total.dropped, (unsigned long long)total.duplicated, (unsigned long long)total.delayed,
           (unsigned long long)total.reordered);
}
