/* tcp_client - the active side of a TCP connection: connect, then write and read independently, then end both ways.
 *
 * Sends standard input line by line and shows what arrives as it arrives. The end of the input ends our side of the
 * connection only; the client goes on reading until the server ends its own.
 *
 *     tcp_server            in one terminal: its sibling, tcp_server.c
 *     tcp_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "tcp_measure.h"
#include "tcp_proto.h"

#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

static struct options {
    const char *host, *port;
    bool newline, one_way, quiet;
    struct tcp_load load; /* of -n */
} options = {.host = "localhost", .port = TCP_PORT, .newline = true, .load = {.welcome = true, .timeout_ms = -1}};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},    {"no-newline", no_argument, NULL, 'N'},
        {"count", required_argument, NULL, 'n'},   {"size", required_argument, NULL, 's'},
        {"timeout", required_argument, NULL, 'w'}, {"one-way", no_argument, NULL, 'O'},
        {"spin", no_argument, NULL, 'P'},          {"no-welcome", no_argument, NULL, 'W'},
        {"quiet", no_argument, NULL, 'q'},         {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "p:n:s:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'p': demo_number("-p", options.port = optarg, 1, 65535); break;
        case 'N': options.newline = false; break;
        case 'n': options.load.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 's': options.load.size = (size_t)demo_number("-s", optarg, 1, 1 << 30); break;
        case 'w': options.load.timeout_ms = demo_seconds("-w", optarg); break;
        case 'O': options.one_way = true; break;
        case 'P': options.load.spin = true; break;
        case 'W': options.load.welcome = false; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("tcp_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: tcp_client [option...] [HOST]\n"
                 "Connects to HOST (localhost), sends standard input line by line and shows what comes back.\n\n"
                 "  -p, --port PORT    the server's port (" TCP_PORT ")\n"
                 "      --no-newline   leave the line ends off, as many small clients do\n"
                 "  -q, --quiet        no narration on standard error\n\n"
                 "Measuring:\n"
                 "  -n, --count N      N round trips, each reply checked, then one line of figures\n"
                 "      --one-way      N writes in one direction instead, to a server with --sink\n"
                 "  -s, --size BYTES   of each of them (64; 1048576 with --one-way)\n"
                 "      --spin         poll for up to 1 s before sleeping: lower latency, paid with CPU time\n"
                 "      --no-welcome   the server does not greet\n"
                 "  -w, --timeout SEC  the longest wait for a reply (5)\n"
                 "  -V, --version      -h, --help\n\n"
                 "Example: printf 'hola\\nexit\\n' | tcp_client -p 9999 localhost");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: tcp_client --help");
        }
    }
    if (optind < argc) options.host = argv[optind++];
    if (optind < argc) errx(DEMO_USAGE, "%s: one HOST is enough; try: tcp_client --help", argv[optind]);
    const struct tcp_load *load = &options.load;
    if (load->count == 0 && (options.one_way || load->size || load->spin || !load->welcome || load->timeout_ms >= 0))
        errx(DEMO_USAGE, "--one-way, --spin, --no-welcome, -s and -w go with -n; try: tcp_client --help");
    if (load->timeout_ms < 0) options.load.timeout_ms = 5000;
    if (options.load.size == 0) options.load.size = options.one_way ? 1 << 20 : 64;
}

/* socket and connect to each address of the name until one answers. Never returns without a connection. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(unknown));

    int connection = -1, reason = 0;
    char endpoint[ENDPOINT_TEXT];
    for (struct addrinfo *a = found; a != NULL && !demo_stop; a = a->ai_next) {
        connection = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        endpoint_text(a->ai_addr, a->ai_addrlen, endpoint);
        if (connection >= 0 && connect(connection, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        if (connection >= 0) close(connection);
        connection = -1;
    }
    freeaddrinfo(found);
    if (connection < 0 && demo_stop) exit(demo_end(DEMO_DONE));
    if (connection < 0 && reason == ECONNREFUSED)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is tcp_server running? start it with: tcp_server -p %s)", host, port,
             strerror(reason), port);
    if (connection < 0)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is that host up, and no firewall in between?)", host, port,
             strerror(reason));
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on,
               sizeof on); /* a line is not held back to be joined by more */
    if (!options.quiet) fprintf(stderr, "tcp_client: connected to %s\n", endpoint);
    return connection;
}

/* Shows what arrived, but for the beginning of a UTF-8 character whose rest is still on its way: that stays in `text`,
 * and its length is returned. */
static size_t show(char *text, size_t len)
{
    size_t whole = tcp_whole_text(text, len);
    demo_put_text(stdout, text, whole, "\n");
    fflush(stdout); /* at once, line end or not */
    memmove(text, text + whole, len - whole);
    return len - whole;
}

/* The next thing to send: a line with its end, or what there is when no line end will come. */
static size_t next_line(const char *typed, size_t len, bool complete)
{
    const char *end = memchr(typed, '\n', len);
    return end != NULL ? (size_t)(end - typed) + 1 : complete ? len : 0;
}

/* Both directions at once: a client that only wrote, or only read, until it was done could wait for a server that
 * waits for it. Nothing is read from standard input while a line is still unsent. Returns the exit status. */
static int converse(int connection)
{
    char typed[TCP_PIECE], arrived[TCP_PIECE];
    size_t typed_len = 0, arrived_len = 0;
    bool input_ended = false, sending = true;

    for (;;) {
        size_t line = next_line(typed, typed_len, input_ended || typed_len == sizeof typed);
        struct pollfd fds[3] = {
            {.fd = connection, .events = (short)(POLLIN | (line > 0 ? POLLOUT : 0))},
            {.fd = line > 0 || input_ended ? -1 : STDIN_FILENO, .events = POLLIN},
        };
        if (demo_wait(fds, 2, -1) < 0) break;

        if (fds[0].revents & ~POLLOUT) {
            ssize_t n = recv(connection, arrived + arrived_len, sizeof arrived - arrived_len, 0);
            if (n < 0) errx(DEMO_FAILED, "receive: %s (did the server crash, or was it stopped?)", strerror(errno));
            if (n == 0) {
                if (!options.quiet) fprintf(stderr, "tcp_client: the server ended the conversation\n");
                break;
            }
            arrived_len = show(arrived, arrived_len + (size_t)n);
        }
        if (fds[0].revents & POLLOUT) {
            size_t wanted = options.newline ? line : tcp_without_line_end(typed, line);
            ssize_t n = send(connection, typed, wanted, MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN) continue; /* the next recv says why */
            size_t done = (size_t)n == wanted ? line : n > 0 ? (size_t)n : 0;
            memmove(typed, typed + done, typed_len -= done);
        }
        if (fds[1].revents) {
            ssize_t n = read(STDIN_FILENO, typed + typed_len, sizeof typed - typed_len);
            if (n <= 0) input_ended = true;
            else typed_len += (size_t)n;
        }
        if (input_ended && typed_len == 0 && sending) {
            shutdown(connection, SHUT_WR); /* our side ends, the server's goes on until it has answered */
            sending = false;
        }
    }
    demo_put_text(stdout, arrived, arrived_len, "");
    if (typed_len > 0) warnx("%zu typed bytes were not sent any more", typed_len);
    return typed_len > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    int connection = connect_to(options.host, options.port);

    /* The model: a conversation, or the measure of it. */
    int status;
    if (options.load.count == 0) status = converse(connection);
    else if (options.one_way) status = measure_one_way(connection, &options.load);
    else status = measure_round_trips(connection, &options.load);

    /* Give back. */
    close(connection);
    return demo_end(status);
}
