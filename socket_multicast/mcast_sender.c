/* mcast_sender - sends one datagram to a multicast group; every receiver that joined the group gets a copy: socket, bind,
 * the options for interface, TTL and loop, connect, send.
 *
 * Nothing comes back. A sender knows neither how many receivers there are nor what they missed, so it numbers its
 * datagrams.
 *
 *     mcast_receiver        in one terminal, or in several: its sibling, mcast_receiver.c
 *     mcast_sender          in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "mcast_address.h"
#include "mcast_proto.h"
#include "mcast_texts.h"

#include <limits.h>

static struct {
    const char *group, *port, *interface;
    size_t ttl, count, size;
    bool raw, clock, quiet;
} options = {.group = MCAST_GROUP, .port = MCAST_PORT, .ttl = 1};

static const struct demo_usage usage = {
    .purpose = "Sends each line of standard input as one numbered datagram to all who joined the group.",
    .most = INT_MAX, /* main() refuses them, with a hint of its own */
    .example = "echo hola | mcast_sender -g 239.255.0.1",
};
static const struct demo_option table[] = {
    {'g', "group", "GROUP", "the group's address (" MCAST_GROUP "; IPv6: " MCAST_GROUP_IPV6 ")",
     .text = &options.group},
    {'p', "port", "PORT", "the port that its members listen on (" MCAST_PORT ")", .port = &options.port, .min = 1},
    {'i', "interface", "NAME|ADDR", "which to send through (loopback: nothing leaves this machine)",
     .text = &options.interface},
    {'t', "ttl", "N", "networks it may cross: 1 is only the nearest (1)", .number = &options.ttl, .max = 255},
    {0, "raw", NULL, "leave the number off", .on = &options.raw},
    {0, "clock", NULL, "send the time each second instead", .on = &options.clock},
    {'q', "quiet", NULL, "no narration and no line per datagram", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "send N datagrams as fast as they go (with --clock: N times the time)",
     .number = &options.count, .min = 1, .max = 1000000000},
    {'s', "size", "BYTES", "of each of them (64)", .number = &options.size, .min = MCAST_NUMBER,
     .max = MCAST_PAYLOAD},
    {0},
};

static size_t sent, failed; /* datagrams */

/* How datagrams to a group leave this socket. Interface: a group has members everywhere, so the destination does not decide
 * it. TTL: how many networks a datagram may cross. Loop: members on this machine get a copy too. */
static void set_multicast_options(int sender, const struct mcast_interface *interface)
{
    const struct mcast_address *own = &interface->address;
    const unsigned char ttl = (unsigned char)options.ttl, loop = 1; /* IPv4: bytes */
    const int hops = (int)options.ttl, loop6 = 1;                   /* IPv6: ints */
    bool all_set;
    if (own->any.sa_family == AF_INET) {
        const struct in_addr *address = &own->v4.sin_addr;
        all_set = setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, address, sizeof *address) == 0 &&
                  setsockopt(sender, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) == 0 &&
                  setsockopt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop) == 0;
    } else {
        const unsigned index = interface->index;
        all_set = setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index) == 0 &&
                  setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) == 0 &&
                  setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &loop6, sizeof loop6) == 0;
    }
    if (!all_set) err(DEMO_FAILED, "send through %s", interface->name);
}

/* socket, bind, options, connect. Never returns without a socket whose datagrams go to the group. */
static int open_sender(const struct mcast_address *group, const struct mcast_interface *interface)
{
    char to[ENDPOINT_TEXT], from[ENDPOINT_TEXT];
    int sender = socket(group->any.sa_family, SOCK_DGRAM, 0);
    if (sender < 0) err(DEMO_FAILED, "socket");
    /* The source address. Without bind(2) the kernel chooses one that other machines can reach, even through loopback. */
    if (bind(sender, &interface->address.any, interface->address.len) != 0)
        errx(DEMO_FAILED, "send from %s: %s (%s)", interface->name, strerror(errno), endpoint_hint(errno));
    set_multicast_options(sender, interface);

    /* On a datagram socket connect(2) sends nothing: it stores the destination and looks up the route, once. After it,
     * send(2) does what sendto(2) to the group would do, and a missing route shows here instead of at the first send. */
    endpoint_text(&group->any, group->len, to);
    if (connect(sender, &group->any, group->len) != 0) mcast_no_route(options.group, to, interface, errno);
    if (!options.quiet)
        fprintf(stderr, "mcast_sender: sending to %s through %s as %s, TTL %zu\n", to, interface->name,
                endpoint_of(sender, from), options.ttl);
    return sender;
}

static void show_sent(uint32_t number, const char *text, size_t len)
{
    printf("sent");
    if (!options.raw) printf(" #%" PRIu32, number);
    printf(": ");
    demo_put_text(stdout, text, len, "");
    putchar('\n');
}

static void report_unsent(size_t bytes, int reason)
{
    failed++;
    warnx("%zu bytes were not sent: %s (%s)", bytes, strerror(reason),
          reason == EMSGSIZE ? "more than a datagram holds, some 65500: send it in pieces" : "is the interface up?");
}

/* The model: one send(2) for each text, however many receivers there are. */
static void send_texts(int sender, struct mcast_texts *texts)
{
    const bool measuring = options.count > 0 && !options.clock;
    static char datagram[MCAST_PAYLOAD];
    uint32_t number = 1; /* after 4294967295 comes 0, which a receiver takes for a restart */
    size_t len;
    for (const char *text; (text = mcast_next_text(texts, &len)) != NULL;) {
        size_t number_len = options.raw ? 0 : mcast_put_number(datagram, number);
        if (measuring) len -= number_len; /* -s includes the number */
        if (number_len + len > sizeof datagram) {
            report_unsent(number_len + len, EMSGSIZE);
            continue;
        }
        memcpy(datagram + number_len, text, len);

        /* Shown before it is sent: a receiver may print its line before send(2) returns. */
        if (!options.quiet && !measuring) show_sent(number, text, len);
        if (send(sender, datagram, number_len + len, 0) >= 0) {
            sent++;
            number++;
        } else if (errno != EINTR) { /* EINTR: a signal asked to stop */
            /* The next text gets the same number: a datagram that was never sent must not look lost. */
            report_unsent(number_len + len, errno);
            if (measuring) break;
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
    if (options.size > 0 && (options.count == 0 || options.clock))
        errx(DEMO_USAGE, "-s goes with -n; try: mcast_sender --help");
    if (options.size == 0) options.size = 64;

    /* Acquire everything: any failure here is fatal. */
    struct mcast_address group = mcast_find_group(options.group, options.port);
    struct mcast_interface interface = mcast_find_interface(options.interface, group.any.sa_family);
    mcast_set_scope(&group, &interface);
    int sender = open_sender(&group, &interface);
    struct mcast_texts texts = {.clock = options.clock, .count = options.count, .size = options.size};
    mcast_texts_begin(&texts);

    /* The model: sent once, received by every member of the group. */
    int64_t began_ns = demo_now_ns();
    send_texts(sender, &texts);
    double seconds = (double)(demo_now_ns() - began_ns) / 1e9;

    /* Give back, in reverse. */
    mcast_texts_end(&texts);
    close(sender);
    printf("%zu sent, %zu failed", sent, failed);
    if (options.count > 0 && !options.clock)
        printf(", of %zu bytes each, %.0f msg/s", options.size, (double)sent / seconds);
    putchar('\n');
    return demo_end(failed > 0 ? DEMO_FAILED : DEMO_DONE);
}
