/* udp_client - the active side of UDP: socket, connect; then for each datagram send, wait for the
 * reply with a deadline, recv.
 *
 * connect(2) sends nothing here: it notes the server's address in the socket. From then on the
 * kernel delivers only datagrams from that address, and reports an ICMP "port unreachable" as
 * ECONNREFUSED, at a later call.
 *
 * A reply may never come, so the wait has an end. Silence does not tell why: the datagram
 * was lost, or its reply was, or the server does not answer. ECONNREFUSED does: the host, or a
 * firewall, reported that nothing receives there.
 *
 *     udp_server            in one terminal: its sibling, udp_server.c
 *     udp_client            in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "../common/options.h"
#include "udp_datagram.h"
#include "udp_input.h"
#include "udp_late.h"
#include "udp_measure.h"
#include "udp_proto.h"

#include <limits.h>

enum outcome { ANSWERED, SILENT, REFUSED, FAILED, STOPPED, OUTCOMES }; /* of one datagram */

static struct {
    const char *host, *port;
    bool quiet;
    int timeout_ms;
    struct udp_load load; /* of -n */
} options = {.host = "localhost", .port = UDP_PORT, .timeout_ms = 1000};

static const struct demo_usage usage = {
    .arguments = "[HOST [TEXT...]]",
    .most = INT_MAX,
    .purpose = "Sends each TEXT, or else each line of standard input, to HOST (localhost) as one UDP datagram,\n"
               "and waits for the reply to it.",
    .example = "printf 'hola\\nadios\\n' | udp_client -p 12345 localhost",
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "the server's port (" UDP_PORT ")", .port = &options.port, .min = 1},
    {'w', "timeout", "SEC", "how long to wait for a reply (1)", .milliseconds = &options.timeout_ms},
    {'q', "quiet", NULL, "only the last line", .on = &options.quiet},
    {.help = "Measuring:"},
    {'n', "count", "N", "N round trips, each reply checked, then one line of figures", .number = &options.load.count,
     .min = 1, .max = MEASURE_MAX},
    {0, "one-way", NULL, "N datagrams as fast as they go instead; udp_server --no-reply -q counts them",
     .on = &options.load.one_way},
    {'s', "size", "BYTES", "of each of them (64)", .number = &options.load.size, .min = UDP_NUMBERED,
     .max = UDP_MOST},
    {0, "spin", NULL, "poll for up to 1 s before sleeping: lower latency, paid with CPU time",
     .on = &options.load.spin},
    {0},
};

static struct udp_peer_addresses server;
static struct udp_memory sent; /* what was sent before, to recognise late replies */

/* socket and connect for each address of the name. connect(2) succeeds even where no server is:
 * only the answer to a datagram shows that. So all sockets are kept. Ends the program without one. */
static void connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo(host, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(unknown));

    int reason = 0; /* most often: a machine without IPv6 */
    for (struct addrinfo *a = found; a != NULL && server.count < UDP_ADDRESSES; a = a->ai_next) {
        int sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && connect(sock, a->ai_addr, a->ai_addrlen) == 0) {
            server.sockets[server.count++] = sock;
            continue;
        }
        reason = errno;
        if (sock >= 0) close(sock);
    }
    freeaddrinfo(found);
    if (server.count == 0)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is there a network to that host?)", host, port, strerror(reason));
}

/* The model: sends one datagram and waits for its reply. The server need not be an echo server: any
 * datagram is the reply, unless it repeats an earlier line and not this one. */
static enum outcome ask(int sock, const struct datagram *line)
{
    static char reply[UDP_BUFFER];
    const size_t len = line->len < LINES_ROOM ? line->len : LINES_ROOM; /* of a longer line: send(2) gives EMSGSIZE */
    ssize_t n = send(sock, line->bytes, len, 0);
    /* The error is about an earlier datagram, reported now. This one was not sent: once more. */
    if (n < 0 && errno == ECONNREFUSED) n = send(sock, line->bytes, len, 0);
    if (n < 0) return errno == ECONNREFUSED ? REFUSED : errno == EINTR ? STOPPED : FAILED;

