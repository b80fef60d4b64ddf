/* mcast_sender - says a thing once, and everybody who joined the group hears it: socket, bind, choose the interface and
 * how far it may go, connect, send.
 *
 * Nothing comes back: a sender knows neither how many listen nor what they missed. So it numbers its datagrams.
 *
 *     mcast_receiver        in one terminal, or in several: its sibling, mcast_receiver.c
 *     mcast_sender          in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "mcast_group.h"

#include <getopt.h>
#include <sys/uio.h>

static struct options {
    const char *group, *port, *interface;
    unsigned char ttl;
    bool raw, clock, quiet;
    size_t count, size;
} options = {.group = MCAST_GROUP, .port = MCAST_PORT, .ttl = 1, .size = 64};

static struct {
    uint32_t number; /* of the next datagram; after 4294967295 comes 0, which a receiver takes for a new beginning */
    size_t sent, failed;
} now = {.number = 1};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"group", required_argument, NULL, 'g'},
        {"port", required_argument, NULL, 'p'},
        {"interface", required_argument, NULL, 'i'},
        {"ttl", required_argument, NULL, 't'},
        {"raw", no_argument, NULL, 'R'},
        {"clock", no_argument, NULL, 'C'},
        {"count", required_argument, NULL, 'n'},
        {"size", required_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool sized = false;
    for (int o; (o = getopt_long(argc, argv, "g:p:i:t:n:s:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'g': options.group = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 1, 65535); break;
        case 'i': options.interface = optarg; break;
        case 't': options.ttl = (unsigned char)demo_number("-t", optarg, 0, 255); break;
        case 'R': options.raw = true; break;
        case 'C': options.clock = true; break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, 1000000000); break;
        case 's':
            options.size = (size_t)demo_number("-s", optarg, MCAST_NUMBER, MCAST_PAYLOAD);
            sized = true;
            break;
        case 'q': options.quiet = true; break;
        case 'V': puts("mcast_sender " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: mcast_sender [option...]\n"
                 "Sends each line of standard input as one numbered datagram to all who joined the group.\n\n"
                 "  -g, --group GROUP      the group's address (" MCAST_GROUP "; IPv6: " MCAST_GROUP_IPV6 ")\n"
                 "  -p, --port PORT        the port that its members listen on (" MCAST_PORT ")\n"
                 "  -i, --interface NAME|ADDR  which to send through (loopback: nothing leaves this machine)\n"
                 "  -t, --ttl N            networks it may cross: 1 is only the nearest (1)\n"
                 "      --raw              leave the number off\n"
                 "      --clock            send the time each second instead\n"
                 "  -q, --quiet            no narration and no line per datagram\n\n"
                 "Measuring:\n"
                 "  -n, --count N          send N datagrams as fast as they go (with --clock: N times the time)\n"
                 "  -s, --size BYTES       of each of them (64)\n"
                 "  -V, --version          -h, --help\n\n"
                 "Example: echo hola | mcast_sender -g 239.255.0.1");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: mcast_sender --help");
        }
    }
    if (optind < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here, the group is given with -g; try: mcast_sender --help",
             argv[optind]);
    if (sized && (options.count == 0 || options.clock)) errx(DEMO_USAGE, "-s goes with -n; try: mcast_sender --help");
}

/* How the group's datagrams leave: through this interface, so far, and also back to members on this machine. */
static bool set_multicast(int sender, const struct mcast_interface *interface)
{
    if (interface->address.any.sa_family == AF_INET6) {
        const int hops = options.ttl, loop = 1;
        return setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface->index, sizeof interface->index) == 0 &&
               setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) == 0 &&
               setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &loop, sizeof loop) == 0;
    }
    const struct in_addr *own = &interface->address.v4.sin_addr;
    const unsigned char ttl = options.ttl, loop = 1;
    return setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, own, sizeof *own) == 0 &&
           setsockopt(sender, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) == 0 &&
           setsockopt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) == 0;
}

