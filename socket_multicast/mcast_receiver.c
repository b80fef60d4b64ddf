/* mcast_receiver - one of those who hear what is said to a group: socket, bind to the group, join it, recvfrom.
 *
 * Any number of them may run at once, also on one machine. None is known to the sender; what a receiver missed it can
 * only tell from the numbers that the sender put in front.
 *
 *     mcast_receiver        in one terminal, or in several
 *     mcast_sender          in another: its sibling, mcast_sender.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "mcast_count.h"
#include "mcast_group.h"

#include <getopt.h>

static struct options {
    const char *group, *port, *interface, *source;
    bool quiet;
    size_t count;
    int timeout_ms; /* of silence; -1: no limit */
} options = {.group = MCAST_GROUP, .port = MCAST_PORT, .timeout_ms = -1};

static struct {
    size_t count;              /* datagrams */
    int64_t first_ns, last_ns; /* when they came */
    struct mcast_senders senders;
} heard;

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"group", required_argument, NULL, 'g'},
        {"port", required_argument, NULL, 'p'},
        {"interface", required_argument, NULL, 'i'},
        {"source", required_argument, NULL, 'S'},
        {"count", required_argument, NULL, 'n'},
        {"timeout", required_argument, NULL, 'w'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "g:p:i:n:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'g': options.group = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 'i': options.interface = optarg; break;
        case 'S': options.source = optarg; break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, 1000000000); break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'q': options.quiet = true; break;
        case 'V': puts("mcast_receiver " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: mcast_receiver [option...]\n"
                 "Joins a multicast group and shows what is sent to it: who sent it, its number, its text.\n"
                 "Counts what was lost, came twice or came late, for each sender.\n\n"
                 "  -g, --group GROUP      the group's address (" MCAST_GROUP "; IPv6: " MCAST_GROUP_IPV6 ")\n"
                 "  -p, --port PORT        port, shared with other receivers (" MCAST_PORT "); 0 takes any free one\n"
                 "  -i, --interface NAME|ADDR  where to join (loopback: hears this machine only)\n"
                 "      --source ADDR      join only what this address sends: source-specific multicast\n"
                 "  -n, --count N          end after N datagrams; fewer are a failure\n"
                 "  -w, --timeout SEC      end when nothing has come for so long (never)\n"
                 "  -q, --quiet            only the first line and the counts at the end\n"
                 "  -V, --version          -h, --help\n\n"
                 "Example: mcast_receiver -g 239.255.0.1        then, in another terminal: mcast_sender");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: mcast_receiver --help");
        }
    }
    if (optind < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here, the group is given with -g; try: mcast_receiver --help",
             argv[optind]);
}

/* On Linux a socket hears what any program on this machine joined, on whichever interface, if only the address it is
 * bound to fits. IPv4 has an option against that. IPv6's option does not look at the interface, so there the socket is
 * tied to it. */
static void hear_own_membership_only(int receiver, const struct mcast_interface *interface)
{
#ifdef __linux__
    const int off = 0;
    const socklen_t name_len = (socklen_t)strlen(interface->name);
    if (interface->address.any.sa_family == AF_INET) {
        if (setsockopt(receiver, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) != 0)
            err(DEMO_FAILED, "IP_MULTICAST_ALL");
    } else if (setsockopt(receiver, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off) != 0 ||
               setsockopt(receiver, SOL_SOCKET, SO_BINDTODEVICE, interface->name, name_len) != 0) {
        warn("what other programs join is heard too (before Linux 5.7 only root may prevent it)");
    }
#else
    (void)receiver, (void)interface; /* elsewhere a socket hears only what it joined itself */
#endif
}

/* socket and bind. The address is the group's, not one of ours: what is sent to another group, or to this machine alone,
 * then never reaches us. */
