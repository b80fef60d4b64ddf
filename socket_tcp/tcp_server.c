/* tcp_server - the passive side of a TCP connection: socket, bind, listen; then for each client
 * accept, recv and send until the client ends its side, close.
 *
 * The server sends every byte back, in order, as it comes. While a client is connected it has a
 * thread to itself, so accept(2), recv(2) and send(2) may block: a slow client stops its own thread
 * only. Each thread calls accept(2) itself, on the same listening socket. When the last one that
 * waits there gets a client, it starts another thread (tcp_threads.c).
 *
 * SIGINT and SIGTERM go to main() only, so no call of a serving thread sees EINTR. demo_start()
 * ignores SIGPIPE: send(2) to a broken connection fails (ECONNRESET or EPIPE) and kills nothing.
 *
 *     tcp_server            in one terminal
 *     tcp_client            in another: its sibling, tcp_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "tcp_closing.h"
#include "tcp_proto.h"
#include "tcp_stream.h"
#include "tcp_threads.h"
#include "tcp_tuning.h"

enum { SHOWN = 64 }; /* bytes of a piece that are printed */

static struct {
    const char *address, *port;
    bool welcome, sink, spin, quiet;
} options = {.address = "127.0.0.1", .port = TCP_PORT, .welcome = true};

static const struct demo_usage usage = {
    .purpose = "Greets every TCP client with a line, then sends back every byte it gets. The words exit and close,\n"
               "each as a piece of its own, end the conversation. close is first answered with closed.",
    .example = "tcp_server -p 9999        then, in another terminal: tcp_client -p 9999",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6, on Linux usually IPv4 too",
     .text = &options.address},
    {'p', "port", "PORT", "port to listen on (" TCP_PORT "); 0 takes any free one", .port = &options.port},
    {0, "no-welcome", NULL, "do not greet, for clients that expect nothing before they speak",
     .off = &options.welcome},
    {0, "sink", NULL, "send nothing back but, at the end, the number of bytes that came", .on = &options.sink},
    {0, "spin", NULL, "poll for up to 1 ms before sleeping: lower latency, paid with CPU time", .on = &options.spin},
    {'q', "quiet", NULL, "only the first and the last line", .on = &options.quiet},
    {0},
};

/* Prints the beginning of a received piece, as one line though many threads print. */
static void print_piece(const struct connection *c, const char *piece, size_t len)
{
    flockfile(stdout);
    printf("%s %zu byte%s: ", c->client, len, len == 1 ? "" : "s");
    demo_put_text(stdout, piece, len < SHOWN ? len : SHOWN, "");
    puts(len > SHOWN ? "..." : "");
    funlockfile(stdout);
}

static int listener; /* the listening socket; it never changes once the threads run */

/* socket, bind, listen on the first address of the name that allows it. Ends the program when none
 * does. */
static int listen_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));

    int fd = -1, reason = 0;
    const int on = 1; /* without SO_REUSEADDR, TIME-WAIT connections keep the port for a minute */
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0) tune_connections(fd, options.sink); /* tcp(7): SO_RCVBUF before listen(2) */
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
            break;
        reason = errno;
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd < 0) errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    return fd;
}

/* send(2) until the kernel has all bytes. Blocks while this socket's buffer is full. A client that
 * does not read fills its own buffer, then this one: that is TCP's flow control. Counts the bytes
 * that the kernel did not take. Returns false when the connection is broken, see errno. */
static bool send_to_client(struct connection *c, const char *bytes, size_t len)
{
    size_t sent = send_full(c->fd, bytes, len);
    c->undelivered += len - sent;
    return sent == len;
}

/* The conversation with one client: a greeting, then recv and send until the client ends its side.
 * Returns how it ended, as a text that stays valid. */
static const char *serve_client(struct connection *c)
{
    char piece[TCP_PIECE];
    if (options.welcome && !send_to_client(c, TCP_WELCOME, strlen(TCP_WELCOME))) return strerror(errno);
    if (options.sink) return serve_sink(c, piece, options.spin); /* measures one direction */
    for (;;) {
        ssize_t n;
        if (!options.spin) n = recv(c->fd, piece, sizeof piece, 0);
        else n = recv_spinning(c->fd, piece, sizeof piece);
        if (n < 0) return strerror(errno); /* ECONNRESET: aborted; ETIMEDOUT: its host is silent */
        if (n == 0) return how_it_ended(); /* the client's FIN, or SHUT_RD in threads_end() */
        size_t len = (size_t)n;
        c->received += len;
        if (!options.quiet) print_piece(c, piece, len);

        /* exit has no answer; close is answered with closed. Simplification: each piece is taken for a
         * message, which TCP does not promise (tcp_proto.h). */
        enum tcp_word word = tcp_word_of(piece, len);
        if (word == WORD_CLOSE) len = tcp_answer_close(piece, len);
        if (word != WORD_EXIT && !send_to_client(c, piece, len)) return strerror(errno);
        if (word != WORD_NONE) {
            half_close_and_drain(c->fd); /* a close(2) with unread bytes could destroy the answer */
            return "was let go";
        }
    }
}

/* The accept loop. Every thread runs it, and serves one client at a time. */
static void *accept_clients(void *unused)
{
    (void)unused;
    for (bool stay = true; stay;) {
        struct sockaddr_storage address;
        socklen_t address_len = sizeof address;
        int fd = accept(listener, (struct sockaddr *)&address, &address_len);
        if (fd < 0 && threads_ending()) break;
        if (fd < 0) {
            pause_after_failed_accept(errno); /* too many open files, mostly */
            continue;
        }
        struct connection c = {.fd = fd};
        endpoint_text(&address, address_len, c.client);
        connection_opened(&c); /* another thread takes this one's place in accept(2) */
        if (!options.quiet) printf("%s connected\n", c.client);
        const char *how = serve_client(&c);
        if (threads_ending()) wait_until_acknowledged(&c); /* close(2) could reset what it must get */
        if (!options.quiet) printf("%s %s after %llu bytes\n", c.client, how, c.received);
        stay = connection_done(&c); /* false: enough other threads wait in accept(2) */
        close(fd);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal, but for the file limit. */
    threads_raise_limit(); /* each client needs a file descriptor */
    listener = listen_on(options.address, options.port);
    start_first_thread(accept_clients); /* it serves no client before begin_serving() */
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(listener, endpoint));

    /* The model: the threads accept and serve the clients. main() waits for the signal to stop, and
     * starts a thread that the kernel refused before. */
    begin_serving();
    struct pollfd stop[1]; /* this slot belongs to demo_wait(): the stop pipe */
    while (demo_wait(stop, 0, THREADS_RETRY_MS) >= 0) start_missing_thread();

    /* Give back, in reverse: the conversations, then the rest. */
    struct threads_totals total = threads_end(listener);
    close(listener);
    printf("served %zu client%s, %llu bytes received, %llu bytes undelivered\n", total.clients,
           total.clients == 1 ? "" : "s", total.received, total.undelivered);
    return demo_end(total.undelivered > 0 ? DEMO_FAILED : DEMO_DONE);
}