    const int64_t deadline = demo_now_ns() + options.timeout_ms * INT64_C(1000000);
    for (;;) {
        int64_t left = deadline - demo_now_ns();
        if (left <= 0) return SILENT;
        struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}}; /* the last is demo_wait()'s */
        if (demo_wait(fds, 1, (int)(left / 1000000) + 1) < 0) return STOPPED;
        /* MSG_DONTWAIT: a bad checksum can leave nothing to read after poll(2), see select(2). */
        n = recv(sock, reply, sizeof reply, MSG_DONTWAIT);
        if (n < 0 && errno == ECONNREFUSED) return REFUSED;
        if (n < 0 && errno != EAGAIN) return FAILED;
        if (n < 0) continue;
        enum udp_reply kind = udp_classify(&sent, line, reply, (size_t)n);
        if (!options.quiet) show_reply(sock, kind, reply, (size_t)n);
        if (kind != UDP_LATE) return ANSWERED;
    }
}

/* Says why there was no reply. `error` is the errno of FAILED. */
static void explain(enum outcome outcome, int error, const struct datagram *line)
{
    char peer[ENDPOINT_TEXT];
    if (outcome == SILENT)
        warnx("no reply from %s within %g s (lost on the way, or a server that sends none)",
              udp_peer_of(server.sockets[server.current], peer), options.timeout_ms / 1e3);
    else if (outcome == REFUSED)
        warnx("%s:%s: %s (is udp_server running? start it with: udp_server -p %s)", options.host, options.port,
              strerror(ECONNREFUSED), options.port);
    else if (outcome == FAILED && error == EMSGSIZE)
        warnx("%zu bytes: %s (%d is the most over IPv4: cut it into several, or use TCP)", line->len, strerror(error),
              UDP_MOST);
    else if (outcome == FAILED) warnx("%s:%s: %s", options.host, options.port, strerror(error));
}

/* Asks the current address of the server, and the next ones while they refuse or cannot be reached:
 * localhost is ::1 as well as 127.0.0.1, and the server has one of them.
 * Simplification: an address that is only silent is not left for the next. */
static enum outcome ask_until_not_refused(const struct datagram *line)
{
    enum outcome outcome = REFUSED;
    int error = 0;
    for (size_t tries = 0; tries < server.count; tries++) {
        outcome = ask(server.sockets[server.current], line);
        error = errno;
        const bool too_long = error == EMSGSIZE; /* IPv4 and IPv6 differ by 20 bytes only */
        const bool try_next = outcome == REFUSED || (outcome == FAILED && !too_long);
        if (!try_next) break;
        server.current = (server.current + 1) % server.count;
    }
    explain(outcome, error, line);
    if (outcome != FAILED) udp_remember(&sent, line->bytes, line->len);
    return outcome;
}

/* Waits for the next line of standard input. Returns false at the end. Shows what arrives
 * meanwhile: it answers an earlier line, so it is late, or a second reply. */
static bool next_line(struct datagram *line)
{
    static char late[UDP_BUFFER];
    static struct lines input;
    while (!input_line(line, &input)) {
        if (input.ended) return false;
        int sock = server.sockets[server.current];
        struct pollfd fds[3] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = sock, .events = POLLIN}};
        if (demo_wait(fds, 2, -1) < 0) return false; /* it has the last slot: the stop pipe */
        ssize_t n = fds[1].revents ? recv(sock, late, sizeof late, MSG_DONTWAIT) : -1;
        if (n >= 0 && !options.quiet) show_reply(sock, UDP_LATE, late, (size_t)n);
        if (fds[0].revents) lines_read(&input);
    }
    return true;
}

/* One datagram for each text, or else for each line of standard input. Returns the exit status. */
static int converse(char **texts)
{
    struct datagram line;
    const bool given = *texts != NULL;
    size_t count[OUTCOMES] = {0};
    while (!demo_stopping() && (given ? input_text(&line, &texts) : next_line(&line)))
        count[ask_until_not_refused(&line)]++;
    printf("%zu answered, %zu without reply, %zu refused, %zu failed\n", count[ANSWERED], count[SILENT],
           count[REFUSED], count[FAILED]);
    return count[SILENT] + count[REFUSED] + count[FAILED] > 0 ? DEMO_FAILED : DEMO_DONE;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    char **arguments = argv + demo_options(argc, argv, &usage, table);
    if (*arguments != NULL) options.host = *arguments++;
    udp_load_check(&options.load, *arguments);

    /* Acquire everything: any failure here is fatal. */
    connect_to(options.host, options.port);

    /* The model: datagrams and their replies, or the measurement of them. */
    int status = options.load.count == 0 ? converse(arguments) : measure(&server, &options.load, options.timeout_ms);

    /* Give back. The server is not told: there is no connection. */
    while (server.count > 0) close(server.sockets[--server.count]);
    return demo_end(status);
}
