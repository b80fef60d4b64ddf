/* tcp_client - the active side of a TCP connection: socket, connect; then send and recv, each when
 * it is possible; shutdown, close.
 *
 * The client sends standard input line by line and shows what arrives as it arrives. At the end of
 * the input it ends its own side of the connection only, and reads on until the server ends the
 * other one.
 *
 * A conversation waits in one place only: poll(2), in demo_wait(), which repeats it after EINTR.
 * Its recv(2), send(2) and read(2) do not wait, so they cannot fail with EINTR. demo_start()
 * ignores SIGPIPE: send(2) to a broken connection fails (ECONNRESET or EPIPE) and kills nothing.
 *
 *     tcp_server            in one terminal: its sibling, tcp_server.c
 *     tcp_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "../common/options.h"
#include "tcp_measure.h"
#include "tcp_proto.h"
#include "tcp_terminal.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

static struct {
    const char *host, *port;
    bool newline, quiet;
    struct tcp_load load; /* of -n */
} options = {.host = "localhost", .port = TCP_PORT, .newline = true, .load = {.welcome = true, .timeout_ms = -1}};

static const struct demo_usage usage = {
    .arguments = "[HOST]",
    .most = 1,
    .purpose = "Connects to HOST (localhost), sends standard input line by line and shows what comes back.",
    .example = "printf 'hola\\nexit\\n' | tcp_client -p 9999 localhost",
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "the server's port (" TCP_PORT ")", .port = &options.port, .min = 1},
    {0, "no-newline", NULL, "leave the line ends off, as many small clients do", .off = &options.newline},
    {'q', "quiet", NULL, "no narration on standard error", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "N round trips, each reply checked, then one line of figures", .number = &options.load.count,
     .min = 1, .max = MEASURE_MAX},
    {0, "one-way", NULL, "N writes in one direction instead, to a server with --sink", .on = &options.load.one_way},
    {'s', "size", "BYTES", "of each of them (64; 1048576 with --one-way)", .number = &options.load.size, .min = 1,
     .max = 1 << 30},
    {0, "spin", NULL, "poll for up to 1 s before sleeping: lower latency, paid with CPU time",
     .on = &options.load.spin},
    {0, "no-welcome", NULL, "the server does not greet", .off = &options.load.welcome},
    {'w', "timeout", "SEC", "the longest wait for a reply (5)", .milliseconds = &options.load.timeout_ms},
    {0},
};

/* socket and connect, with each address of the name until one accepts. Returns the connection.
 * When none accepts, the program ends with a failure. When a signal interrupts connect(2), it ends as done. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(unknown));

    int connection = -1, reason = 0;
    char endpoint[ENDPOINT_TEXT];
    for (struct addrinfo *a = found; a != NULL && !demo_stop; a = a->ai_next) {
        connection = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (connection >= 0 && connect(connection, a->ai_addr, a->ai_addrlen) == 0) {
            endpoint_text(a->ai_addr, a->ai_addrlen, endpoint);
            break;
        }
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
    const int on = 1; /* Nagle's algorithm holds a line back until the line before it is acknowledged */
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!options.quiet) fprintf(stderr, "tcp_client: connected to %s\n", endpoint);
    return connection;
}

/* Ends the program because the connection broke. */
static _Noreturn void fail_broken(const char *call, int error)
{
    const bool reset = error == ECONNRESET || error == EPIPE; /* the server's host is up */
    errx(DEMO_FAILED, "%s: %s (%s)", call, strerror(error),
         reset ? "did the server crash, or was it stopped?" : "are its host and the network up?");
}

/* The conversation: both directions at once. A client that sends everything first and reads
 * afterwards can deadlock: its unread answers fill the buffers, the server blocks in send(2) and
 * stops reading, and then the client blocks in send(2) too. Returns the exit status. */
static int converse(int connection)
{
    static struct typed_text typed;
    static struct shown_text shown;
    int send_error = 0;       /* errno of send(2): the kernel tells it once, then recv(2) returns 0 */
    bool half_closed = false; /* this side of the connection has ended */
    for (;;) {
        size_t line_len = typed_line_length(&typed);
        struct pollfd fds[3] = {
            {.fd = connection, .events = POLLIN},
            {.fd = STDIN_FILENO, .events = POLLIN},
        }; /* the last slot belongs to demo_wait(): the stop pipe */
        if (line_len > 0 && send_error == 0) fds[0].events = POLLIN | POLLOUT;
        if (line_len > 0 || typed.ended)
            fds[1].fd = -1; /* poll(2) ignores it: no more input before this line is sent */
        if (demo_wait(fds, 2, -1) < 0) break;

        if (fds[0].revents & ~POLLOUT) { /* something arrived, or the end, or an error */
            ssize_t n = recv(connection, shown.bytes + shown.len, sizeof shown.bytes - shown.len, 0);
            if (n < 0) fail_broken("receive", errno);
            if (n == 0 && send_error != 0) fail_broken("send", send_error);
            if (n == 0) {
                if (!options.quiet) fprintf(stderr, "tcp_client: the server ended the conversation\n");
                break;
            }
            show_text(&shown, (size_t)n);
        }
        if (fds[0].revents & POLLOUT) { /* the kernel has room */
            size_t wanted = options.newline ? line_len : tcp_without_line_end(typed_line(&typed), line_len);
            ssize_t n = send(connection, typed_line(&typed), wanted, MSG_DONTWAIT); /* takes what fits */
            if (n < 0 && errno != EAGAIN) send_error = errno;
            size_t sent = n > 0 ? (size_t)n : 0;
            typed_sent(&typed, sent == wanted ? line_len : sent); /* the line end may stay unsent */
        }
        if (fds[1].revents) typed_read(&typed);
        if (typed.ended && typed.len == 0 && !half_closed) {
            /* sends FIN; the server reads end of file and can still answer */
            shutdown(connection, SHUT_WR);
            half_closed = true;
        }
    }
    show_rest(&shown);
    if (typed.len > 0) warnx("%zu typed bytes were not sent any more", typed.len);
    return typed.len > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int first = demo_options(argc, argv, &usage, table);
    if (first < argc) options.host = argv[first];
    tcp_load_check(&options.load);

    /* Acquire everything: any failure here is fatal. */
    int connection = connect_to(options.host, options.port);

    /* The model: a conversation, or the measurement of one. */
    int status = options.load.count == 0 ? converse(connection) : measure(connection, &options.load);

    /* Give back. */
    close(connection);
    return demo_end(status);
}
