/* p2p_server - one of two equal peers: the one that waits. It owns a known port: socket, bind, recvfrom.
 *
 * That is all that makes it a server. The first datagram tells it the address of its peer. From then on both sides run the
 * same loop over keyboard and socket: p2p_converse() in p2p_peer.c.
 *
 *     p2p_server            in one terminal
 *     p2p_client            in another: its sibling, p2p_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "p2p_echo.h"
#include "p2p_peer.h"
#include "p2p_refusals.h"

static struct p2p peer = {.fd = -1, .port = P2P_PORT};
static const char *address = "127.0.0.1";
static bool echo;

static const struct demo_usage usage = {
    .purpose = "Waits for a peer to speak to it over UDP, then talks with it: each line typed is one datagram.\n"
               "The end of the input (Ctrl-D) says goodbye. Others who speak to it are shown, and stay outside.",
    .example = "p2p_server -p 6000        then, in another terminal: p2p_client -p 6000",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to wait at (127.0.0.1); :: is all of IPv6 and IPv4", .text = &address},
    {'p', "port", "PORT", "port to wait at (" P2P_PORT "); 0 takes any free one", .port = &peer.port},
    {0, "newline", NULL, "end each message with a line end, which nc -u needs to show it on a line",
     .on = &peer.newline},
    {0, "echo", NULL, "no keyboard: send each message back, to one peer after the other", .on = &echo},
    {'q', "quiet", NULL, "no narration on standard error, and with --echo no messages", .on = &peer.quiet},
    {0},
};

/* socket and bind to the first address of the name that allows it. Never returns without a socket. UDP has no listen(2):
 * a bound socket receives what any address sends to its port. */
static int bind_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", host, gai_strerror(unknown));

    int fd = -1, reason = 0;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0) p2p_enable_refusals(fd, a->ai_family);
        if (fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd < 0) errx(DEMO_FAILED, "bind to %s:%s: %s (%s)", host, port, strerror(reason), endpoint_hint(reason));
    return fd;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    if (echo && peer.newline) errx(DEMO_USAGE, "--newline changes what is typed, and --echo changes nothing");
    peer.muted = echo && peer.quiet;

    /* Acquire everything: any failure here is fatal. */
    peer.fd = bind_to(address, peer.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(peer.fd, endpoint));

    /* The model: this side does not know its peer's address yet, so the peer speaks first. Then both do. */
    int status = echo ? p2p_echo(&peer) : p2p_converse(&peer, "p2p_server");

    /* Give back. */
    close(peer.fd);
    return demo_end(status);
}