/* socket, bind, set, connect. Never returns without a socket whose datagrams go to the group. */
static int send_to(const struct mcast_address *group, const struct mcast_interface *interface)
{
    int sender = socket(group->any.sa_family, SOCK_DGRAM, 0);
    if (sender < 0) err(DEMO_FAILED, "socket");
    /* The sender's address. The kernel would choose one that is known outside even for what goes through loopback. */
    if (bind(sender, &interface->address.any, interface->address.len) != 0)
        errx(DEMO_FAILED, "send from %s: %s (%s)", interface->name, strerror(errno), endpoint_hint(errno));
    if (!set_multicast(sender, interface)) err(DEMO_FAILED, "send through %s", interface->name);

    /* There is nobody to connect to: the kernel only notes where each send(2) goes and looks up the way there, once. */
    char endpoint[ENDPOINT_TEXT], own[ENDPOINT_TEXT];
    int problem = connect(sender, &group->any, group->len) == 0 ? 0 : errno;
    endpoint_text(&group->any, group->len, endpoint);
    if (problem != 0) {
        if (group->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&interface->address.v6.sin6_addr))
            errx(DEMO_FAILED,
                 "send to %s through %s: %s (Linux has no IPv6 multicast route through loopback; make one as root: "
                 "ip -6 route add local %s dev %s, or name another interface with -i)",
                 endpoint, interface->name, strerror(problem), options.group, interface->name);
        errx(DEMO_FAILED, "send to %s through %s: %s (is there a route? see: ip route)", endpoint, interface->name,
             strerror(problem));
    }
    if (!options.quiet)
        fprintf(stderr, "mcast_sender: sending to %s through %s as %s, TTL %d\n", endpoint, interface->name,
                endpoint_of(sender, own), options.ttl);
    return sender;
}

/* Sends `text` as one datagram, its number in front. A number that could not be sent is used again: it is not a loss on
 * the way, and this side knows of it. */
static bool send_text(int sender, char *text, size_t len)
{
    char number[MCAST_NUMBER + 1];
    size_t number_len = options.raw ? 0 : mcast_put_number(number, now.number);
    struct iovec parts[] = {{.iov_base = number, .iov_len = number_len}, {.iov_base = text, .iov_len = len}};
    struct msghdr datagram = {.msg_iov = parts, .msg_iovlen = 2}; /* one, of both parts */
    if (sendmsg(sender, &datagram, 0) < 0) {
        if (errno == EINTR && demo_stop) return false;
        now.failed++;
        warnx("%zu bytes were not sent: %s (%s)", number_len + len, strerror(errno),
              errno == EMSGSIZE ? "more than a datagram holds, some 65500: send it in pieces"
                                : "is the interface up?");
        return false;
    }
    now.sent++;
    now.number++;
    return true;
}

static void send_and_tell(int sender, char *text, size_t len)
{
    uint32_t number = now.number;
    if (!send_text(sender, text, len) || options.quiet) return;
    printf("sent");
    if (!options.raw) printf(" #%" PRIu32, number);
    printf(": ");
    demo_put_text(stdout, text, len, "");
    putchar('\n');
}

static void send_lines(int sender)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    char *line = NULL;
    size_t room = 0;
    for (ssize_t len; demo_wait(fds, 1, -1) > 0 && (len = getline(&line, &room, stdin)) >= 0;) {
        if (len > 0 && line[len - 1] == '\n') len--;
        send_and_tell(sender, line, (size_t)len);
    }
    free(line);
}

/* At once, and then at the beginning of each second. */
static void send_clock(int sender)
{
    for (size_t n = 0; options.count == 0 || n < options.count; n++) {
        struct timespec time;
        struct tm utc;
        char text[32];
        clock_gettime(CLOCK_REALTIME, &time);
        if (n > 0 && demo_wait((struct pollfd[1]){0}, 0, 1000 - (int)(time.tv_nsec / 1000000)) < 0) break;
        clock_gettime(CLOCK_REALTIME, &time);
        gmtime_r(&time.tv_sec, &utc);
        send_and_tell(sender, text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
    }
}

/* As fast as they go: what a receiver has no room for is lost, and nobody tells us. */
static void send_many(int sender)
{
    char number[MCAST_NUMBER + 1], *padding = malloc(options.size);
    if (padding == NULL) err(DEMO_FAILED, "-s %zu", options.size);
    memset(padding, 'x', options.size);
    while (now.sent < options.count && !demo_stop) {
        size_t number_len = options.raw ? 0 : mcast_put_number(number, now.number);
        if (!send_text(sender, padding, options.size - number_len)) break;
    }
    free(padding);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    struct mcast_address group = mcast_find_group(options.group, options.port);
    struct mcast_interface interface = mcast_find_interface(options.interface, group.any.sa_family);
    mcast_set_scope(&group, &interface);
    int sender = send_to(&group, &interface);

    /* The model: to all at once, and to nobody in particular. */
    int64_t began_ns = demo_now_ns();
    if (options.clock) send_clock(sender);
    else if (options.count > 0) send_many(sender);
    else send_lines(sender);
    double seconds = (double)(demo_now_ns() - began_ns) / 1e9;

    /* Give back. */
    close(sender);
    printf("%zu sent, %zu failed", now.sent, now.failed);
    if (options.count > 0 && !options.clock)
        printf(", of %zu bytes each, %.0f msg/s", options.size, (double)now.sent / seconds);
    putchar('\n');
    return demo_end(now.failed > 0 ? DEMO_FAILED : DEMO_DONE);
}
