/* p2p_server - one of two equal peers: the one that waits. socket, bind to a known port; then recvfrom and sendto.
 *
 * Only the known port makes it a server. It learns its peer's address from the first datagram. From then on both sides do the
 * same, p2p_converse() in p2p_peer.c:
 *
 *     poll              the socket and the keyboard
 *     socket ready      recvfrom, show the message; the first sender becomes the peer; its empty datagram is a goodbye
 *     keyboard ready    read a line, sendto the peer
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

#include <netdb.h>
#include <sys/socket.h>

static struct p2p_conversation talk = {.sock = -1, .port = P2P_PORT};
static const char *address = "127.0.0.1";
static bool echo;

static const struct demo_usage usage = {
    .purpose = "Waits for a peer to speak to it over UDP, then talks with it: each line typed is one datagram.\n"
               "The end of the input (Ctrl-D) says goodbye.\n"
               "Messages from other addresses are shown but do not join the conversation.",
    .example = "p2p_server -p 6000        then, in another terminal: p2p_client -p 6000",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to wait at (127.0.0.1); :: is all of IPv6, on Linux usually IPv4 too",
     .text = &address},
    {'p', "port", "PORT", "port to wait at (" P2P_PORT "); 0 takes any free one", .port = &talk.port},
    {0, "newline", NULL, "end each message with a line end, which nc -u needs to show it on a line",
     .on = &talk.newline},
    {0, "echo", NULL, "no keyboard: send each message back, to one peer after the other", .on = &echo},
    {'q', "quiet", NULL, "no narration on standard error, and with --echo no messages", .on = &talk.quiet},
    {0},
};

/* socket and bind to the first address of the name that allows it. Never returns without a socket. UDP has no listen(2):
 * a bound socket receives what any address sends to its port. */
static int bind_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", host, gai_strerror(error));

    int sock = -1, reason = 0;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        if ((sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) < 0) {
            reason = errno;
            continue;
        }
        /* When the peer has closed its port, its host answers with ICMP. On Linux an unconnected socket learns of that only
         * with IP_RECVERR. */
        p2p_report_icmp_errors(sock, a->ai_family);
        if (bind(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0) errx(DEMO_FAILED, "bind to %s:%s: %s (%s)", host, port, strerror(reason), endpoint_hint(reason));
    return sock;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    if (echo && talk.newline)
        errx(DEMO_USAGE, "--newline and --echo cannot be combined: with --echo nothing is typed");
    talk.counts_only = echo && talk.quiet;

    /* Acquire everything: any failure here is fatal. */
    talk.sock = bind_to(address, talk.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(talk.sock, endpoint));

    /* The model: this side does not know its peer's address yet, so the peer speaks first. Then both may speak. With --echo
     * this side only answers. */
    int status = echo ? p2p_echo(&talk) : p2p_converse(&talk, "p2p_server");

    /* Give back. */
    close(talk.sock);
    return demo_end(status);
}
