/* tcp_server - the passive side of a TCP connection: socket, bind, listen; accept, recv, send and close with each client.
 *
 * It echoes every byte in order as it comes. Every client has a thread of its own, in which accept(2), recv(2) and
 * send(2) may simply block: whoever is slow, silent or gone holds up nobody else. An idle conversation costs 12 KiB.
 *
 *     tcp_server            in one terminal
 *     tcp_client            in another: its sibling, tcp_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "tcp_proto.h"
#include "tcp_stream.h"
#include "tcp_threads.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

enum {
    SPIN_NS = 1000 * 1000, /* how long --spin polls before it sleeps after all */
    FULL_PAUSE_MS = 100,   /* between two looks whether there is room again */
    SINK_WINDOW = 1 << 20, /* of --sink: what is under way fits a core's cache, and is copied while it is there */
    SHOWN = 64,            /* bytes of a piece that are printed */
};

static struct {
    const char *address, *port;
    bool welcome, sink, spin, quiet;
} options = {.address = "127.0.0.1", .port = TCP_PORT, .welcome = true};

static const struct demo_usage usage = {
    .purpose = "Greets every TCP client with a line, then sends back every byte it gets. A piece that is the word\n"
               "exit ends that conversation, close is answered with closed first.",
    .example = "tcp_server -p 9999        then, in another terminal: tcp_client -p 9999",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1); :: is all of IPv6 and IPv4", .text = &options.address},
    {'p', "port", "PORT", "port to listen on (" TCP_PORT "); 0 takes any free one", .port = &options.port},
    {0, "no-welcome", NULL, "do not greet, for clients that expect nothing before they speak",
     .off = &options.welcome},
    {0, "sink", NULL, "send nothing back but, at the end, the number of bytes that came", .on = &options.sink},
    {0, "spin", NULL, "poll for up to 1 ms before sleeping: lower latency, paid with CPU time", .on = &options.spin},
    {'q', "quiet", NULL, "only the first and the last line", .on = &options.quiet},
    {0},
};

static int listener; /* never changes once the threads run */

/* socket, bind, listen on the first address of the name that allows it. Never returns without a listening socket. */
static int listen_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));

    int fd = -1, reason = 0;
    const int window = SINK_WINDOW;
    const int on = 1; /* of SO_REUSEADDR: else the port of old conversations is in use for a while, see TIME-WAIT */
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
            bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
            break;
        reason = errno;
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd < 0) errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    if (options.sink) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window); /* its clients inherit it */
    return fd;
}

/* Prints the beginning of what came, as one line though many threads print. */
static void show(const struct conversation *c, const char *piece, size_t len)
{
    flockfile(stdout);
    printf("%s %zu byte%s: ", c->client, len, len == 1 ? "" : "s");
    demo_put_text(stdout, piece, len < SHOWN ? len : SHOWN, "");
    puts(len > SHOWN ? "..." : "");
    funlockfile(stdout);
}

/* recv(2) that first asks for up to `spin_ns` again and again, giving way to other programs in between: a thread that
 * does not sleep need not be woken, and that is most of a short round trip. 0 sleeps at once. */
static ssize_t recv_spinning(int fd, char *bytes, size_t len, int64_t spin_ns)
{
    if (spin_ns > 0) {
        for (int64_t until = demo_now_ns() + spin_ns; demo_now_ns() < until; sched_yield()) {
            ssize_t n = recv(fd, bytes, len, MSG_DONTWAIT);
            if (n >= 0 || errno != EAGAIN) return n;
        }
    }
    return recv(fd, bytes, len, 0); /* never EINTR: signals are for main() */
}

/* Blocks while the peer does not read: TCP's own flow control. False when the peer is gone, see errno. */
static bool answer(struct conversation *c, const char *bytes, size_t len)
{
    size_t sent = send_full(c->fd, bytes, len);
    c->undelivered += len - sent;
    return sent == len;
}

/* Our side is over, the peer may still be speaking. Closing with its bytes unread would make the kernel send a reset,
 * which can overtake and destroy what we said last: so wait for its end too, for a while, however much it has to say. */
static const char *take_leave(int fd, char *piece)
{
    struct pollfd peer = {.fd = fd, .events = POLLIN};
    const int64_t until = demo_now_ns() + THREADS_LINGER_SECONDS * INT64_C(1000000000);
    shutdown(fd, SHUT_WR);
    for (int64_t left; (left = until - demo_now_ns()) > 0 && poll(&peer, 1, (int)(left / 1000000) + 1) > 0;)
        if (recv(fd, piece, TCP_PIECE, MSG_DONTWAIT) <= 0) break;
    return "was let go";
}

