/* p2p_server - one of two peers: the one that waits to be addressed.
 *
 * It owns a known port, and that is all there is of a server in it: the first datagram tells who the other one is, and
 * from then on both sides are the same code, p2p_peer.c.
 *
 *     p2p_server            in one terminal
 *     p2p_client            in another: its sibling, p2p_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "p2p_peer.h"

#include <getopt.h>

static struct p2p peer = {.fd = -1, .port = P2P_PORT};
static const char *address = "127.0.0.1";

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'}, {"port", required_argument, NULL, 'p'},
        {"echo", no_argument, NULL, 'E'},         {"newline", no_argument, NULL, 'N'},
        {"quiet", no_argument, NULL, 'q'},        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "l:p:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'l': address = optarg; break;
        case 'p': demo_number("-p", peer.port = optarg, 0, 65535); break;
        case 'E': peer.echo = true; break;
        case 'N': peer.newline = true; break;
        case 'q': peer.quiet = true; break;
        case 'V': puts("p2p_server " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: p2p_server [option...]\n"
                 "Waits for a peer to speak to it over UDP, then talks with it: each line typed is one datagram.\n"
                 "The end of the input (Ctrl-D) says goodbye. Others who speak to it are shown, and stay outside.\n\n"
                 "  -l, --listen ADDR  address to wait at (127.0.0.1); :: is all of IPv6 and IPv4\n"
                 "  -p, --port PORT    port to wait at (" P2P_PORT "); 0 takes any free one\n"
                 "      --newline      end each message with a line end, which nc -u needs to show it on a line\n"
                 "      --echo         no keyboard: send each message back, to one peer after the other\n"
                 "  -q, --quiet        no narration on standard error, and with --echo no messages\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: p2p_server -p 6000        then, in another terminal: p2p_client -p 6000");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: p2p_server --help");
        }
    }
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: p2p_server --help", argv[optind]);
    peer.muted = peer.echo && peer.quiet;
    if (peer.echo && peer.newline) errx(DEMO_USAGE, "--newline changes what is typed, and --echo changes nothing");
}

/* socket and bind to the first address of the name that allows it. Never returns without a socket. There is no listen(2)
 * in UDP: whoever has the port gets what comes. */
static int wait_at(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int problem = getaddrinfo(host, port, &hints, &found);
    if (problem != 0) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", host, gai_strerror(problem));

    int fd = -1;
    for (struct addrinfo *a = found; a != NULL && fd < 0; a = a->ai_next) {
        if ((fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) < 0) continue;
        p2p_hear_refusals(fd, a->ai_family);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0) break;
        problem = errno;
        close(fd);
        fd = -1;
        errno = problem;
    }
    freeaddrinfo(found);
    if (fd < 0) errx(DEMO_FAILED, "bind to %s:%s: %s (%s)", host, port, strerror(errno), endpoint_hint(errno));
    return fd;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    peer.fd = wait_at(address, peer.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(peer.fd, endpoint));

    /* The model: the other one speaks first, then both do. */
    int status = p2p_converse(&peer, "p2p_server");

    /* Give back. */
    close(peer.fd);
    return demo_end(status);
}
