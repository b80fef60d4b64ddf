/* p2p_echo.c - the loop of p2p_server --echo: receive a message, send it back. See p2p_echo.h. */
#include "p2p_echo.h"

#include "p2p_guard.h"

/* False when this peer got more echoes than any peer needs: another echo server, perhaps, which never stops. */
static bool may_echo(const struct p2p *p)
{
    static struct p2p_echo_limit limit;
    bool first;
    if (p2p_echo_allowed(&limit, p->peer_text, demo_now_ns(), &first)) return true;
    if (first)
        warnx(
            "%s: more than %d messages, and more than %d each second: the rest is not echoed (is it an echo server? "
            "two of them answer each other for ever)",
            p->peer_text, P2P_ECHO_BURST, P2P_ECHO_PER_SECOND);
    return false;
}

int p2p_echo(struct p2p *p)
{
    struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}};
    while (demo_wait(fds, 1, -1) > 0) {
        if (p2p_receive(p, fds[0].revents) && may_echo(p)) {
            p->sent += p->message.len > 0; /* else a goodbye, answered with one */
            p2p_send(p, p->message.bytes, p->message.len);
        }
        if (p->goodbye_received || p->gone) p2p_forget_peer(p); /* free for the next one */
    }
    p2p_say_goodbye(p);
    return p2p_report(p);
}
