/* p2p_measure.c - measures round trips to a peer that echoes. See p2p_measure.h. */
#include "p2p_measure.h"

#include "../common/measure.h"
#include "p2p_refusals.h"

#include <sched.h>
#include <sys/time.h>

enum {
    SPIN_NS = 1000 * 1000 * 1000,
    SLICE_MS = 200, /* the longest sleep in recv(2): a signal just before recv(2) would else be missed */
};

/* Waits for the reply that equals `out`. Other datagrams, late or changed or from another address, are counted in
 * `*others`. Returns 0; EAGAIN after the timeout; EINTR when the program should stop; else the reason of a refusal. */
static int wait_for_reply(const struct p2p_conversation *c, const struct p2p_measure *how, const char *out,
                          size_t *others)
{
    static char in[P2P_MAX];
    const int64_t start = demo_now_ns(), deadline = start + (int64_t)how->timeout_ms * 1000000;
    while (!demo_stopping()) {
        int64_t now = demo_now_ns();
        if (now >= deadline) return EAGAIN;
        bool spin = how->spin && now - start < SPIN_NS;
        ssize_t n = recv(c->sock, in, sizeof in, spin ? MSG_DONTWAIT : 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            int error = p2p_read_refusals(c).error;
            if (error != 0) return error;
        }
        if (n >= 0 && (size_t)n == how->size && memcmp(in, out, how->size) == 0) return 0;
        if (n >= 0) ++*others;
        if (spin) sched_yield();
    }
    return EINTR;
}

int p2p_measure(struct p2p_conversation *c, const struct p2p_measure *how)
{
    static char out[P2P_MAX];
    size_t others = 0;
    int slice_ms = how->timeout_ms < SLICE_MS ? how->timeout_ms : SLICE_MS;
    const struct timeval slice = {.tv_usec = slice_ms * 1000L + 1}; /* 0 would mean for ever */
    memset(out, 'x', sizeof out);

    struct measure m;
    measure_begin(&m, how->count);
    while (m.sent < how->count && !demo_stopping()) {
        memcpy(out, &m.sent, how->size < sizeof m.sent ? how->size : sizeof m.sent); /* each message differs */
        int64_t began = demo_now_ns();
        m.sent++;
        if (!p2p_send(c, out, how->size)) break;
        if (m.sent == 1) /* now the address is chosen, and with it the socket */
            setsockopt(c->sock, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
        int error = wait_for_reply(c, how, out, &others);
        if (error == 0) {
            measure_reply(&m, demo_now_ns() - began);
            c->heard = true;
        } else if (error == EINTR) {
            m.sent--; /* asked to stop: the reply is not waited for, so it is not lost */
        } else if (error != EAGAIN) {
            warnx("%s: %s (is p2p_server running? start it with: p2p_server -p %s --echo)", c->peer_text,
                  strerror(error), c->port);
            c->gone = true;
            break;
        }
    }
    if (others > 0)
        warnx("%zu other datagrams came, late or changed (does that peer echo? p2p_server --echo does)", others);
    else if (m.received == 0 && !c->gone && !demo_stop)
        warnx("%s answers nothing (is it there, and does it echo? p2p_server --echo does)", c->peer_text);
    int status = measure_end(&m);
    p2p_say_goodbye(c);
    return status;
}
