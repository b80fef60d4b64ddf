/* p2p_peer.c - the loop that both peers run, p2p_converse(): two sources of events, the socket and the keyboard, one poll(2).
 *
 *     poll              the socket and the keyboard
 *     socket ready      recvfrom, show the message; the first sender becomes the peer; its empty datagram is a goodbye
 *     keyboard ready    read what was typed; sendto the peer, one datagram for each line
 */
#include "p2p_peer.h"

#include "p2p_addresses.h"
#include "p2p_guard.h"
#include "p2p_refusals.h"

enum {
    GOODBYES = 3,     /* how often we say goodbye to a peer that does not answer with a goodbye, */
    GOODBYE_MS = 300, /* and how long we wait each time */
    QUEUED = 1000,    /* datagrams that are read from the socket's queue after the peer has gone */
};

void p2p_set_peer(struct p2p_conversation *c, const void *address, socklen_t len)
{
    memcpy(&c->peer, address, len);
    c->peer_len = len;
    endpoint_text(address, len, c->peer_text);
}

void p2p_forget_peer(struct p2p_conversation *c)
{
    c->peer_len = 0;
    c->peer_text[0] = '\0';
    c->heard = c->goodbye_sent = c->goodbye_received = c->gone = false;
}

static void show_message(const struct p2p_conversation *c, const char *from)
{
    if (c->counts_only) return;
    printf("%s%s%s", from, c->message.from_peer ? "" : " (not in this conversation)",
           c->message.len == 0 ? " said goodbye" : ": ");
    demo_put_text(stdout, c->message.bytes, p2p_text_len(c->message.bytes, c->message.len), "");
    putchar('\n');
}

/* The socket's side: receives and shows one datagram. While there is no peer, the first address that sends one becomes the
 * peer. False: no datagram is waiting. */
static bool receive_datagram(struct p2p_conversation *c)
{
    char from_text[ENDPOINT_TEXT];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(c->sock, c->message.bytes, sizeof c->message.bytes, MSG_DONTWAIT, (struct sockaddr *)&from,
                         &from_len);
    if (n < 0) return false; /* EAGAIN, or an ICMP error: poll(2) reports POLLERR until the error queue is empty */
    endpoint_text(&from, from_len, from_text);
    c->message.len = n <= P2P_MAX ? (size_t)n : P2P_MAX;

    p2p_input_hide(&c->input);
    if (c->peer_len == 0 && !p2p_is_own_address(c->sock, from, from_len)) {
        p2p_set_peer(c, &from, from_len);
        if (!c->quiet) warnx("%s speaks to us: from now on we talk to it", from_text);
    }
    c->message.from_peer = strcmp(from_text, c->peer_text) == 0;
    show_message(c, from_text);
    if (n > P2P_MAX) warnx("%s: that message was longer than %d bytes: its end is lost", from_text, P2P_MAX);
    p2p_input_show(&c->input);

    if (c->message.from_peer) {
        c->heard = true;
        if (c->message.len == 0) c->goodbye_received = true;
        else c->received++;
    }
    return true;
}

/* The keyboard's side: one line is one message. */
static void send_line(struct p2p_conversation *c, const char *line, size_t len)
{
    static char message[P2P_MAX];
    if (c->peer_len == 0) { /* only on a terminal */
        warnx("no peer has spoken to us yet: your line waits here, press Enter again when one has");
        p2p_input_again(&c->input, line, len);
    } else if (len == 0) {
        if (!c->quiet) warnx("an empty line is not sent: an empty datagram would say goodbye");
    } else if (len + c->newline > sizeof message) {
        warnx("a line of %zu bytes is not sent: a datagram carries %d (say it in shorter lines)", len,
              P2P_MAX - c->newline);
        c->undelivered++;
    } else {
        memcpy(message, line, len);
        if (c->newline) message[len++] = '\n';
        c->sent++;
        p2p_send(c, message, len);
    }
}