static int listen_to(const struct mcast_address *group, const struct mcast_interface *interface)
{
    int receiver = socket(group->any.sa_family, SOCK_DGRAM, 0);
    if (receiver < 0) err(DEMO_FAILED, "socket");
    hear_own_membership_only(receiver, interface);

    /* Shares the port with other receivers; each gets its copy. To ask for any port comes before that: the kernel would
     * take one that another receiver is willing to share for free. */
    const int on = 1, any_port = strtol(options.port, NULL, 10) == 0;
    if (!any_port) setsockopt(receiver, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(receiver, &group->any, group->len) != 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", options.group, options.port, strerror(errno),
             endpoint_hint(errno));
    if (any_port) setsockopt(receiver, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return receiver;
}

/* Becomes a member, or ends that, on this interface only; with a source, of what that one address sends. RFC 3678: the
 * same calls for IPv4 and IPv6. */
static int change_membership(int receiver, bool join, const struct mcast_address *group,
                             const struct mcast_address *source, const struct mcast_interface *interface)
{
    const int level = group->any.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    if (source->len == 0) {
        struct group_req any = {.gr_interface = interface->index, .gr_group = group->storage};
        return setsockopt(receiver, level, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, &any, sizeof any);
    }
    struct group_source_req one = {
        .gsr_interface = interface->index, .gsr_group = group->storage, .gsr_source = source->storage};
    return setsockopt(receiver, level, join ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP, &one, sizeof one);
}

/* Counts a datagram for its sender, and shows both. */
static void take(const struct mcast_address *from, const char *datagram, size_t len)
{
    struct mcast_sender *sender = mcast_sender_at(&heard.senders, &from->storage, from->len);
    uint32_t number = 0, gap = 0;
    size_t number_len = mcast_get_number(datagram, len, &number);
    enum mcast_fate fate = MCAST_IN_ORDER;
    sender->counts.received++;
    if (number_len == 0) sender->counts.unnumbered++;
    else fate = mcast_count(sender, number, &gap);
    if (options.quiet) return;

    static const char *const fates[] = {[MCAST_IN_ORDER] = "",
                                        [MCAST_AFTER_GAP] = "",
                                        [MCAST_DUPLICATE] = " (duplicate)",
                                        [MCAST_LATE] = " (late)",
                                        [MCAST_RESTARTED] = " (began anew)"};
    char endpoint[ENDPOINT_TEXT];
    printf("%s", endpoint_text(&from->storage, from->len, endpoint));
    if (number_len > 0) printf(" #%" PRIu32, number);
    if (gap > 0) printf(" (%" PRIu32 " missing before it)", gap);
    printf("%s: ", fates[fate]);
    demo_put_text(stdout, datagram + number_len, len - number_len, "");
    putchar('\n');
}

static bool wants_more(void) { return (options.count == 0 || heard.count < options.count) && !ferror(stdout); }

/* Takes the next datagram. False when none is waiting. */
static bool take_next(int receiver)
{
    static char datagram[65536]; /* more than any datagram holds: none is ever cut */
    struct mcast_address from = {.len = sizeof from.storage};
    ssize_t len = recvfrom(receiver, datagram, sizeof datagram, MSG_DONTWAIT, &from.any, &from.len);
    if (len < 0 && errno != EAGAIN) err(DEMO_FAILED, "receive");
    if (len < 0) return false;
    heard.last_ns = demo_now_ns();
    if (heard.count++ == 0) heard.first_ns = heard.last_ns;
    take(&from, datagram, (size_t)len);
    return true;
}

static void tell_counts(const struct mcast_counts *c)
{
    printf("%" PRIu64 " received, %" PRIu64 " lost, %" PRIu64 " duplicated, %" PRIu64 " reordered, %" PRIu64
           " restarts, %" PRIu64 " without a number",
           c->received, c->lost, c->duplicated, c->reordered, c->restarted, c->unnumbered);
}

/* A line for each sender that we remember, then one for all there were, left open. */
static void tell_all(void)
{
    const struct mcast_senders *senders = &heard.senders;
    struct mcast_counts sum = senders->forgotten_counts;
    char endpoint[ENDPOINT_TEXT];
    for (size_t i = 0; i < senders->count; i++) {
        const struct mcast_sender *s = &senders->known[i];
        mcast_add(&sum, &s->counts);
        printf("%s: ", endpoint_text(&s->address, s->address_len, endpoint));
        tell_counts(&s->counts);
        putchar('\n');
    }
    uint64_t all = senders->count + senders->forgotten;
    printf("%" PRIu64 " sender%s: ", all, all == 1 ? "" : "s");
    tell_counts(&sum);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    struct mcast_address group = mcast_find_group(options.group, options.port), source = {.len = 0};
    if (options.source != NULL) source = mcast_find_source(options.source, group.any.sa_family);
    struct mcast_interface interface = mcast_find_interface(options.interface, group.any.sa_family);
    mcast_set_scope(&group, &interface);
    int receiver = listen_to(&group, &interface);
    if (change_membership(receiver, true, &group, &source, &interface) != 0)
        errx(DEMO_FAILED, "join %s on %s: %s (another interface is named with -i)", options.group, interface.name,
             strerror(errno));
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(receiver, endpoint));

    /* The model: whatever comes, from whomever, in whatever order. */
    struct pollfd fds[2] = {{.fd = receiver, .events = POLLIN}};
    while (wants_more() && !demo_stop)
        if (!take_next(receiver) && demo_wait(fds, 1, options.timeout_ms) <= 0) break;

    /* Give back, in reverse: nothing new, then what has come already, then the rest. */
    change_membership(receiver, false, &group, &source, &interface);
    while (wants_more() && take_next(receiver)) continue;
    close(receiver);
    tell_all();
    if (options.count > 0 && heard.count > 1) /* the first one started the clock */
        printf(", %.0f msg/s", (double)(heard.count - 1) * 1e9 / (double)(heard.last_ns - heard.first_ns));
    putchar('\n');
    return demo_end(heard.count < options.count && !demo_stop ? DEMO_FAILED : DEMO_DONE);
}
