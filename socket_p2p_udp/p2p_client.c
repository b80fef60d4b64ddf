/* p2p_client - one of two peers: the one that speaks first.
 *
 * It knows where the other one waits, and that is all there is of a client in it: its first datagram tells the other one
 * who it is, and from then on both sides are the same code, p2p_peer.c.
 *
 *     p2p_server            in one terminal: its sibling, p2p_server.c
 *     p2p_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "p2p_peer.h"

#include <getopt.h>
#include <sched.h>
#include <sys/time.h>

enum {
    SPIN_NS = 1000 * 1000 * 1000, /* of --spin */
    SLICE_MS = 200,               /* a signal just before recv(2) blocks would not end it: it looks up this often */
};

static struct p2p peer = {.fd = -1, .port = P2P_PORT};
static struct {
    const char *host;
    size_t count, size;
    int timeout_ms;
    bool spin;
} options = {.host = "localhost", .timeout_ms = 1000};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},    {"newline", no_argument, NULL, 'N'},
        {"count", required_argument, NULL, 'n'},   {"size", required_argument, NULL, 's'},
        {"timeout", required_argument, NULL, 'w'}, {"spin", no_argument, NULL, 'P'},
        {"quiet", no_argument, NULL, 'q'},         {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "p:n:s:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'p': demo_number("-p", peer.port = optarg, 1, 65535); break;
        case 'N': peer.newline = true; break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 's': options.size = (size_t)demo_number("-s", optarg, 1, P2P_MAX); break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'P': options.spin = true; break;
        case 'q': peer.quiet = true; break;
        case 'V': puts("p2p_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: p2p_client [option...] [HOST]\n"
                 "Speaks over UDP to the peer that waits at HOST (localhost): each line typed is one datagram.\n"
                 "The end of the input (Ctrl-D) says goodbye. Others who speak to it are shown, and stay outside.\n\n"
                 "  -p, --port PORT    where the peer waits (" P2P_PORT ")\n"
                 "      --newline      end each message with a line end, which nc -u needs to show it on a line\n"
                 "  -q, --quiet        no narration on standard error\n\n"
                 "Measuring, with a peer that answers (p2p_server --echo):\n"
                 "  -n, --count N      N round trips, each reply checked, then one line of figures\n"
                 "  -s, --size BYTES   of each message (64)\n"
                 "      --spin         poll for up to 1 s before sleeping: lower latency, paid with CPU time\n"
                 "  -w, --timeout SEC  the longest wait for a reply (1)\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: printf 'hola\\n' | p2p_client -p 6000 localhost");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: p2p_client --help");
        }
    }
    if (optind < argc) options.host = argv[optind++];
    if (optind < argc) errx(DEMO_USAGE, "%s: one HOST is enough; try: p2p_client --help", argv[optind]);
    if (options.count == 0 && (options.size || options.spin))
        errx(DEMO_USAGE, "--spin and -s go with -n; try: p2p_client --help");
    if (options.size == 0) options.size = 64;
    peer.muted = options.count > 0;
}

/* The addresses of a name; the peer's is the first for which there is a socket. UDP has no connection to try the others
 * with: the first message does that, see p2p_send(). */
static struct addrinfo *find(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found, *a;
    int problem = getaddrinfo(host, port, &hints, &found);
    if (problem != 0) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(problem));
    for (a = found; a != NULL && !p2p_address(&peer, a);) a = a->ai_next;
    if (a == NULL) err(DEMO_FAILED, "socket for %s", host);
    return found;
}

/* Waits for the reply that equals `out`. Whatever else comes, late or changed or from somebody else, is counted in
 * `*others`. False without one: errno is EAGAIN after the timeout, EINTR when we should stop. */
static bool await_reply(const char *out, char *in, size_t *others)
{
    const int64_t start = demo_now_ns(), deadline = start + (int64_t)options.timeout_ms * 1000000;
    while (!demo_stopping()) {
        int64_t now = demo_now_ns();
        if (now >= deadline) {
            errno = EAGAIN;
            return false;
        }
        bool spin = options.spin && now - start < SPIN_NS;
        ssize_t n = recv(peer.fd, in, P2P_MAX, spin ? MSG_DONTWAIT : 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
        if (n >= 0 && (size_t)n == options.size && memcmp(in, out, options.size) == 0) return true;
        if (n >= 0) ++*others;
        if (spin) sched_yield();
    }
    errno = EINTR;
    return false;
}

/* One message after the other, each when the one before it was answered or given up. Returns the exit status. */
static int measure(void)
{
    static char out[P2P_MAX], in[P2P_MAX];
    size_t others = 0;
    int slice_ms = options.timeout_ms < SLICE_MS ? options.timeout_ms : SLICE_MS;
    memset(out, 'x', sizeof out);

    struct measure m;
    measure_begin(&m, options.count);
    while (m.sent < options.count && !demo_stopping()) {
        memcpy(out, &m.sent, options.size < sizeof m.sent ? options.size : sizeof m.sent); /* each differs */
        int64_t began = demo_now_ns();
        m.sent++;
        if (!p2p_send(&peer, out, options.size)) break;
        struct timeval slice = {.tv_usec = slice_ms * 1000L + 1};                            /* 0 would be forever */
        if (m.sent == 1) setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice); /* the socket stays */
        if (await_reply(out, in, &others)) {
            measure_reply(&m, demo_now_ns() - began);
            peer.heard = true;
        } else if (errno == EINTR) {
            m.sent--; /* asked to stop: nobody waits for that answer any more */
        } else if (errno != EAGAIN) {
            warnx("%s: %s (is p2p_server running? start it with: p2p_server -p %s --echo)", peer.peer_text,
                  strerror(errno), peer.port);
            peer.gone = true;
            break;
        }
    }
    if (others > 0)
        warnx("%zu other datagrams came, late or changed (does that peer echo? p2p_server --echo does)", others);
    else if (m.received == 0 && !peer.gone && !demo_stop)
        warnx("%s answers nothing (is it there, and does it echo? p2p_server --echo does)", peer.peer_text);
    int status = measure_end(&m);
    p2p_leave(&peer);
    return status;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    struct addrinfo *found = find(options.host, peer.port);

    /* The model: we speak first, then both do; or the measure of it. */
    int status = options.count == 0 ? p2p_converse(&peer, "p2p_client") : measure();

    /* Give back. */
    close(peer.fd);
    freeaddrinfo(found);
    return demo_end(status);
}
