/* faulty_link - a network that fails, as a program. It stands between a client and a server, relays their datagrams, and
 * drops, duplicates, delays or reorders some of them. Any unicast pair of this repository can run through it. With the
 * same options and seed the n-th datagram of each direction has the same fate, so most failures can be repeated.
 *
 * UDP has no connections, so each client gets a socket of its own, connected to the server, as in a NAT router
 * (link_clients.c). What arrives there belongs to that client.
 *
 *     reqrep_server -p 12350                 in one terminal
 *     faulty_link -p 12351 localhost:12350   in another, with options for the faults
 *     reqrep_client -p 12351                 in a third
 *
 * The model is relay_datagrams(): receive, decide the fate, queue, forward when due. link_tcp.c relays connections (--tcp).
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "link_clients.h"
#include "link_options.h"
#include "link_queue.h"
#include "link_report.h"
#include "link_tcp.h"

#include <limits.h>
#include <netdb.h>
#include <sys/socket.h>

#define LINK_PORT   "12351"
#define LINK_SERVER "localhost:12350"

enum { DATAGRAM_MAX = 65536 /* bytes, more than the largest one */ };
static const int64_t HOLD_NS = 200 * INT64_C(1000000); /* --reorder: the longest wait for the next datagram */

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
    {0, "drop", "P%", "drop each datagram with this probability", .read = link_read_drop},
    {0, "duplicate", "P%", "send each one twice with this probability", .read = link_read_duplicate},
    {0, "reorder", "P%", "hold each one back with this probability, until the next one has passed",
     .read = link_read_reorder},
    {0, "delay", "A..B", "delay each by a random time in a range such as 20ms..200ms, or by a fixed time",
     .read = link_read_delay},
    {0, "oneway", NULL, "apply the four options above only towards the server", .on = &link_options.faults.one_way},
    {0, "drop-nth", "I,J", "drop the I-th and J-th datagram, counted from 1; r2 is the second from the server",
     .read = link_read_drop_nth},
    {0, "duplicate-nth", "I,J", "send these twice", .read = link_read_duplicate_nth},
    {0, "delay-nth", "I:T,J:T", "delay each of these by a time of its own, such as 4:200ms",
     .read = link_read_delay_nth},
    {0, "tcp", NULL, "relay connections; --delay and --oneway apply to each piece, three more faults:", .on = &tcp},
    {0, "trickle", "BYTES", "send at most BYTES at a time, every 5 ms", .number = &link_options.trickle, .min = 1,
     .max = 1 << 20},
    {0, "cut-after", "BYTES", "reset the connection after BYTES", .number = &link_options.cut_after, .max = LONG_MAX},
    {0, "half-open-after", "BYTES", "after BYTES let nothing pass, and tell neither side",
     .number = &link_options.half_open_after, .max = LONG_MAX},
    {'q', "quiet", NULL, "print only the first two lines and the last", .on = &link_options.quiet},
    {0},
};

/* Makes the socket ready to receive at an address: bind, and listen for connections. False: errno says why not. */
static bool bind_and_listen(int sock, const struct addrinfo *to)
{
    const int on = 1; /* SO_REUSEADDR: a new start need not wait for connections in TIME-WAIT */
    if (tcp && setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return false;
    if (bind(sock, to->ai_addr, to->ai_addrlen) != 0) return false;
    return !tcp || listen(sock, SOMAXCONN) == 0;
}

/* socket, bind, and with --tcp listen, on the first address of the name that allows it. Ends the program when none does. */
static int open_socket(void)
{
    struct addrinfo hints = {.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM}, *found;
    int sock = -1, reason = 0;
    int error = getaddrinfo(address, port, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(error));
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && bind_and_listen(sock, a)) break;
        reason = errno;
        if (sock >= 0) close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    return sock;
}

/* Decides the fate of one datagram, and queues it once, twice or not at all. */
static void decide_and_queue(struct link_client *client, enum link_way way, const char *bytes, size_t len)
{
    const uint64_t nth = link_report_received(way);
    struct link_fate fate = link_fate_of(&link_options.faults, 0, way, nth);
    if (fate.drop) fate = (struct link_fate){.drop = true}; /* no other fault can be seen then */
    link_report_fate(way, nth, &fate, link_options.quiet);
    const int64_t now_ns = client->used_ns = demo_now_ns();
    if (fate.drop) return;

    const int copies = fate.duplicate ? 2 : 1; /* both copies have the same delay */
    /* link_queue_add() releases a held datagram when the next one of its direction comes that is not held itself. */
    const int64_t due_ns = now_ns + fate.delay_ns + (fate.hold ? HOLD_NS : 0);
    for (int i = 0; i < copies; i++)
        if (!link_queue_add(client, way, bytes, len, due_ns, fate.hold)) link_report_unqueued(way, errno);
}

static void receive_from_client(int sock, char bytes[DATAGRAM_MAX])
{
    struct sockaddr_storage from = {0};
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(sock, bytes, DATAGRAM_MAX, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < 0) return;
    struct link_client *client = link_client_of(&from, from_len, link_options.server);
    if (client != NULL) decide_and_queue(client, TO_SERVER, bytes, (size_t)n);
    else warnx("a datagram is lost: no socket towards the server for its client");
}

static void receive_from_server(struct link_client *client, char bytes[DATAGRAM_MAX])
{
    ssize_t n = recv(client->sock, bytes, DATAGRAM_MAX, MSG_DONTWAIT);
    if (n >= 0) {
        link_client_answered(client);
        decide_and_queue(client, TO_CLIENT, bytes, (size_t)n);
    } else if (errno == ECONNREFUSED) { /* the server is down: the client is not told */
        link_client_refused(client);    /* tries another address of the server's name, if there is one */
    }
}

static void forward(int sock, const struct link_datagram *d)
{
    struct link_client *c = d->client;
    if (d->way == TO_SERVER) link_client_send(c, d->bytes, d->len);
    else sendto(sock, d->bytes, d->len, 0, (const struct sockaddr *)&c->address, c->address_len);
}

/* The model: datagrams of both directions wait in one queue, and leave when they are due. */
static void relay_datagrams(int sock)
{
    static char bytes[DATAGRAM_MAX];
    static struct pollfd fds[1 + LINK_CLIENTS + 1]; /* one more for demo_wait(): the stop signal */
    for (;;) {
        const size_t count = link_client_count;
        fds[0] = (struct pollfd){.fd = sock, .events = POLLIN};
        for (size_t i = 0; i < count; i++) fds[1 + i] = (struct pollfd){.fd = link_clients[i].sock, .events = POLLIN};
        if (demo_wait(fds, 1 + count, link_queue_timeout_ms(demo_now_ns())) < 0) break;

        for (size_t i = 0; i < count; i++) /* first, because a new client may replace one of these */
            if (fds[1 + i].revents) receive_from_server(&link_clients[i], bytes);
        if (fds[0].revents) receive_from_client(sock, bytes);

        struct link_datagram *d;
        while ((d = link_queue_take(demo_now_ns())) != NULL) {
            forward(sock, d);
            free(d);
        }
    }
    link_report_end();
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
    int sock = open_socket();
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
