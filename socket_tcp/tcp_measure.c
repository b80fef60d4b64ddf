/* tcp_measure.c - see tcp_measure.h. These calls block, for no more than a timeout. */
#include "../common/measure.h"

#include "tcp_measure.h"
#include "tcp_stream.h"

#include <sched.h>

enum {
    SPIN_NS = 1000 * 1000 * 1000, /* of --spin */
    SLICE_MS = 200,               /* a signal just before recv(2) blocks would not end it: it looks up this often */
};

/* recv(2) with an end: errno is EAGAIN after the timeout, EINTR when we should stop. With --spin it asks again and again
 * at first, giving way to other programs in between: who does not sleep need not be woken. */
static ssize_t recv_in_time(int fd, char *bytes, size_t len, const struct tcp_load *load)
{
    const int64_t start = demo_now_ns(), timeout_ns = load->timeout_ms * INT64_C(1000000);
    for (int64_t now = start;;) {
        const bool spinning = load->spin && now - start < SPIN_NS;
        ssize_t n = recv(fd, bytes, len, spinning ? MSG_DONTWAIT : 0);
        if (n >= 0 || (errno != EAGAIN && errno != EINTR)) return n;
        now = demo_now_ns();
        if (demo_stop || now - start >= timeout_ns) break;
        if (spinning) sched_yield();
    }
    errno = demo_stop ? EINTR : EAGAIN;
    return -1;
}

/* Sends `size` bytes and reads as many, by turns where they do not fit into the kernel's buffers: a server that echoes
 * stops reading while we do not read. False on an error or, with errno 0, at the end of the stream. */
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
    struct timeval receive = {.tv_usec = slice_ms * 1000L + 1}; /* 0 would be for ever, here and below */
    struct timeval send = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000L + 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send);
}

/* Says why the connection did not go on, from errno; `hint` is what a silent server most likely lacks. */
static void complain(const char *what, const char *hint)
{
    if (errno == EAGAIN) warnx("%s: no answer in time (%s)", what, hint);
    else if (errno == 0) warnx("%s: the server ended the conversation", what);
    else if (errno != EINTR) warn("%s", what); /* EINTR: we were asked to stop */
}

/* Reads the server's first line. */
static bool skip_welcome(int fd, const struct tcp_load *load)
{
    for (char c = 0; c != '\n';) {
        ssize_t n = recv_in_time(fd, &c, 1, load);
        if (n == 0) errno = 0;
        if (n <= 0) {
            complain("welcome", "a server that does not greet is measured with --no-welcome");
            return false;
        }
    }
    return true;
}

int measure_round_trips(int connection, const struct tcp_load *load)
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
            if (errno == EINTR) m.sent--; /* asked to stop: nobody waits for that answer any more */
            else complain("message", "does this server echo?");
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

int measure_one_way(int connection, const struct tcp_load *load)
{
    const size_t count = load->count, size = load->size;
    set_timeouts(connection, load->timeout_ms);
    if (load->welcome && !skip_welcome(connection, load)) return demo_stop ? DEMO_DONE : DEMO_FAILED;
    char *out = calloc(1, size);
    if (out == NULL) err(DEMO_FAILED, "-s %zu", size);

    int64_t start = demo_now_ns();
    size_t writes = 0;
    unsigned long long taken = 0; /* bytes, also of a last write that was not finished */
    for (size_t n = size; writes < count && n == size && !demo_stop; writes += n == size) {
        n = send_full(connection, out, size);
        taken += n;
        if (n < size) complain("write", "was the server started with --sink?");
    }
    free(out);

    shutdown(connection, SHUT_WR); /* that was all: now the server knows how much it received */
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
