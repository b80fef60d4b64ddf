/* mcast_sender - sends one datagram to a multicast group; the network makes a copy for every receiver that joined it, and
 * may lose any of them: socket, bind, the options for interface, TTL and loop, connect, send.
 *
 * Nothing comes back. The sender cannot know what was lost. It numbers its datagrams, so that each receiver can.
 *
 *     mcast_receiver        in one or more terminals (see mcast_receiver.c)
 *     mcast_sender          in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "mcast_address.h"
#include "mcast_measure.h"
#include "mcast_proto.h"
#include "mcast_texts.h"

#include <limits.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct {
    const char *group, *port, *interface;
    size_t ttl, count, size;
    bool raw, clock, quiet;
} options = {.group = MCAST_GROUP, .port = MCAST_PORT, .ttl = 1};

static const struct demo_usage usage = {
    .purpose = "Sends each line of standard input as one numbered datagram to all who joined the group.",
    .most = INT_MAX, /* any number passes here; main() refuses them with a better message */
    .example = "echo hola | mcast_sender -g 239.255.0.1",
};
static const struct demo_option table[] = {
    {'g', "group", "GROUP", "the group's address (" MCAST_GROUP "; IPv6: " MCAST_GROUP_IPV6 ")",
     .text = &options.group},
    {'p', "port", "PORT", "the port that its members listen on (" MCAST_PORT ")", .port = &options.port, .min = 1},
    {'i', "interface", "NAME|ADDR", "interface to send through (default: loopback, so nothing leaves this machine)",
     .text = &options.interface},
    {'t', "ttl", "N", "networks it may cross: 1 is only the nearest (1)", .number = &options.ttl, .max = 255},
    {0, "raw", NULL, "leave the number off", .on = &options.raw},
    {0, "clock", NULL, "send the time each second instead", .on = &options.clock},
    {'q', "quiet", NULL, "no narration and no line per datagram", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "send N datagrams as fast as they go (with --clock: N times the time)",
     .number = &options.count, .min = 1, .max = 1000000000},
    {'s', "size", "BYTES", "size of each datagram with -n, its number included (64)", .number = &options.size,
     .min = MCAST_NUMBER, .max = MCAST_PAYLOAD},
    {0},
};

static void set_option(int sock, int level, int option, const char *name, const void *value, socklen_t len)
{
    if (setsockopt(sock, level, option, value, len) != 0) err(DEMO_FAILED, "%s", name);
}

/* How datagrams to a group leave this socket. Interface: where they go out; without this option the routing
 * table chooses. TTL: 0 stays on this machine, 1 on this network; each router takes one. Loop: members on this machine get a
 * copy too. */
