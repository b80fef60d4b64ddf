/* faulty_link - a network that misbehaves, as a program: it stands between a client and its server, passes on what they
 * send, and loses, doubles, delays or reorders some of it. Any pair of this repository can be run through it. The same
 * seed makes the same faults, so what went wrong once can be watched again.
 *
 *     reqrep_server -p 12350                 in one terminal
 *     faulty_link -p 12351 localhost:12350   in another, with faults
 *     reqrep_client -p 12351                 in a third
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "link_run.h"

#include <getopt.h>
#include <limits.h>

#define LINK_PORT   "12351"
#define LINK_SERVER "localhost:12350"

static struct options {
    const char *address, *port, *server;
    bool tcp;
    struct link_options link;
} options = {.address = "127.0.0.1",
             .port = LINK_PORT,
             .server = LINK_SERVER,
             .link = {.cut_after = UINT64_MAX, .half_open_after = UINT64_MAX}};

static void help(void)
{
    puts("Usage: faulty_link [option...] [HOST:PORT]\n"
         "Passes datagrams on to the server at HOST:PORT (" LINK_SERVER ") and back, and makes faults.\n\n"
         "  -l, --listen ADDR  -p, --port PORT   where clients find it (127.0.0.1, " LINK_PORT ")\n"
         "      --seed N             same seed, same faults (else a new one each time, which is printed)\n"
         "      --drop P%  --duplicate P%  --reorder P%     how many of them, by chance\n"
         "      --delay A..B         each by a time in that range, such as 20ms..200ms; or by just one\n"
         "      --oneway             these only towards the server\n"
         "      --drop-nth I,J  --duplicate-nth I  --delay-nth I:T   by number, from 1; r before one that counts\n"
         "                           the way back: 2,r3\n"
         "With --tcp, connections instead of datagrams:\n"
         "      --delay A..B  --oneway   as above, for each piece\n"
         "      --trickle BYTES      at most so many at a time, each 5 ms\n"
         "      --cut-after BYTES    then the connection is reset\n"
         "      --half-open-after BYTES   then nothing passes any more, and nobody is told\n"
         "  -q, --quiet              only the first two lines and the last\n"
         "  -V, --version            -h, --help\n\n"
         "Example: faulty_link -p 12346 localhost:12345 --seed 7 --drop 10% --duplicate 5% --delay 20ms..200ms");
    exit(demo_end(DEMO_DONE));
}

/* An option that belongs to datagrams, or to connections, only. */
enum { DATAGRAMS = 1, CONNECTIONS = 2 };

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"seed", required_argument, NULL, 's'},
        {"drop", required_argument, NULL, 'D'},
        {"duplicate", required_argument, NULL, 'U'},
        {"reorder", required_argument, NULL, 'R'},
        {"delay", required_argument, NULL, 'T'},
        {"oneway", no_argument, NULL, 'O'},
        {"drop-nth", required_argument, NULL, 'd'},
        {"duplicate-nth", required_argument, NULL, 'u'},
        {"delay-nth", required_argument, NULL, 't'},
        {"tcp", no_argument, NULL, 'c'},
        {"trickle", required_argument, NULL, 'k'},
        {"cut-after", required_argument, NULL, 'x'},
        {"half-open-after", required_argument, NULL, 'o'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct link_options *link = &options.link;
    struct link_faults *faults = &link->faults;
    bool seeded = false;
    int meant_for = 0;
    for (int o; (o = getopt_long(argc, argv, "l:p:qVh", names, NULL)) != -1;) {
        if (strchr("DURdut", o) != NULL) meant_for |= DATAGRAMS;
        if (strchr("kxo", o) != NULL) meant_for |= CONNECTIONS;
        switch (o) {
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 's':
            faults->seed = (uint64_t)demo_number("--seed", optarg, 0, LONG_MAX);
            seeded = true;
            break;
        case 'D': faults->drop = link_percentage("--drop", optarg); break;
        case 'U': faults->duplicate = link_percentage("--duplicate", optarg); break;
        case 'R': faults->reorder = link_percentage("--reorder", optarg); break;
        case 'T': link_delay("--delay", optarg, &faults->delay_least_ns, &faults->delay_most_ns); break;
        case 'O': faults->one_way = true; break;
        case 'd': link_name(faults, "--drop-nth", optarg, (struct link_fate){.drop = true}, false); break;
        case 'u': link_name(faults, "--duplicate-nth", optarg, (struct link_fate){.duplicate = true}, false); break;
        case 't': link_name(faults, "--delay-nth", optarg, (struct link_fate){0}, true); break;
        case 'c': options.tcp = true; break;
        case 'k': link->trickle = (size_t)demo_number("--trickle", optarg, 1, 1 << 20); break;
        case 'x': link->cut_after = (uint64_t)demo_number("--cut-after", optarg, 0, LONG_MAX); break;
        case 'o': link->half_open_after = (uint64_t)demo_number("--half-open-after", optarg, 0, LONG_MAX); break;
        case 'q': link->quiet = true; break;
        case 'V': puts("faulty_link " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h': help(); break;
        default: errx(DEMO_USAGE, "try: faulty_link --help");
        }
    }
    if (optind < argc) options.server = argv[optind++];
    if (optind < argc) errx(DEMO_USAGE, "%s: one HOST:PORT is enough; try: faulty_link --help", argv[optind]);
    if (meant_for & (options.tcp ? DATAGRAMS : CONNECTIONS))
        errx(DEMO_USAGE,
             options.tcp ? "with --tcp there is --delay, --trickle, --cut-after and --half-open-after: TCP repairs "
                           "everything else; try: faulty_link --help"
                         : "--trickle, --cut-after and --half-open-after go with --tcp; try: faulty_link --help");
    if (!seeded) faults->seed = (uint64_t)demo_now_ns() % 1000000;
}

/* HOST:PORT or [IPv6]:PORT, as every address that it has. */
static struct addrinfo *resolve(const char *server)
{
    char host[256];
    const char *colon = strrchr(server, ':'), *begin = server, *end = colon;
    if (colon != NULL && *begin == '[' && colon[-1] == ']') begin++, end--;
    if (colon == NULL || end <= begin || end - begin >= (long)sizeof host)
        errx(DEMO_USAGE, "%s: expected HOST:PORT, such as " LINK_SERVER, server);
    demo_number("port", colon + 1, 1, 65535);
    snprintf(host, sizeof host, "%.*s", (int)(end - begin), begin);
    struct addrinfo hints = {.ai_socktype = options.tcp ? SOCK_STREAM : SOCK_DGRAM}, *found;
    int problem = getaddrinfo(host, colon + 1, &hints, &found);
    if (problem != 0) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(problem));
    return found;
}

