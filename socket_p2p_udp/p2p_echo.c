/* p2p_echo.c - the loop of p2p_server --echo: receive a message, send it back. See p2p_echo.h. */
#include "p2p_echo.h"

#include "p2p_guard.h"

/* False when this peer got more echoes than any peer needs: another echo server, perhaps, which never stops. */
static bool may_echo(const struct p2p_conversation *c)
{
    static struct p2p_echo_limit limit;
    bool first;
    if (p2p_echo_allowed(&limit, c->peer_text, demo_now_ns(), &first)) return true;
    if (first)
        warnx(
            "%s: more than %d messages, and more than %d each second: the rest is not echoed (is it an echo server? "
            "two of them answer each other for ever)",
            c->peer_text, P2P_ECHO_BURST, P2P_ECHO_PER_SECOND);
    return false;
}

int p2p_echo(struct p2p_conversation *c)
{
    struct pollfd fds[2] = {{.fd = c->sock, .events = POLLIN}}; /* fds[1] belongs to demo_wait(): the stop signal */
    while (demo_wait(fds, 1, -1) > 0) {
        if (p2p_receive(c, fds[0].revents) && may_echo(c)) {
            c->sent += c->message.len > 0; /* else a goodbye, answered with one */
            p2p_send(c, c->message.bytes, c->message.len);
        }
        if (c->goodbye_received || c->gone) p2p_forget_peer(c); /* free for the next one */
    }
    p2p_say_goodbye(c);
    return p2p_report(c);
}
