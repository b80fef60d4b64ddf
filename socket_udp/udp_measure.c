/* udp_measure.c - what udp_client -n does: round trips, and datagrams in one direction. recv(2)
 * blocks here, but no longer than a slice of the timeout (SO_RCVTIMEO): a poll(2) before it would
 * be one system call more. */
#include "../common/measure.h"

#include "udp_datagram.h"
#include "udp_measure.h"
#include "udp_proto.h"

#include <sched.h>

enum {
    SPIN_NS = 1000 * 1000 * 1000, /* of --spin */
    SLICE_MS = 200,               /* longest block of recv(2): a signal just before the call does not interrupt it */
    SILENT_IN_A_ROW = 5,          /* after so many datagrams without a reply there is nothing to measure */
};

void udp_load_check(struct udp_load *load, const char *text)
{
    if (load->count > 0 && text != NULL)
        errx(DEMO_USAGE, "%s: -n makes its own datagrams; try: udp_client --help", text);
    if (load->count == 0 && (load->one_way || load->size > 0 || load->spin))
        errx(DEMO_USAGE, "--one-way, --spin and -s go with -n; try: udp_client --help");
    if (load->size == 0) load->size = 64;
}

/* Waits for the echo of `out`, which was sent at `start`. Late and repeated echoes of earlier
 * datagrams are skipped. With `spin` it asks again and again at first: a process that does not
 * sleep need not be woken, and waking up is most of a short round trip. Returns 0, else an errno:
 * EAGAIN when no reply came in time, EBADMSG when a reply is no echo, EINTR when the program should
 * stop. */
static int receive_echo(int sock, const char *out, size_t size, bool spin, int64_t start, int64_t timeout_ns)
{
    static char in[UDP_BUFFER];
    for (int64_t now = start;;) {
        const bool spinning = spin && now - start < SPIN_NS;
        ssize_t n = recv(sock, in, sizeof in, spinning ? MSG_DONTWAIT : 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR) return errno; /* EINTR: Ctrl-C, but also Ctrl-Z and fg */
        if (n >= 0) {
            uint32_t number;
            if ((size_t)n == size && memcmp(in, out, size) == 0) return 0;
            if (!udp_get_number(in, (size_t)n, &number) || number >= udp_get_uint32(out + 4)) return EBADMSG;
        }
        if (demo_stop) return EINTR;
        if ((now = demo_now_ns()) - start >= timeout_ns) return EAGAIN;
        if (spinning) sched_yield(); /* others may run, too */
    }
}

/* The round trips with one address. Returns 0, or the errno that ended them. */
static int round_trips(int sock, struct measure *m, char *out, size_t count, size_t size, bool spin, int timeout_ms)
{
    int problem = 0;
    set_receive_timeout(sock, timeout_ms / (timeout_ms / SLICE_MS + 1) + 1); /* equal parts, none above a slice */
    for (int silent = 0; m->sent < count && silent < SILENT_IN_A_ROW && !demo_stop;) {
        udp_put_number(out, (uint32_t)m->sent++);
        int64_t start = demo_now_ns();
        if (send(sock, out, size, 0) < 0) return errno;
        problem = receive_echo(sock, out, size, spin, start, timeout_ms * INT64_C(1000000));
        if (problem == 0) measure_reply(m, demo_now_ns() - start);
        else if (problem != EAGAIN) return problem;
        silent = problem == 0 ? 0 : silent + 1;
    }
    return problem;
}

/* Prints why the measurement ended early. EINTR is no failure: the program was asked to stop. */
static void explain_failure(int sock, int problem)
{
    char peer[ENDPOINT_TEXT];
    udp_peer_of(sock, peer);
    const char *hint = problem == EAGAIN         ? "no reply in time: does that server send any?"
                       : problem == ECONNREFUSED ? "is udp_server running?"
                       : problem == EBADMSG      ? "a reply was not what was sent: is that an echo server?"
                                                 : "is there a network to that host?";
    if (problem != 0 && problem != EINTR) warnx("%s: %s (%s)", peer, strerror(problem), hint);
}

/* A datagram whose number is not set yet. The caller frees it. */
static char *new_datagram(size_t size)
{
    char *datagram = malloc(size);
    if (datagram == NULL) err(DEMO_FAILED, "-s %zu", size);
    memset(datagram, 'x', size);
    return datagram;
}

static int measure_round_trips(const struct udp_peer_addresses *server, const struct udp_load *load, int timeout_ms)
{
    const size_t count = load->count, size = load->size;
    char *out = new_datagram(size);
    struct measure m;
    measure_begin(&m, count);
    for (size_t at = 0; at < server->count; at++) {
        m.sent = 0;
        int problem = round_trips(server->sockets[at], &m, out, count, size, load->spin, timeout_ms);
        if (problem == ECONNREFUSED && m.received == 0 && at + 1 < server->count) continue;
        if (problem == EINTR) m.sent--; /* asked to stop: that datagram is not lost */
        explain_failure(server->sockets[at], problem);
        break;
    }
    free(out);
    return measure_end(&m);
}

/* Sends all datagrams to one address, as fast as it goes. Returns 0, or the errno that ended it. */
static int send_all(int sock, char *out, size_t count, size_t size, size_t *sent)
{
    for (*sent = 0; *sent < count && !demo_stop; ++*sent) {
        udp_put_number(out, (uint32_t)*sent);
        if (send(sock, out, size, 0) < 0) return errno;
    }
    int problem = 0; /* the next call reports a refusal, and after the last datagram there is none */
    socklen_t len = sizeof problem;
    getsockopt(sock, SOL_SOCKET, SO_ERROR, &problem, &len);
    return problem;
}

static int measure_one_way(const struct udp_peer_addresses *server, const struct udp_load *load)
{
    const size_t count = load->count, size = load->size;
    char *out = new_datagram(size);
    int problem = ECONNREFUSED;
    size_t sent = 0, at = 0;
    int64_t start = 0;
    for (; at < server->count && problem == ECONNREFUSED; at++) {
        start = demo_now_ns();
        problem = send_all(server->sockets[at], out, count, size, &sent);
    }
    double seconds = (double)(demo_now_ns() - start) / 1e9;
    explain_failure(server->sockets[at - 1], problem);
    printf("%zu datagrams of %zu bytes sent, %.0f datagrams/s, %.1f MB/s\n", sent, size, (double)sent / seconds,
           (double)(sent * size) / seconds / 1e6);
    free(out);
    return problem == 0 || problem == EINTR ? DEMO_DONE : DEMO_FAILED;
}

int measure(const struct udp_peer_addresses *server, const struct udp_load *load, int timeout_ms)
{
    return load->one_way ? measure_one_way(server, load) : measure_round_trips(server, load, timeout_ms);
}
