/* p2p_client - one of two equal peers: the one that speaks first. It knows where its peer waits: socket, sendto.
 *
 * That is all that makes it a client. Its first datagram tells the peer its address. From then on both sides run the same
 * loop over keyboard and socket: p2p_converse() in p2p_peer.c.
 *
 *     p2p_server            in one terminal: its sibling, p2p_server.c
 *     p2p_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "../common/options.h"
#include "p2p_measure.h"
#include "p2p_peer.h"
#include "p2p_refusals.h"

enum { REFUSAL_MS = 200 }; /* time for an address to refuse the first message: a round trip and more */

static struct p2p peer = {.fd = -1, .port = P2P_PORT};
static struct p2p_measure round_trips = {.timeout_ms = 1000};

static const struct demo_usage usage = {
    .arguments = "[HOST]",
    .purpose = "Speaks over UDP to the peer that waits at HOST (localhost): each line typed is one datagram.\n"
               "The end of the input (Ctrl-D) says goodbye. Others who speak to it are shown, and stay outside.",
    .example = "printf 'hola\\n' | p2p_client -p 6000 localhost",
    .most = 1,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "where the peer waits (" P2P_PORT ")", .port = &peer.port, .min = 1},
    {0, "newline", NULL, "end each message with a line end, which nc -u needs to show it on a line",
     .on = &peer.newline},
    {'q', "quiet", NULL, "no narration on standard error", .on = &peer.quiet},
    {.help = "Measuring, with a peer that answers (p2p_server --echo):"},
    {'n', "count", "N", "N round trips, each reply checked, then one line of figures", .number = &round_trips.count,
     .min = 1, .max = MEASURE_MAX},
    {'s', "size", "BYTES", "of each message (64)", .number = &round_trips.size, .min = 1, .max = P2P_MAX},
    {0, "spin", NULL, "poll for up to 1 s before sleeping: lower latency, paid with CPU time",
     .on = &round_trips.spin},
    {'w', "timeout", "SEC", "the longest wait for a reply (1)", .milliseconds = &round_trips.timeout_ms},
    {0},
};

/* Another address of the host's name, for the case that this one refuses the first message. NULL: there is none. */
static const struct addrinfo *next_address;

static struct addrinfo *find_addresses(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(unknown));
    return found;
}

/* Opens a socket for the first of these addresses for which the system has one, and makes that address the peer's. There
 * is no bind(2): the kernel chooses a port at the first sendto(2). False, and errno, without a socket. */
static bool open_socket(struct p2p *p, const struct addrinfo *addresses)
{
    for (const struct addrinfo *a = addresses; a != NULL; a = a->ai_next) {
        next_address = a->ai_next;
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0) continue;
        p2p_enable_refusals(fd, a->ai_family);
        if (p->fd >= 0) close(p->fd);
        p->fd = fd;
        p2p_set_peer(p, a->ai_addr, a->ai_addrlen);
        return true;
    }
    return false;
}

/* Sends the first message, which tells the peer our address. A name may have several addresses, and UDP has no connection
 * that could fail: so it goes to one after the other, until one does not refuse it. Silence counts as presence. False: only
 * the last address is left, and nothing was sent to it yet. */
static bool speak_first(struct p2p *p, const char *bytes, size_t len)
{
    p->send_first = NULL;
    while (next_address != NULL) {
        struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}};
        bool refused = sendto(p->fd, bytes, len, 0, (struct sockaddr *)&p->peer, p->peer_len) < 0;
        if (!refused && demo_wait(fds, 1, REFUSAL_MS) > 0 && (fds[0].revents & POLLERR))
            refused = p2p_read_refusals(p).error != 0;
        if (!refused) return true;
        open_socket(p, next_address);
    }
    return false;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int argument = demo_options(argc, argv, &usage, table);
    const char *host = argument < argc ? argv[argument] : "localhost";
    const bool measuring = round_trips.count > 0;
    if (!measuring && (round_trips.size > 0 || round_trips.spin))
        errx(DEMO_USAGE, "--spin and -s go with -n; try: p2p_client --help");
    if (round_trips.size == 0) round_trips.size = 64;
    peer.muted = measuring;

    /* Acquire everything: any failure here is fatal */
    struct addrinfo *addresses = find_addresses(host, peer.port);
    if (!open_socket(&peer, addresses)) err(DEMO_FAILED, "socket for %s", host);

    /* The model: this side knows its peer's address, so it speaks first. Then both do. */
    peer.send_first = speak_first;
    int status = measuring ? p2p_measure(&peer, &round_trips) : p2p_converse(&peer, "p2p_client");

    /* Give back. */
    close(peer.fd);
    freeaddrinfo(addresses);
    return demo_end(status);
}
