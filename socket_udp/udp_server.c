/* udp_server - the side of UDP that waits: socket and bind, then one recvmsg for each datagram, whoever it is from, and
 * one sendmsg to send it back. There is no listen, no accept, no connection and no end: one socket serves everybody.
 *
 *     udp_server            in one terminal
 *     udp_client            in another: its sibling, udp_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "udp_datagram.h"
#include "udp_proto.h"

#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>

enum {
    QUEUE_BYTES = 4 << 20, /* room in the kernel for a burst that comes while we are busy; what finds none is lost */
    SPIN_NS = 1000 * 1000, /* how long --spin polls before it sleeps after all */
    LOOK_UP_MS = 500,      /* the longest sleep in recvmsg(2), see serve() */
    LAST_ONES = 20000, /* datagrams taken from the kernel's queue after we were asked to stop: more than it holds */
};

static struct options {
    const char *address, *port;
    size_t room;
    bool reply, quiet;
    int64_t spin_ns;
} options = {.address = "127.0.0.1", .port = UDP_PORT, .room = UDP_BUFFER, .reply = true};

static struct {
    size_t datagrams, truncated, unsent; /* unsent: replies that the kernel refused to send */
    unsigned long long bytes;            /* received: of a truncated datagram what was kept */
    struct udp_gaps numbered;
} total;

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"size", required_argument, NULL, 's'},
        {"no-reply", no_argument, NULL, 'R'},
        {"spin", no_argument, NULL, 'P'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "l:p:s:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 's': options.room = (size_t)demo_number("-s", optarg, 1, UDP_BUFFER); break;
        case 'R': options.reply = false; break;
        case 'P': options.spin_ns = SPIN_NS; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("udp_server " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: udp_server [option...]\n"
                 "Prints every UDP datagram with its sender and length, and sends it back to that sender.\n\n"
                 "  -l, --listen ADDR  address to receive on (127.0.0.1); :: is all of IPv6 and IPv4\n"
                 "  -p, --port PORT    port to receive on (" UDP_PORT "); 0 takes any free one\n"
                 "  -s, --size BYTES   room for one datagram (65536, more than the largest); a larger one is\n"
                 "                     truncated, which is reported, and sent back as far as it was kept\n"
                 "      --no-reply     send nothing back\n"
                 "      --spin         poll for up to 1 ms before sleeping: lower latency, paid with CPU time\n"
                 "  -q, --quiet        only the first and the last line\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: udp_server -p 12345        then, in another terminal: udp_client -p 12345");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: udp_server --help");
        }
    }
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: udp_server --help", argv[optind]);
}

/* Has the kernel tell with each datagram which of our addresses it was sent to. When we listen on all of them, the reply
 * would else leave from the one nearest to its receiver, who takes it for a stranger's. */
static void ask_for_own_address(int sock, int family)
{
    const int on = 1;
    if (family == AF_INET6) setsockopt(sock, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    else setsockopt(sock, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

/* socket, bind on the first address of the name that allows it. Never returns without a bound socket. No SO_REUSEADDR:
 * with UDP it would let two servers have the same port, and one of them would get nothing. */
static int receive_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));

    int sock = -1, reason = 0;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0) ask_for_own_address(sock, a->ai_family);
        if (sock >= 0 && bind(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        if (sock >= 0) close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "receive on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    const int queue = QUEUE_BYTES;
    setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &queue, sizeof queue); /* as much of it as net.core.rmem_max allows */
    set_receive_timeout(sock, LOOK_UP_MS);
    return sock;
}

/* recvmsg(2) that returns the datagram's real length, also when only its beginning found room: MSG_TRUNC, which is set in
 * msg_flags then. First asks for up to `spin_ns` again and again, giving way to other programs in between: a process that
 * does not sleep need not be woken, and that is most of a short round trip. 0 sleeps at once, for no longer than the
 * socket's SO_RCVTIMEO. */
static ssize_t recvmsg_spinning(int fd, struct msghdr *message, int64_t spin_ns)
{
    if (spin_ns > 0) {
        for (int64_t until = demo_now_ns() + spin_ns; demo_now_ns() < until; sched_yield()) {
            ssize_t n = recvmsg(fd, message, MSG_TRUNC | MSG_DONTWAIT);
            if (n >= 0 || errno != EAGAIN) return n;
            if (demo_stop) break;
        }
    }
    if (!demo_stop) return recvmsg(fd, message, MSG_TRUNC);
    errno = EINTR;
    return -1;
}

/* Counts and prints the datagram of `len` bytes that `message` received. */
static void note(const struct msghdr *message, size_t len)
{
    const char *bytes = message->msg_iov->iov_base;
    const size_t kept = len < options.room ? len : options.room;
    total.datagrams++;
    total.bytes += kept;
    if (message->msg_flags & MSG_TRUNC) total.truncated++;
    uint32_t number;
    if (udp_get_number(bytes, kept, &number)) udp_count_number(&total.numbered, number);
    char from[ENDPOINT_TEXT];
    if (!options.quiet)
        show_datagram(endpoint_text(message->msg_name, message->msg_namelen, from), bytes, len, options.room, "");
}

/* The model: a datagram in, the same datagram out to where it came from. Two system calls for each, so that no poll(2)
 * wakes us up for a stop: a signal ends recvmsg(2) with EINTR, and one that comes in the instant between our look at
 * demo_stop and recvmsg(2) is noticed when its timeout is over. What is in the queue then is still answered. Returns the
 * exit status. */
static int serve(int sock)
{
    static char bytes[UDP_BUFFER];
    for (size_t last_ones = 0; last_ones < LAST_ONES && !ferror(stdout); last_ones += demo_stop ? 1 : 0) {
        struct sockaddr_storage from;
        union { /* which of our addresses it was sent to; handed back as it is, the reply leaves from there */
            struct cmsghdr aligned;
            char room[CMSG_SPACE(64)];
        } own_address;
        struct iovec whole = {.iov_base = bytes, .iov_len = options.room};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof from,
                                 .msg_iov = &whole,
                                 .msg_iovlen = 1,
                                 .msg_control = &own_address,
                                 .msg_controllen = sizeof own_address};
        ssize_t n = demo_stop ? recvmsg(sock, &message, MSG_TRUNC | MSG_DONTWAIT)
                              : recvmsg_spinning(sock, &message, options.spin_ns);
        if (n < 0 && errno == EAGAIN && demo_stop) break;
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n < 0) {
            warn("receive");
            return DEMO_FAILED;
        }
        note(&message, (size_t)n);
        if (!options.reply) continue;

        if ((size_t)n < whole.iov_len) whole.iov_len = (size_t)n;
        while ((n = sendmsg(sock, &message, 0)) < 0 && errno == EINTR) continue;
        if (n < 0) {
            char to[ENDPOINT_TEXT];
            warn("reply to %s", endpoint_text(&from, message.msg_namelen, to));
            total.unsent++;
        }
    }
    return total.unsent > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    int sock = receive_on(options.address, options.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model: datagrams from anybody, each on its own. */
    int status = serve(sock);

    /* Give back. Nobody needs to be told: there is no connection. */
    close(sock);
    printf("received %zu datagram%s, %llu bytes, %zu truncated, %zu replies unsent", total.datagrams,
           total.datagrams == 1 ? "" : "s", total.bytes, total.truncated, total.unsent);
    if (total.numbered.received > 0) printf("; %zu numbered, %zu lost", total.numbered.received, total.numbered.lost);
    puts("");
    return demo_end(status);
}