/* socket, bind, and for connections listen, on the first address of the name that allows it. */
static int listen_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = options.tcp ? SOCK_STREAM : SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int problem = getaddrinfo(address, port, &hints, &found);
    if (problem != 0)
        errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(problem));
    int sock = -1;
    for (struct addrinfo *a = found; a != NULL && sock < 0; a = a->ai_next) {
        if ((sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) < 0) continue;
        const int on = 1;
        if (options.tcp) setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(sock, a->ai_addr, a->ai_addrlen) == 0 && (!options.tcp || listen(sock, SOMAXCONN) == 0)) break;
        problem = errno;
        close(sock);
        sock = -1;
        errno = problem;
    }
    freeaddrinfo(found);
    if (sock < 0) errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(errno), endpoint_hint(errno));
    if (options.tcp)
        fcntl(sock, F_SETFL, O_NONBLOCK); /* a client that left again must not make us wait for the next */
    return sock;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    struct addrinfo *server = resolve(options.server);
    int sock = listen_on(options.address, options.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));
    printf("seed %llu\n", (unsigned long long)options.link.faults.seed);

    /* The model: a network between two that do not know of it. */
    options.link.server = server;
    if (options.tcp) link_run_tcp(sock, &options.link);
    else link_run_udp(sock, &options.link);

    /* Give back. What was still under way is lost, as in any network that is switched off. */
    close(sock);
    freeaddrinfo(server);
    return demo_end(DEMO_DONE);
}