static void set_multicast_options(int sock, const struct mcast_interface *interface)
{
    const struct in_addr *interface_address = &interface->address.v4.sin_addr;
    const unsigned index = interface->index;
    const int ttl = (int)options.ttl,
              loop = 1; /* ints: ip(7), ipv6(7). UNP passes IPv4's as u_char; Linux takes both */
    if (interface->address.any.sa_family == AF_INET) {
        set_option(sock, IPPROTO_IP, IP_MULTICAST_IF, "IP_MULTICAST_IF", interface_address,
                   sizeof *interface_address);
        set_option(sock, IPPROTO_IP, IP_MULTICAST_TTL, "IP_MULTICAST_TTL", &ttl, sizeof ttl);
        set_option(sock, IPPROTO_IP, IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP", &loop, sizeof loop);
    } else {
        set_option(sock, IPPROTO_IPV6, IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", &index, sizeof index);
        set_option(sock, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS", &ttl, sizeof ttl);
        set_option(sock, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP", &loop, sizeof loop);
    }
}

/* socket, bind, options, connect. Never returns without a socket whose datagrams go to the group. */
static int open_sender(const struct mcast_address *group, const struct mcast_interface *interface)
{
    int sock = socket(group->any.sa_family, SOCK_DGRAM, 0);
    if (sock < 0) err(DEMO_FAILED, "socket");
    /* The source address, chosen explicitly. (For IPv4, Linux would also take it from IP_MULTICAST_IF below; other systems
     * need not.) */
    if (bind(sock, &interface->address.any, interface->address.len) != 0)
        errx(DEMO_FAILED, "send from %s: %s (%s)", interface->name, strerror(errno), endpoint_hint(errno));
    set_multicast_options(sock, interface);

    /* On a datagram socket connect(2) sends nothing: it stores the destination, so that send(2) suffices. A missing route
     * already shows here. It comes after the options, because they choose the route. */
    char to[ENDPOINT_TEXT], from[ENDPOINT_TEXT];
    endpoint_text(&group->any, group->len, to);
    if (connect(sock, &group->any, group->len) != 0) mcast_die_no_route(options.group, to, interface, errno);
    if (!options.quiet)
        fprintf(stderr, "mcast_sender: sending to %s through %s as %s, TTL %zu\n", to, interface->name,
                endpoint_of(sock, from), options.ttl);
    return sock;
}

static void show_sent(uint32_t number, const char *text, size_t len)
{
    printf("sent");
    if (!options.raw) printf(" #%" PRIu32, number);
    printf(": ");
    demo_put_text(stdout, text, len, "");
    putchar('\n');
}

/* The model: one send(2) for each text, however many receivers there are. */
static void send_texts(int sock, struct mcast_texts *texts, struct mcast_sent *sent)
{
    static char datagram[MCAST_PAYLOAD];
    uint32_t number = 1; /* wraps from 4294967295 to 0; a receiver then reports a restart */
    size_t text_len;
    for (const char *text; (text = mcast_next_text(texts, &text_len)) != NULL;) {
        size_t number_len = options.raw ? 0 : mcast_put_number(datagram, number);
        size_t len = number_len + text_len;
        if (len > sizeof datagram) {
            mcast_report_unsent(sent, "", len, EMSGSIZE);
            continue;
        }
        memcpy(datagram + number_len, text, text_len);

        /* Printed before the send, so that on a shared terminal this line comes before the receivers' lines. */
        if (!options.quiet) show_sent(number, text, text_len);
        ssize_t n;
        while ((n = send(sock, datagram, len, 0)) < 0 && errno == EINTR)
            continue; /* a signal interrupted it; its line is already printed, so send it before ending */
        if (n >= 0) {
            sent->count++;
            number++;
        } else {
            /* The next text gets the same number: a datagram that was never sent must not look lost. */
            mcast_report_unsent(sent, options.quiet ? "" : "correction of the last line: ", len, errno);
        }
    }
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int argument = demo_options(argc, argv, &usage, table);
    if (argument < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here, the group is given with -g; try: mcast_sender --help",
             argv[argument]);
    const bool measuring = options.count > 0 && !options.clock;
    if (options.size > 0 && !measuring) errx(DEMO_USAGE, "-s goes with -n; try: mcast_sender --help");
    if (options.size == 0) options.size = 64;

    /* Acquire everything: any failure here is fatal. */
    struct mcast_address group = mcast_find_group(options.group, options.port);
    struct mcast_interface interface = mcast_find_interface(options.interface, group.any.sa_family);
    mcast_set_scope_id(&group, &interface);
    int sock = open_sender(&group, &interface);
    static struct mcast_texts texts; /* 68 KiB, zeroed */
    texts.clock = options.clock;
    texts.count = options.count;
    struct mcast_sent sent = {0};

    /* The model: sent once; the network makes a copy for each member of the group, and may lose any of them. */
    if (measuring) mcast_send_padding(sock, options.count, options.size, options.raw, &sent);
    else send_texts(sock, &texts, &sent);

    /* Give back, in reverse. */
    close(sock);
    mcast_report_sent(&sent);
    return demo_end(sent.failed > 0 ? DEMO_FAILED : DEMO_DONE);
}
