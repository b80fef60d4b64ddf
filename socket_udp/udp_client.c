/* udp_client - the side of UDP that speaks first: socket, connect, then one send for each datagram and one recv for its
 * reply. connect(2) sends nothing here. It notes the server's address in the socket, so that the kernel keeps everybody
 * else's datagrams away and has a place to report that the port is closed.
 *
 * A reply may never come, so waiting has an end. No reply is silence, which may mean anything; refused means that the
 * server's host said that nobody has that port.
 *
 *     udp_server            in one terminal: its sibling, udp_server.c
 *     udp_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "udp_datagram.h"
#include "udp_measure.h"
#include "udp_proto.h"

#include <getopt.h>
#include <netinet/in.h>

enum outcome { ANSWERED, SILENT, REFUSED, FAILED, STOPPED, OUTCOMES }; /* of one datagram that we wanted to send */

struct line {
    char bytes[UDP_BUFFER]; /* its beginning, without the line end */
    size_t len;             /* of all of it */
};

static struct options {
    const char *host, *port;
    bool one_way, spin, quiet;
    size_t count, size;
    int timeout_ms;
} options = {.host = "localhost", .port = UDP_PORT, .size = 64, .timeout_ms = 1000};

static struct udp_server server;  /* every address of its name */
static struct udp_memory earlier; /* what we sent before */

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'}, {"count", required_argument, NULL, 'n'},
        {"size", required_argument, NULL, 's'}, {"timeout", required_argument, NULL, 'w'},
        {"one-way", no_argument, NULL, 'O'},    {"spin", no_argument, NULL, 'P'},
        {"quiet", no_argument, NULL, 'q'},      {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0},
    };
    bool sized = false;
    for (int o; (o = getopt_long(argc, argv, "p:n:s:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'p': demo_number("-p", options.port = optarg, 1, 65535); break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 's':
            options.size = (size_t)demo_number("-s", optarg, UDP_NUMBERED, UDP_MOST);
            sized = true;
            break;
        case 'w': options.timeout_ms = demo_seconds("-w", optarg); break;
        case 'O': options.one_way = true; break;
        case 'P': options.spin = true; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("udp_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: udp_client [option...] [HOST [TEXT...]]\n"
                 "Sends each TEXT, or else each line of standard input, to HOST (localhost) as one UDP datagram,\n"
                 "and waits for the reply to it.\n\n"
                 "  -p, --port PORT    the server's port (" UDP_PORT ")\n"
                 "  -w, --timeout SEC  how long to wait for a reply (1)\n"
                 "  -q, --quiet        only the last line\n\n"
                 "Measuring:\n"
                 "  -n, --count N      N round trips, each reply checked, then one line of figures\n"
                 "      --one-way      N datagrams as fast as they go instead; udp_server --no-reply -q counts them\n"
                 "  -s, --size BYTES   of each of them (64)\n"
                 "      --spin         poll for up to 1 s before sleeping: lower latency, paid with CPU time\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: printf 'hola\\nadios\\n' | udp_client -p 12345 localhost");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: udp_client --help");
        }
    }
    if (optind < argc) options.host = argv[optind++];
    if (options.count > 0 && optind < argc)
        errx(DEMO_USAGE, "%s: -n makes its own datagrams; try: udp_client --help", argv[optind]);
    if (options.count == 0 && (options.one_way || sized || options.spin))
        errx(DEMO_USAGE, "--one-way, --spin and -s go with -n; try: udp_client --help");
}

/* socket and connect for each address of the name. With UDP that succeeds though nobody may be there: which address the
 * server really has shows when the others refuse. Never returns without one. */
static void connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(unknown));

    int reason = 0; /* most often: a machine without IPv6 */
    for (struct addrinfo *a = found; a != NULL && server.addresses < UDP_ADDRESSES; a = a->ai_next) {
        int sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && connect(sock, a->ai_addr, a->ai_addrlen) == 0) {
            server.sockets[server.addresses++] = sock;
            continue;
        }
        reason = errno;
        if (sock >= 0) close(sock);
    }
    freeaddrinfo(found);
    if (server.addresses == 0)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is there a network to that host?)", host, port, strerror(reason));
}

/* Takes what arrived and shows it. ANSWERED if it is the reply to `line`, SILENT if it is not. Anything that does not
 * repeat an earlier datagram is taken for the reply, so that the server need not be an echo server.
 * Simplification: an earlier line's late echo goes for the reply when both lines are the same. A protocol whose replies
 * matter gives every request a number, as -n does. */
static enum outcome take(int sock, const struct line *line)
{
    static char bytes[UDP_BUFFER];
    ssize_t n = recv(sock, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == ECONNREFUSED) return REFUSED;
    if (n < 0) return errno == EAGAIN || errno == EINTR ? SILENT : FAILED;

