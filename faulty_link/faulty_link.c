/* faulty_link - a network that fails, as a program. It stands between a client and a server, relays their datagrams, and
 * drops, duplicates, delays or reorders some of them. Any pair of this repository can run through it. The same seed makes
 * the same faults, so a failure that was seen once can be repeated.
 *
 *     reqrep_server -p 12350                 in one terminal
 *     faulty_link -p 12351 localhost:12350   in another, with options for the faults
 *     reqrep_client -p 12351                 in a third
 *
 * This file relays datagrams; link_tcp.c does the same for connections (--tcp).
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "link_clients.h"
#include "link_options.h"
#include "link_queue.h"
#include "link_tcp.h"

#include <limits.h>

#define LINK_PORT   "12351"
#define LINK_SERVER "localhost:12350"

enum { DATAGRAM = 65536 /* bytes, more than the largest one */ };
static const int64_t HOLD_NS =
    INT64_C(200) * 1000 * 1000; /* a datagram held back by --reorder waits so long at most */

static const char *address = "127.0.0.1", *port = LINK_PORT;
static bool tcp;
static size_t seed = SIZE_MAX; /* SIZE_MAX: not given */

static const struct demo_usage usage = {
    .arguments = "[HOST:PORT]",
    .purpose = "Relays datagrams to the server at HOST:PORT (" LINK_SERVER ") and back, and makes faults.",
    .example = "faulty_link -p 12346 localhost:12345 --seed 7 --drop 10% --duplicate 5% --delay 20ms..200ms",
    .most = 1,
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to receive on (127.0.0.1)", .text = &address},
    {'p', "port", "PORT", "port to receive on (" LINK_PORT "); 0 takes any free one", .port = &port},
    {0, "seed", "N", "the same seed makes the same faults (default: a new one, printed)", .number = &seed,
     .max = LONG_MAX},
    {0, "drop", "P%", "lose so many, by chance", .read = link_read_drop},
    {0, "duplicate", "P%", "send so many twice", .read = link_read_duplicate},
    {0, "reorder", "P%", "hold so many back until the next one has passed", .read = link_read_reorder},
    {0, "delay", "A..B", "delay each by a time in that range (20ms..200ms), or by one time", .read = link_read_delay},
    {0, "oneway", NULL, "the four above only towards the server", .on = &link_options.faults.one_way},
    {0, "drop-nth", "I,J", "lose those with these numbers, from 1; r2 is the second on the way back",
     .read = link_read_drop_nth},
    {0, "duplicate-nth", "I,J", "send those twice", .read = link_read_duplicate_nth},
    {0, "delay-nth", "I:T,J:T", "delay each of those by a time of its own: 4:200ms", .read = link_read_delay_nth},
    {0, "tcp", NULL, "relay connections; --delay and --oneway count for each piece, and these:", .on = &tcp},
    {0, "trickle", "BYTES", "send so many at a time, every 5 ms", .number = &link_options.trickle, .min = 1,
     .max = 1 << 20},
    {0, "cut-after", "BYTES", "then reset the connection", .number = &link_options.cut_after, .max = LONG_MAX},
    {0, "half-open-after", "BYTES", "then nothing passes, and neither side is told",
     .number = &link_options.half_open_after, .max = LONG_MAX},
    {'q', "quiet", NULL, "print only the first two lines and the last", .on = &link_options.quiet},
    {0},
};

static struct {
    uint64_t received[2]; /* by direction */
    uint64_t dropped, duplicated, delayed, reordered;
} total;

/* socket, bind, and with --tcp listen, on the first address of the name that allows it. Ends the program when none does. */
static int listen_on(void)
{
    struct addrinfo hints = {.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found), sock = -1, reason = 0;
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));
    for (struct addrinfo *a = found; a != NULL && sock < 0; a = a->ai_next) {
        const int on = 1; /* SO_REUSEADDR: a new start need not wait for connections in TIME-WAIT */
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && (!tcp || setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0) &&
            bind(sock, a->ai_addr, a->ai_addrlen) == 0 && (!tcp || listen(sock, SOMAXCONN) == 0))
            break;
        reason = errno;
        if (sock >= 0) close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    return sock;
}

static void print_fate(enum link_way way, uint64_t nth, const struct link_fate *fate)
{
    if (link_options.quiet || !(fate->drop || fate->duplicate || fate->hold || fate->delay_ns)) return;
    printf("%s %llu:", link_way_text(way), (unsigned long long)nth);
    if (fate->drop) printf(" dropped");
    if (fate->duplicate) printf(" duplicated");
    if (fate->hold) printf(" held back");
    if (fate->delay_ns) printf(" delayed %.1f ms", (double)fate->delay_ns / 1e6);
    putchar('\n');
}