int p2p_converse(struct p2p_conversation *c, const char *program)
{
    const char *line;
    size_t len;
    p2p_input_open(&c->input, program);
    while (!c->goodbye_received && !c->gone && !c->input.ended) {
        /* While there is no peer to send it to, input from a pipe stays in the pipe. */
        bool reads_input = c->peer_len > 0 || p2p_input_is_terminal(&c->input);
        struct pollfd fds[3] = {{.fd = c->sock, .events = POLLIN},
                                {.fd = reads_input ? STDIN_FILENO : -1, .events = POLLIN}};
        if (demo_wait(fds, 2, -1) < 0) break; /* asked to stop; fds[2] belongs to demo_wait(): the stop signal */

        if (fds[0].revents) p2p_receive(c, fds[0].revents); /* recvfrom(2) */
        if (fds[1].revents) { /* also after a goodbye: what was typed at the same time is still sent */
            p2p_input_read(&c->input);
            while (!c->gone && (line = p2p_input_line(&c->input, &len)) != NULL)
                send_line(c, line, len); /* sendto(2) */
        }
    }
    p2p_input_close(&c->input);
    p2p_say_goodbye(c);
    return p2p_report(c);
}

/* Our kernel, the network or the peer's host refused what we sent: `messages` datagrams with text; 0: only a goodbye was
 * refused. Returns true when the conversation goes on. */
static bool handle_refusal(struct p2p_conversation *c, int error, size_t messages)
{
    c->gone = error != EMSGSIZE;
    /* What the peer sent before it closed its socket is still in our queue, perhaps its goodbye. */
    for (int i = 0; c->gone && i < QUEUED && receive_datagram(c); i++) continue;
    c->undelivered += messages;
    if (error == ECONNREFUSED && messages == 0 && c->heard)
        return false; /* only our goodbye: the peer left before us */
    c->failed = true;
    p2p_input_hide(&c->input);
    p2p_warn_refused(c, error);
    p2p_input_show(&c->input);
    return !c->gone;
}

bool p2p_receive(struct p2p_conversation *c, short revents)
{
    if (revents & POLLERR) {
        struct p2p_refusals refused = p2p_read_refusals(c);
        if (refused.error != 0 && !handle_refusal(c, refused.error, refused.messages)) return false;
    }
    return (revents & POLLIN) && receive_datagram(c) && c->message.from_peer;
}

bool p2p_send(struct p2p_conversation *c, const char *bytes, size_t len)
{
    if (len == 0) c->goodbye_sent = true;
    if (c->next_address != NULL && p2p_send_first(c, bytes, len)) return true;
    while (sendto(c->sock, bytes, len, 0, (struct sockaddr *)&c->peer, c->peer_len) < 0) {
        int error = errno; /* of this datagram; or of one before it, and then this one was not sent */
        struct p2p_refusals refused = p2p_read_refusals(c);
        if (refused.error == 0 && refused.ignored > 0) continue; /* the error was not about our peer: send again */
        return handle_refusal(c, refused.error ? refused.error : error, refused.messages + (len > 0));
    }
    return true;
}

void p2p_say_goodbye(struct p2p_conversation *c)
{
    if (c->peer_len == 0 || c->gone) return;
    if (c->goodbye_received || demo_stopping()) { /* no answer to wait for, or no time to wait */
        p2p_send(c, "", 0);
        return;
    }
    for (int n = 0; n < GOODBYES && !c->goodbye_received && !c->gone; n++) { /* again: the one before may be lost */
        if (!p2p_send(c, "", 0)) return;
        int64_t until = demo_now_ns() + (int64_t)GOODBYE_MS * 1000000;
        for (int64_t left; !c->goodbye_received && !c->gone && (left = until - demo_now_ns()) > 0;) {
            /* fds[1] belongs to demo_wait(): the stop signal */
            struct pollfd fds[2] = {{.fd = c->sock, .events = POLLIN}};
            int ready = demo_wait(fds, 1, (int)(left / 1000000) + 1);
            if (ready < 0) return;
            if (ready > 0) p2p_receive(c, fds[0].revents);
        }
    }
    if (!c->goodbye_received && !c->gone && !c->quiet)
        warnx("%s did not say goodbye: whether it noticed that we left is not known", c->peer_text);
}

int p2p_report(const struct p2p_conversation *c)
{
    printf("%zu sent, %zu received, %zu undelivered\n", c->sent, c->received, c->undelivered);
    return c->failed || c->undelivered > 0 ? DEMO_FAILED : DEMO_DONE;
}