/* The model, as one client sees it: a greeting, then every byte back until it ends its side. Returns how it ended. */
static const char *converse(struct conversation *c)
{
    char piece[TCP_PIECE], text[32];
    if (options.welcome && !answer(c, TCP_WELCOME, strlen(TCP_WELCOME))) return strerror(errno);
    for (;;) {
        ssize_t n = recv_spinning(c->fd, piece, sizeof piece, options.spin ? SPIN_NS : 0);
        if (n < 0) return strerror(errno); /* ECONNRESET, ETIMEDOUT: it disappeared */
        if (n == 0) break;                 /* it ended its side; ours goes on until all is answered */
        size_t len = (size_t)n;
        c->received += len;
        if (options.sink) continue;
        if (!options.quiet) show(c, piece, len);
        switch (tcp_word_of(piece, len)) {
        case WORD_EXIT: return take_leave(c->fd, piece);
        case WORD_CLOSE: /* answered alone, with the line end that the word came with */
            n = snprintf(text, sizeof text, "closed%.*s", (int)(len - strlen("close")), piece + strlen("close"));
            return answer(c, text, (size_t)n) ? take_leave(c->fd, piece) : strerror(errno);
        case WORD_NONE:
            if (!answer(c, piece, len)) return strerror(errno);
        }
    }
    if (options.sink) answer(c, text, (size_t)snprintf(text, sizeof text, "%llu\n", c->received));
    return "left";
}

/* accept(2), for ever if need be. False when we were asked to stop. */
static bool accept_client(struct conversation *c)
{
    struct sockaddr_storage peer;
    socklen_t peer_len = sizeof peer;
    static atomic_bool said;
    while ((c->fd = accept(listener, (struct sockaddr *)&peer, &peer_len)) < 0) {
        if (threads_ending()) return false;
        if (errno == ECONNABORTED) continue; /* it left before we came to it */
        if (!atomic_exchange(&said, true))   /* EMFILE, mostly */
            warnx("accept: %s: others wait until a client leaves (more at once: ulimit -n)", strerror(errno));
        poll(NULL, 0, FULL_PAUSE_MS);
    }
    endpoint_text(&peer, peer_len, c->client);
    const int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* an answer is not held back to be joined by more */
    setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); /* a host that vanished is noticed, some time */
    return true;
}

/* True when the peer has broken off the connection: a reset came, and the kernel holds it for closed. */
static bool is_gone(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_state == TCP_CLOSE;
}

/* We were asked to stop, and everything is answered: waits until the peer's kernel has all of it, for a while. Should the
 * peer still be sending, close(2) is a reset, which would throw away what is still on its way. */
static void let_arrive(struct conversation *c)
{
    int on_its_way = 0;
    const int64_t until = demo_now_ns() + THREADS_LINGER_SECONDS * INT64_C(1000000000);
    while (!is_gone(c->fd) && ioctl(c->fd, SIOCOUTQ, &on_its_way) == 0 && on_its_way > 0 && demo_now_ns() < until)
        poll(NULL, 0, 1);
    /* What somebody who is gone would not have is not our loss. */
    c->undelivered = is_gone(c->fd) ? 0 : c->undelivered + (size_t)on_its_way;
}

/* One thread: waits for a client, keeps it until the end of the conversation, waits for the next one. */
static void *serve(void *unused)
{
    (void)unused;
    struct conversation c = {0};
    while (accept_client(&c)) {
        threads_enter(&c);
        if (!options.quiet) printf("%s connected\n", c.client);
        const char *how = converse(&c);
        if (threads_ending()) let_arrive(&c);
        if (!options.quiet) printf("%s %s after %llu bytes\n", c.client, how, c.received);
        if (!threads_leave(&c)) return NULL;
        c = (struct conversation){0};
    }
    return NULL;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal. */
    threads_raise_limit();
    listener = listen_on(options.address, options.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(listener, endpoint));

    /* The model: threads that wait in accept(2), each with one client at a time. This one waits for the signal to stop. */
    threads_start(serve);
    while (demo_wait((struct pollfd[1]){{0}}, 0, -1) >= 0) continue;

    /* Give back, in reverse: the conversations, then the rest. */
    struct threads_totals total = threads_end(listener);
    close(listener);
    printf("served %zu client%s, %llu bytes received, %llu bytes undelivered\n", total.clients,
           total.clients == 1 ? "" : "s", total.received, total.undelivered);
    return demo_end(total.undelivered > 0 ? DEMO_FAILED : DEMO_DONE);
}