/* Decides the fate of one datagram, and queues it once, twice or not at all. */
static void submit(struct link_client *client, enum link_way way, const char *bytes, size_t len)
{
    const uint64_t nth = ++total.received[way];
    struct link_fate fate = link_fate_of(&link_options.faults, 0, way, nth);
    if (fate.drop) fate = (struct link_fate){.drop = true}; /* no other fault can be seen then */
    print_fate(way, nth, &fate);
    total.dropped += fate.drop;
    total.duplicated += fate.duplicate;
    total.reordered += fate.hold;
    total.delayed += fate.delay_ns > 0;
    client->used_ns = demo_now_ns();
    const int64_t due_ns = client->used_ns + fate.delay_ns + (fate.hold ? HOLD_NS : 0);
    for (int copies = fate.drop ? 0 : fate.duplicate ? 2 : 1; copies > 0; copies--) {
        if (link_queue_add(client, way, bytes, len, due_ns, fate.hold)) continue;
        warnx("%s: dropped, because more than %d are under way", link_way_text(way), LINK_QUEUED);
        total.dropped++;
    }
}

static void receive_from_client(int sock, char bytes[DATAGRAM])
{
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(sock, bytes, DATAGRAM, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < 0) return;
    struct link_client *client = link_client_of(&from, from_len, link_options.server);
    if (client != NULL) submit(client, TO_SERVER, bytes, (size_t)n);
    else warnx("a datagram is lost: no socket towards the server for its client");
}

static void receive_from_server(struct link_client *client, char bytes[DATAGRAM])
{
    ssize_t n = recv(client->sock, bytes, DATAGRAM, MSG_DONTWAIT);
    if (n >= 0) {
        link_client_answered(client);
        submit(client, TO_CLIENT, bytes, (size_t)n);
    } else if (errno == ECONNREFUSED) { /* the server is down: the client is not told, the datagram is only lost */
        link_client_refused(client);
    }
}

static void send_on(int sock, const struct link_datagram *d)
{
    struct link_client *c = d->client;
    if (d->way == TO_SERVER) link_client_send(c, d->bytes, d->len);
    else sendto(sock, d->bytes, d->len, 0, (const struct sockaddr *)&c->address, c->address_len);
}

/* The model: datagrams of both directions wait in one queue, and leave when they are due. */
static void relay_datagrams(int sock)
{
    static char bytes[DATAGRAM];
    static struct pollfd fds[1 + LINK_CLIENTS + 1];
    for (;;) {
        const size_t count = link_client_count;
        fds[0] = (struct pollfd){.fd = sock, .events = POLLIN};
        for (size_t i = 0; i < count; i++) fds[1 + i] = (struct pollfd){.fd = link_clients[i].sock, .events = POLLIN};
        if (demo_wait(fds, 1 + count, link_queue_timeout_ms(demo_now_ns())) < 0) break;

        for (size_t i = 0; i < count; i++) /* first, because a new client may replace one of these */
            if (fds[1 + i].revents) receive_from_server(&link_clients[i], bytes);
        if (fds[0].revents) receive_from_client(sock, bytes);
        for (struct link_datagram *d; (d = link_queue_take(demo_now_ns())) != NULL; free(d)) send_on(sock, d);
    }
    printf("to server %llu, to client %llu: %llu dropped, %llu duplicated, %llu delayed, %llu reordered\n",
           (unsigned long long)total.received[TO_SERVER], (unsigned long long)total.received[TO_CLIENT],
           (unsigned long long)total.dropped, (unsigned long long)total.duplicated, (unsigned long long)total.delayed,
           (unsigned long long)total.reordered);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int argument = demo_options(argc, argv, &usage, table);
    link_check_mode(tcp);
    link_options.faults.seed = seed < SIZE_MAX ? seed : (uint64_t)demo_now_ns() % 1000000;

    /* Acquire everything: any failure here is fatal. */
    struct addrinfo *server =
        link_resolve(argument < argc ? argv[argument] : LINK_SERVER, tcp ? SOCK_STREAM : SOCK_DGRAM);
    int sock = listen_on();
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));
    printf("seed %llu\n", (unsigned long long)link_options.faults.seed);

    /* The model: a network between two programs that do not know of it. */
    link_options.server = server;
    if (tcp) link_relay_connections(sock, &link_options);
    else relay_datagrams(sock);

    /* Give back. Datagrams that are still queued are lost, as in a network that is switched off. */
    link_queue_clear();
    link_clients_end();
    close(sock);
    freeaddrinfo(server);
    return demo_end(DEMO_DONE);
}