    const size_t len = (size_t)n;
    const bool echo = line != NULL && len == line->len && memcmp(bytes, line->bytes, len) == 0;
    const bool late = !echo && (line == NULL || udp_remembers(&earlier, bytes, len));
    char from[ENDPOINT_TEXT];
    if (!options.quiet)
        show_datagram(udp_peer_of(sock, from), bytes, len, sizeof bytes,
                      echo   ? ""
                      : late ? ", late or twice"
                             : ", not what was sent");
    return late ? SILENT : ANSWERED;
}

/* Sends one datagram and waits for its reply. */
static enum outcome ask_address(int sock, const struct line *line)
{
    const size_t len = line->len < sizeof line->bytes ? line->len : sizeof line->bytes; /* too long is too long */
    ssize_t sent = send(sock, line->bytes, len, 0);
    if (sent < 0 && errno == ECONNREFUSED) sent = send(sock, line->bytes, len, 0); /* that was about an earlier one */
    if (sent < 0) return errno == ECONNREFUSED ? REFUSED : errno == EINTR ? STOPPED : FAILED;

    const int64_t deadline = demo_now_ns() + options.timeout_ms * INT64_C(1000000);
    for (int64_t left; (left = deadline - demo_now_ns()) >= 0;) {
        struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}};
        int ready = demo_wait(fds, 1, (int)(left / 1000000));
        enum outcome outcome = ready < 0 ? STOPPED : ready > 0 ? take(sock, line) : SILENT;
        if (outcome != SILENT) return outcome;
    }
    return SILENT;
}

/* The same at whichever address does not refuse, and says how it went if it did not go well. */
static enum outcome ask(const struct line *line)
{
    enum outcome outcome = REFUSED;
    for (size_t i = 0; i < server.addresses; i++) {
        outcome = ask_address(server.sockets[server.current], line);
        if (outcome != REFUSED && (outcome != FAILED || errno == EMSGSIZE)) break;
        server.current = (server.current + 1) % server.addresses; /* localhost is ::1 as well as 127.0.0.1 */
    }
    const char *host = options.host, *port = options.port;
    char peer[ENDPOINT_TEXT];
    if (outcome == SILENT)
        warnx("no reply from %s within %g s (lost on the way, or a server that sends none)",
              udp_peer_of(server.sockets[server.current], peer), options.timeout_ms / 1e3);
    else if (outcome == REFUSED)
        warnx("%s:%s: %s (is udp_server running? start it with: udp_server -p %s)", host, port,
              strerror(ECONNREFUSED), port);
    else if (outcome == FAILED && errno == EMSGSIZE)
        warnx("%zu bytes: %s (%d is the most over IPv4: cut it into several, or use TCP)", line->len, strerror(errno),
              UDP_MOST);
    else if (outcome == FAILED) warn("%s:%s", host, port);
    if (outcome != FAILED) udp_remember(&earlier, line->bytes, line->len);
    return outcome;
}

/* Reads the next line of standard input, however long; the last one may lack its end. Meanwhile shows what comes too
 * late. False when there is no more. */
static bool next_line(struct line *line)
{
    static char typed[UDP_BUFFER];
    static size_t at, end; /* what is left of the last read(2) */
    for (line->len = 0;;) {
        for (char c; at < end; line->len++) {
            if ((c = typed[at++]) == '\n') return true;
            if (line->len < sizeof line->bytes) line->bytes[line->len] = c;
        }
        struct pollfd fds[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = server.sockets[server.current], .events = POLLIN}};
        if (demo_wait(fds, 2, -1) < 0) return false;
        if (fds[1].revents) take(fds[1].fd, NULL);
        if (!fds[0].revents) continue;
        ssize_t n = read(STDIN_FILENO, typed, sizeof typed);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) err(DEMO_FAILED, "standard input");
        if (n == 0) return line->len > 0;
        at = 0;
        end = (size_t)n;
    }
}

/* A conversation: one datagram, one reply. Returns the exit status. */
static int converse(char **texts)
{
    static struct line line;
    size_t times[OUTCOMES] = {0};
    if (*texts != NULL) {
        for (; *texts != NULL && !demo_stopping(); texts++) {
            line.len = strlen(*texts);
            memcpy(line.bytes, *texts, line.len < sizeof line.bytes ? line.len : sizeof line.bytes);
            times[ask(&line)]++;
        }
    } else {
        while (next_line(&line)) times[ask(&line)]++;
    }
    printf("%zu answered, %zu without reply, %zu refused, %zu failed\n", times[ANSWERED], times[SILENT],
           times[REFUSED], times[FAILED]);
    return times[SILENT] + times[REFUSED] + times[FAILED] > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    connect_to(options.host, options.port);

    /* The model: datagrams and their replies, or the measure of them. */
    int status;
    const struct options *o = &options;
    if (o->count == 0) status = converse(argv + optind);
    else if (o->one_way) status = measure_one_way(&server, o->count, o->size);
    else status = measure_round_trips(&server, o->count, o->size, o->spin, o->timeout_ms);

    /* Give back. */
    while (server.addresses > 0) close(server.sockets[--server.addresses]);
    return demo_end(status);
}
