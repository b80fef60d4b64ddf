/* p2p_client - one of two equal peers: the one that speaks first. socket, no bind(2); then sendto and recvfrom.
 *
 * Only the address that it knows makes it a client. The server learns the client's address from the first datagram. From then
 * on both sides do the same, p2p_converse() in p2p_peer.c:
 *
 *     poll              the socket and the keyboard
 *     socket ready      recvfrom, show the message; an empty datagram from the peer is a goodbye
 *     keyboard ready    read a line, sendto the peer
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

#include <netdb.h>
#include <sys/socket.h>

static struct p2p_conversation talk = {.sock = -1, .port = P2P_PORT};
static struct p2p_measure round_trips = {.timeout_ms = 1000};

static const struct demo_usage usage = {
    .arguments = "[HOST]",
    .purpose = "Speaks over UDP to the peer that waits at HOST (localhost): each line typed is one datagram.\n"
               "The end of the input (Ctrl-D) says goodbye.\n"
               "Messages from other addresses are shown but do not join the conversation.",
    .example = "printf 'hola\\n' | p2p_client -p 6000 localhost",
    .most = 1,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "where the peer waits (" P2P_PORT ")", .port = &talk.port, .min = 1},
    {0, "newline", NULL, "end each message with a line end, which nc -u needs to show it on a line",
     .on = &talk.newline},
    {'q', "quiet", NULL, "no narration on standard error", .on = &talk.quiet},
    {.help = "Measuring, with a peer that answers (p2p_server --echo):"},
    {'n', "count", "N", "N round trips, each reply checked, then one line of figures", .number = &round_trips.count,
     .min = 1, .max = MEASURE_MAX},
    {'s', "size", "BYTES", "of each message (64)", .number = &round_trips.size, .min = 1, .max = P2P_MAX},
    {0, "spin", NULL, "busy-wait up to 1 s before sleeping: lower latency, more CPU time", .on = &round_trips.spin},
    {'w', "timeout", "SEC", "the longest wait for a reply (1)", .milliseconds = &round_trips.timeout_ms},
    {0},
};

static struct addrinfo *find_addresses(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(error));
    return found;
}

/* Opens a socket for the first usable address, and makes that address the peer's. No bind(2): the kernel chooses the port at
 * the first sendto(2). Returns false when no address is usable: errno says why, and the previous socket stays open. */
static bool open_socket(struct p2p_conversation *c, const struct addrinfo *addresses)
{
    for (const struct addrinfo *a = addresses; a != NULL; a = a->ai_next) {
        int sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock < 0) continue;
        p2p_report_icmp_errors(sock, a->ai_family);
        if (c->sock >= 0) close(c->sock);
        c->sock = sock;
        p2p_set_peer(c, a->ai_addr, a->ai_addrlen);
        c->next_address = a->ai_next;
        return true;
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
    talk.counts_only = measuring;

    /* Acquire everything: any failure here is fatal. */
    struct addrinfo *addresses = find_addresses(host, talk.port);
    if (!open_socket(&talk, addresses)) err(DEMO_FAILED, "socket for %s", host);
    talk.open_socket = open_socket; /* for the first message, when the name has several addresses: p2p_addresses.h */

    /* The model: this side knows its peer's address, so it speaks first. Then both may speak. */
    int status = measuring ? p2p_measure(&talk, &round_trips) : p2p_converse(&talk, "p2p_client");

    /* Give back. */
    close(talk.sock);
    freeaddrinfo(addresses);
    return demo_end(status);
}
