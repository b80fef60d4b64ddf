/* udp_server - the passive side of UDP: socket, bind; then recvfrom for each datagram, and sendto
 * to send it back to its sender. There is no listen, no accept, no connection and no end: one
 * socket serves every peer, and one thread is enough.
 *
 * A signal interrupts recvfrom(2) (EINTR). The server then answers what is in the queue, and ends
 * (udp_stopping.h).
 *
 *     udp_server            in one terminal
 *     udp_client            in another: its sibling, udp_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "udp_datagram.h"
#include "udp_loop_guard.h"
#include "udp_proto.h"
#include "udp_stopping.h"
#include "udp_tuning.h"
#include "udp_wildcard.h"

static struct {
    const char *address, *port;
    size_t room; /* for one datagram */
    bool reply, spin, quiet;
} options = {.address = "127.0.0.1", .port = UDP_PORT, .room = UDP_BUFFER, .reply = true};

static const struct demo_usage usage = {
    .purpose = "Prints every UDP datagram with its sender and length, and sends it back to that sender.",
    .example = "udp_server -p 12345        then, in another terminal: udp_client -p 12345",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to receive on (127.0.0.1); :: is all of IPv6 and IPv4",
     .text = &options.address},
    {'p', "port", "PORT", "port to receive on (" UDP_PORT "); 0 takes any free one", .port = &options.port},
    {'s', "size", "BYTES",
     "room for one datagram (65536, more than the largest); a larger one is\n"
     "truncated, which is reported, and sent back as far as it was kept",
     .number = &options.room, .min = 1, .max = UDP_BUFFER},
    {0, "no-reply", NULL, "send nothing back", .off = &options.reply},
    {0, "spin", NULL, "poll for up to 1 ms before sleeping: lower latency, paid with CPU time", .on = &options.spin},
    {'q', "quiet", NULL, "only the first and the last line", .on = &options.quiet},
    {0},
};

static struct {
    size_t datagrams, truncated;
    size_t unsent;            /* replies that the kernel did not take */
    unsigned long long bytes; /* received: of a truncated datagram what was kept */
    struct udp_gaps numbered;
} total;

/* socket, bind on the first address of the name that allows it. Ends the program when none does. No
 * SO_REUSEADDR: when two UDP servers both set it, Linux lets them bind the same address and port,
 * and gives each unicast datagram to one of them only. */
static int bind_to(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));

    int sock = -1, reason = 0;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && bind(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        if (sock >= 0) close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "receive on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    return sock;
}

/* Counts and prints a datagram of `len` bytes. Returns how many of them were kept: options.room at
 * most. */
static size_t record(const struct sockaddr_storage *peer, socklen_t peer_len, const char *bytes, size_t len)
{
    const size_t kept = len < options.room ? len : options.room;
    uint32_t number;
    char from[ENDPOINT_TEXT];
    total.datagrams++;
    total.bytes += kept;
    total.truncated += kept < len;
    if (udp_get_number(bytes, kept, &number)) udp_count_number(&total.numbered, number);
    if (!options.quiet) show_datagram(endpoint_text(peer, peer_len, from), bytes, len, options.room, "");
    return kept;
}

/* sendto(2) failed, see errno: tells it, and goes on with the other peers. */
static void report_unsent(const struct sockaddr *peer, socklen_t peer_len)
{
    char to[ENDPOINT_TEXT];
    warn("reply to %s", endpoint_text(peer, peer_len, to));
    total.unsent++;
}

/* The model: a datagram in, the same datagram out to its sender. `wildcard`: the socket is bound to
 * all addresses, see udp_wildcard.h. Returns the exit status. */
static int serve(int sock, bool wildcard)
{
    static char datagram[UDP_BUFFER];
    bool came = false; /* a datagram, at the last recvfrom(2) */
    while (keep_receiving()) {
        struct sockaddr_storage address;
        struct sockaddr *peer = (struct sockaddr *)&address;
        socklen_t peer_len = sizeof address;
        int flags = MSG_TRUNC;                /* Linux: n is the datagram's whole length, also when it was cut */
        if (demo_stop) flags |= MSG_DONTWAIT; /* only what is still in the queue */
        if (options.spin && keep_spinning(came)) flags |= MSG_DONTWAIT; /* --spin: does not sleep */
        ssize_t n;
        if (!wildcard) n = recvfrom(sock, datagram, options.room, flags, peer, &peer_len);
        else n = wildcard_recvfrom(sock, datagram, options.room, flags, peer, &peer_len);
        came = n >= 0;
        if (n < 0 && errno == EAGAIN && demo_stop) break; /* asked to stop, the queue is empty */
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue; /* EAGAIN: SO_RCVTIMEO bounds each wait, so that a signal is not missed */
        if (n < 0) {
            warn("receive");
            return DEMO_FAILED;
        }
        size_t kept = record(&address, peer_len, datagram, (size_t)n);

        if (!options.reply) continue;
        /* Two servers that answer everything would answer each other for ever. */
        if (!loop_guard_allows(&address, datagram, kept)) continue;
        do {
            if (!wildcard) n = sendto(sock, datagram, kept, 0, peer, peer_len);
            else n = wildcard_sendto(sock, datagram, kept, 0, peer, peer_len);
        } while (n < 0 && errno == EINTR);
        if (n < 0) report_unsent(peer, peer_len);
    }
    return total.unsent > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal, but for the longer queue. */
    int sock = bind_to(options.address, options.port);
    lengthen_queue(sock);
    bound_each_wait(sock);
    loop_guard_start(sock);
    bool wildcard = ask_for_destinations(sock); /* -l 0.0.0.0 or ::: replies leave from the address asked */
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model: datagrams from any peer, each on its own. */
    int status = serve(sock, wildcard);

    /* Give back. No peer is told: there is no connection. */
    close(sock);
    printf("received %zu datagram%s, %llu bytes, %zu truncated, %zu replies unsent", total.datagrams,
           total.datagrams == 1 ? "" : "s", total.bytes, total.truncated, total.unsent);
    if (loop_guard_withheld() > 0) printf(", %zu withheld", loop_guard_withheld());
    if (total.numbered.received > 0) printf("; %zu numbered, %zu lost", total.numbered.received, total.numbered.lost);
    puts("");
    return demo_end(status);
}
