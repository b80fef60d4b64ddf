/* tcp_measure.c - what tcp_client -n does: round trips and a stream in one direction. The calls
 * here block, but no longer than a timeout (SO_RCVTIMEO, SO_SNDTIMEO): a poll(2) before each would
 * be one system call more. */
#include "../common/measure.h"

#include "tcp_measure.h"
#include "tcp_stream.h"

#include <sched.h>

enum {
    SPIN_NS = 1000 * 1000 * 1000, /* of --spin */
    SLICE_MS = 200,               /* longest block of recv(2): a signal just before the call does not interrupt it */
};

void tcp_load_check(struct tcp_load *load)
{
    if (load->count == 0 && (load->one_way || load->size || load->spin || !load->welcome || load->timeout_ms >= 0))
        errx(DEMO_USAGE, "--one-way, --spin, --no-welcome, -s and -w go with -n; try: tcp_client --help");
    if (load->timeout_ms < 0) load->timeout_ms = 5000;
    if (load->size == 0) load->size = load->one_way ? 1 << 20 : 64;
}

/* recv(2) with a deadline: errno is EAGAIN after the timeout, EINTR when the program should stop.
 * With --spin it asks again and again at first: a process that does not sleep need not be woken. */
static ssize_t recv_in_time(int fd, char *bytes, size_t len, const struct tcp_load *load)
{
    const int64_t start = demo_now_ns(), timeout_ns = load->timeout_ms * INT64_C(1000000);
    for (int64_t now = start;;) {
        const bool spinning = load->spin && now - start < SPIN_NS;
        ssize_t n = recv(fd, bytes, len, spinning ? MSG_DONTWAIT : 0);
        if (n >= 0 || (errno != EAGAIN && errno != EINTR)) return n;
        now = demo_now_ns();
        if (demo_stop || now - start >= timeout_ns) break;
        if (spinning) sched_yield(); /* others may run, too */
    }
    errno = demo_stop ? EINTR : EAGAIN;
    return -1;
}

/* Sends `size` bytes and receives as many, in turns when they do not fit into the kernel's buffers:
 * an echo server stops reading while its client does not read. Returns false on an error, and at
 * the end of the stream, with errno 0. */
static bool round_trip(int fd, const char *out, char *in, const struct tcp_load *load)
{
    for (size_t sent = 0, received = 0; received < load->size;) {
        ssize_t n = sent < load->size ? send(fd, out + sent, load->size - sent, MSG_DONTWAIT) : 0;
        if (n > 0) sent += (size_t)n;
        if (n < 0 && errno != EAGAIN) return false;
        n = recv_in_time(fd, in + received, load->size - received, load);
        if (n == 0) errno = 0;
        if (n <= 0) return false;
        received += (size_t)n;
    }
    return true;
}

static void set_timeouts(int fd, int timeout_ms)
{
    int slice_ms = timeout_ms < SLICE_MS ? timeout_ms : SLICE_MS;
    struct timeval receive = {.tv_usec = slice_ms * 1000L + 1}; /* not 0: that would be no timeout */
    struct timeval send = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L + 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send);
}

/* Prints why the measurement ended early, from errno; `hint` is the likely cause of silence. */
static void explain_failure(const char *what, const char *hint)
{
    if (errno == EAGAIN) warnx("%s: no answer in time (%s)", what, hint);
    else if (errno == 0) warnx("%s: the server ended the conversation", what);
    else if (errno != EINTR) warn("%s", what); /* EINTR: the program was asked to stop */
}

/* Receives the server's first line, byte by byte: what follows it belongs to the measurement. */
static bool skip_welcome(int fd, const struct tcp_load *load)
{
    for (char c = 0; c != '\n';) {
        ssize_t n = recv_in_time(fd, &c, 1, load);
        if (n == 0) errno = 0;
        if (n <= 0) {
            explain_failure("welcome", "a server that does not greet is measured with --no-welcome");
            return false;
        }
    }
    return true;
}

static int measure_round_trips(int connection, const struct tcp_load *load)
{
    const size_t count = load->count, size = load->size;
    set_timeouts(connection, load->timeout_ms);
    if (load->welcome && !skip_welcome(connection, load) && !demo_stop) return DEMO_FAILED;
    char *out = malloc(size), *in = malloc(size);
    if (out == NULL || in == NULL) err(DEMO_FAILED, "-s %zu", size);
    memset(out, 'x', size);

    struct measure m;
    measure_begin(&m, count);
    while (m.sent < count && !demo_stop) {
        memcpy(out, &m.sent, size < sizeof m.sent ? size : sizeof m.sent); /* each differs from the one before it */
        int64_t start = demo_now_ns();
        m.sent++;
        if (!round_trip(connection, out, in, load)) {
            if (errno == EINTR) m.sent--; /* asked to stop: that message is not lost */
            else explain_failure("message", "does this server echo?");
            break;
        }
        int64_t rtt = demo_now_ns() - start;
        if (memcmp(out, in, size) != 0) {
            warnx("message %zu came back changed (is this an echo server?)", m.sent);
            break;
        }
        measure_reply(&m, rtt);
    }
    free(in);
    free(out);
    return measure_end(&m);
}

static int measure_one_way(int connection, const struct tcp_load *load)
{
    const size_t count = load->count, size = load->size;
    set_timeouts(connection, load->timeout_ms);
    if (load->welcome && !skip_welcome(connection, load)) return demo_stop ? DEMO_DONE : DEMO_FAILED;
    char *out = calloc(1, size);
    if (out == NULL) err(DEMO_FAILED, "-s %zu", size);

    int64_t start = demo_now_ns();
    size_t writes = 0;
    unsigned long long taken = 0; /* bytes, those of an unfinished last write included */
    for (size_t n = size; writes < count && n == size && !demo_stop; writes += n == size) {
        n = send_full(connection, out, size);
        taken += n;
        if (n < size) explain_failure("write", "was the server started with --sink?");
    }
    free(out);

    shutdown(connection, SHUT_WR); /* the server now knows that it has everything */
    char answer[32] = "";
    size_t len = 0;
    for (ssize_t n = 1; len < sizeof answer - 1 && n > 0; len += n > 0 ? (size_t)n : 0)
        n = recv_in_time(connection, answer + len, sizeof answer - 1 - len, load);
    double seconds = (double)(demo_now_ns() - start) / 1e9;

    char *end;
    unsigned long long received = strtoull(answer, &end, 10);
    if (end == answer || strcmp(end, "\n") != 0) {
        if (!demo_stop) warnx("the server did not say how much it received (was it started with --sink?)");
        else printf("%zu writes of %zu bytes sent, stopped before the server counted them\n", writes, size);
        return demo_stop ? DEMO_DONE : DEMO_FAILED;
    }
    printf("%zu writes of %zu bytes sent, %llu bytes received, %.1f MB/s\n", writes, size, received,
           (double)received / seconds / 1e6);
    return (writes == count || demo_stop) && received == taken ? DEMO_DONE : DEMO_FAILED;
}

int measure(int connection, const struct tcp_load *load)
{
    return load->one_way ? measure_one_way(connection, load) : measure_round_trips(connection, load);
}
