/* mcast_receiver - receives what is sent to a multicast group: socket, SO_REUSEADDR, bind, join the group, recvfrom.
 *
 * Any number of receivers may run at once, also on one machine. The sender does not know them. What a receiver missed
 * shows only in the numbers that the sender put in front of its datagrams.
 *
 *     mcast_receiver        in one or more terminals
 *     mcast_sender          in another: its sibling, mcast_sender.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "mcast_address.h"
#include "mcast_membership.h"
#include "mcast_report.h"

#include <limits.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct {
    const char *group, *port, *interface, *source;
    bool quiet;
    size_t count;
    int timeout_ms; /* of silence; -1: no limit */
} options = {.group = MCAST_GROUP, .port = MCAST_PORT, .timeout_ms = -1};

static const struct demo_usage usage = {
    .purpose = "Joins a multicast group and shows what is sent to it: who sent it, its number, its text.\n"
               "Counts what was lost, came twice or came late, for each sender.",
    .most = INT_MAX, /* any number passes here; main() refuses them with a better message */
    .example = "mcast_receiver -g 239.255.0.1        then, in another terminal: mcast_sender",
};
static const struct demo_option table[] = {
    {'g', "group", "GROUP", "the group's address (" MCAST_GROUP "; IPv6: " MCAST_GROUP_IPV6 ")",
     .text = &options.group},
    {'p', "port", "PORT", "port, shared with other receivers (" MCAST_PORT "); 0 takes any free one",
     .port = &options.port},
    {'i', "interface", "NAME|ADDR", "where to join (loopback: hears this machine only)", .text = &options.interface},
    {0, "source", "ADDR", "join only what this address sends (a source filter)", .text = &options.source},
    {'n', "count", "N", "end after N datagrams; fewer are a failure", .number = &options.count, .min = 1,
     .max = 1000000000},
    {'w', "timeout", "SEC", "end when nothing has come for this time (never)", .milliseconds = &options.timeout_ms},
    {'q', "quiet", NULL, "only the first line and the counts at the end", .on = &options.quiet},
    {0},
};

static struct {
    size_t count;              /* datagrams */
    int64_t first_ns, last_ns; /* when the first and the last one came */
    struct mcast_senders senders;
} received;

static void share_port(int sock)
{
    const int on = 1;
    if (setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) err(DEMO_FAILED, "SO_REUSEADDR");
}

/* socket, SO_REUSEADDR, bind. The socket is bound to the group's address: it gets no other group's datagrams and no
 * unicast. Never returns without a socket. */
static int open_receiver(const struct mcast_address *group, const struct mcast_interface *interface)
{
    const bool any_port = strtol(options.port, NULL, 10) == 0;
    int sock = socket(group->any.sa_family, SOCK_DGRAM, 0);
    if (sock < 0) err(DEMO_FAILED, "socket");
    /* Another program may join this same group on another interface. Linux would give us those datagrams too: turned off
     * (IP_MULTICAST_ALL, for IPv6 SO_BINDTODEVICE). */
    mcast_ignore_others_memberships(sock, interface);

    /* SO_REUSEADDR lets several receivers have the port; each gets its own copy. With port 0 it is set after bind(2):
     * otherwise the kernel might choose a port that other receivers already share. */
    if (!any_port) share_port(sock);
    if (bind(sock, &group->any, group->len) != 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", options.group, options.port, strerror(errno),
             endpoint_hint(errno));
    if (any_port) share_port(sock);
    return sock;
}

/* `join_or_leave` is MCAST_JOIN_GROUP or MCAST_LEAVE_GROUP (RFC 3678: the same for IPv4 and IPv6). Membership holds for one
 * interface; with a `source` (its `len` is not 0) only for what that address sends. Returns false and sets errno on
 * failure. */
static bool change_membership(int sock, int join_or_leave, const struct mcast_address *group,
                              const struct mcast_address *source, const struct mcast_interface *interface)
{
    const int level = group->any.sa_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    if (source->len == 0) { /* any source */
        struct group_req request = {.gr_interface = interface->index, .gr_group = group->storage};
        return setsockopt(sock, level, join_or_leave, &request, sizeof request) == 0;
    }
    join_or_leave = join_or_leave == MCAST_JOIN_GROUP ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP;
    struct group_source_req request = {
        .gsr_interface = interface->index, .gsr_group = group->storage, .gsr_source = source->storage};
    return setsockopt(sock, level, join_or_leave, &request, sizeof request) == 0;
}

/* Receives, counts and shows one datagram. False: none is queued. recvfrom(2) must not block here (MSG_DONTWAIT): main()
 * waits in demo_wait(), which also ends at a time-out or a stop signal. */
static bool receive_datagram(int sock)
{
    static char datagram[65536]; /* larger than any datagram: none is truncated */
    struct mcast_address from = {.len = sizeof from.storage};
    ssize_t len = recvfrom(sock, datagram, sizeof datagram, MSG_DONTWAIT, &from.any, &from.len);
    if (len < 0 && errno != EAGAIN) err(DEMO_FAILED, "receive");
    if (len < 0) return false;
    received.last_ns = demo_now_ns();
    if (received.count++ == 0) received.first_ns = received.last_ns;
    mcast_report_datagram(&received.senders, &from.storage, from.len, datagram, (size_t)len, options.quiet);
    return true;
}

static bool wants_more(void) { return (options.count == 0 || received.count < options.count) && !ferror(stdout); }

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int argument = demo_options(argc, argv, &usage, table);
    if (argument < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here, the group is given with -g; try: mcast_receiver --help",
             argv[argument]);

    /* Acquire everything: any failure here is fatal. */
    struct mcast_address group = mcast_find_group(options.group, options.port), source = {.len = 0};
    if (options.source != NULL) source = mcast_find_source(options.source, group.any.sa_family);
    struct mcast_interface interface = mcast_find_interface(options.interface, group.any.sa_family);
    mcast_set_scope_id(&group, &interface);
    int sock = open_receiver(&group, &interface);
    if (!change_membership(sock, MCAST_JOIN_GROUP, &group, &source, &interface))
        errx(DEMO_FAILED, "join %s on %s: %s (another interface is named with -i)", options.group, interface.name,
             strerror(errno));
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model: receive what any sender sends to the group, in the order of arrival. Take what is queued; when nothing is,
     * wait. */
    struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}}; /* fds[1] belongs to demo_wait(): the stop signal */
    while (wants_more() && !demo_stop) {
        if (receive_datagram(sock)) continue;
        if (demo_wait(fds, 1, options.timeout_ms) <= 0) break; /* silent for too long, or asked to stop */
    }

    /* Give back, in reverse. Leave the group: nothing new arrives. What the kernel has already queued is still received.
     * (close(2) alone would leave too.) */
    change_membership(sock, MCAST_LEAVE_GROUP, &group, &source, &interface);
    while (wants_more() && receive_datagram(sock)) continue;
    close(sock);
    mcast_report_counts(&received.senders);
    if (options.count > 0 && received.count > 1) /* n datagrams span n-1 intervals */
        printf(", %.0f msg/s", (double)(received.count - 1) * 1e9 / (double)(received.last_ns - received.first_ns));
    putchar('\n');
    return demo_end(received.count < options.count && !demo_stop ? DEMO_FAILED : DEMO_DONE);
}
