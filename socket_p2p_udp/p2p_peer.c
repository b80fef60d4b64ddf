/* p2p_peer.c - the loop that both peers run: poll(2) waits for the keyboard and the socket at once; recvfrom(2) takes what
 * the peer sent, sendto(2) sends each line that the user types. See p2p_peer.h. */
#include "p2p_peer.h"

#include "p2p_guard.h"
#include "p2p_refusals.h"

enum {
    GOODBYES = 3,     /* how often we say goodbye to a peer that does not answer with a goodbye, */
    GOODBYE_MS = 300, /* and how long we wait each time */
    QUEUED = 1000,    /* datagrams that are read from the socket's queue after the peer has gone */
};

void p2p_set_peer(struct p2p *p, const void *address, socklen_t len)
{
    memcpy(&p->peer, address, p->peer_len = len);
    endpoint_text(address, len, p->peer_text);
}

void p2p_forget_peer(struct p2p *p)
{
    p->peer_len = 0;
    p->peer_text[0] = '\0';
    p->heard = p->goodbye_sent = p->goodbye_received = p->gone = false;
}

/* The model: two sources of events, in any order. Waits until the keyboard has input; meanwhile receives what the peer
 * sends. False: the conversation is over, or a signal asked to stop. */
static bool wait_for_keyboard(void *context)
{
    struct p2p *p = context;
    while (!p->goodbye_received && !p->gone) {
        /* While there is no peer to send it to, input from a pipe stays in the pipe. */
        bool reads_input = p->peer_len > 0 || p2p_input_is_terminal(&p->input);
        struct pollfd fds[3] = {{.fd = p->fd, .events = POLLIN},
                                {.fd = reads_input ? STDIN_FILENO : -1, .events = POLLIN}};
        if (demo_wait(fds, 2, -1) < 0) return false;
        if (fds[0].revents) p2p_receive(p, fds[0].revents);
        if (fds[1].revents) return true; /* also after a goodbye: what was typed at the same time is still sent */
    }
    return false;
}

/* The keyboard's side: one line is one message. */
static void send_line(struct p2p *p, const char *line, size_t len)
{
    static char message[P2P_MAX];
    if (len == 0) {
        if (!p->quiet) warnx("an empty line is not sent: an empty datagram would say goodbye");
    } else if (len + p->newline > sizeof message) {
        warnx("a line of %zu bytes is not sent: a datagram carries %d (say it in shorter lines)", len,
              P2P_MAX - p->newline);
        p->undelivered++;
    } else {
        memcpy(message, line, len);
        if (p->newline) message[len++] = '\n';
        p->sent++;
        p2p_send(p, message, len);
    }
}

int p2p_converse(struct p2p *p, const char *program)
{
    const char *line;
    size_t len;
    p2p_input_open(&p->input, program, wait_for_keyboard, p);
    while (!p->gone && (line = p2p_input_line(&p->input, &len)) != NULL) {
        if (p->peer_len > 0) {
            send_line(p, line, len);
        } else { /* only on a terminal */
            warnx("nobody has spoken to us yet: your line waits here, press Enter again when somebody has");
            p2p_input_again(&p->input, line, len);
        }
    }
    p2p_say_goodbye(p);
    p2p_input_close(&p->input);
    return p2p_report(p);
}

static void show_message(const struct p2p *p, const char *from)
{
    if (p->muted) return;
    printf("%s%s%s", from, p->message.from_peer ? "" : " (not in this conversation)",
           p->message.len == 0 ? " said goodbye" : ": ");
    demo_put_text(stdout, p->message.bytes, p2p_text_len(p->message.bytes, p->message.len), "");
    putchar('\n');
}

/* The network's side: receives and shows one datagram. While there is no peer, the first address that sends one becomes the
 * peer. False: no datagram is waiting. */
static bool receive_datagram(struct p2p *p)
{
    char from_text[ENDPOINT_TEXT];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t n =
        recvfrom(p->fd, p->message.bytes, sizeof p->message.bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < 0) return false; /* EAGAIN, or a refusal: poll(2) reports that until its queue is empty */
    endpoint_text(&from, from_len, from_text);
    p->message.len = n <= P2P_MAX ? (size_t)n : P2P_MAX;

    p2p_input_hide(&p->input);
    if (p->peer_len == 0 && !p2p_is_own_address(p->fd, from, from_len)) {
        p2p_set_peer(p, &from, from_len);
        if (!p->quiet) warnx("%s speaks to us: from now on we talk to it", from_text);
    }
    p->message.from_peer = strcmp(from_text, p->peer_text) == 0;
    show_message(p, from_text);
    if (n > P2P_MAX) warnx("%s: that message was longer than %d bytes: its end is lost", from_text, P2P_MAX);
    p2p_input_show(&p->input);

    if (p->message.from_peer) {
        p->heard = true;
        if (p->message.len == 0) p->goodbye_received = true;
        else p->received++;
    }
    return true;
}

/* The peer's host or the network refused what we sent: so many `messages`, or only our goodbye. True: the conversation goes
 * on. */
static bool handle_refusal(struct p2p *p, int error, size_t messages)
{
    p->gone = error != EMSGSIZE;
    /* What the peer sent before it closed its socket is still in our queue, perhaps its goodbye. */
    for (int i = 0; p->gone && i < QUEUED && receive_datagram(p); i++) continue;
    p->undelivered += messages;
    if (error == ECONNREFUSED && messages == 0 && p->heard)
        return false; /* only our goodbye: the peer left before us */
    p->failed = true;
    p2p_input_hide(&p->input);
    p2p_warn_refused(p, error);
    p2p_input_show(&p->input);
    return !p->gone;
}

bool p2p_receive(struct p2p *p, short revents)
{
    if (revents & POLLERR) {
        struct p2p_refusals refused = p2p_read_refusals(p);
        if (refused.error != 0 && !handle_refusal(p, refused.error, refused.messages)) return false;
    }
    return (revents & POLLIN) && receive_datagram(p) && p->message.from_peer;
}

bool p2p_send(struct p2p *p, const char *bytes, size_t len)
{
    if (len == 0) p->goodbye_sent = true;
    if (p->send_first != NULL && p->send_first(p, bytes, len)) return true;
    while (sendto(p->fd, bytes, len, 0, (struct sockaddr *)&p->peer, p->peer_len) < 0) {
        int error = errno; /* of this datagram; or of one before it, and then this one was not sent */
        struct p2p_refusals refused = p2p_read_refusals(p);
        if (refused.error == 0 && refused.ignored > 0) continue; /* the error was not about our peer: send again */
        return handle_refusal(p, refused.error ? refused.error : error, refused.messages + (len > 0));
    }
    return true;
}

void p2p_say_goodbye(struct p2p *p)
{
    if (p->peer_len == 0 || p->gone) return;
    if (p->goodbye_received || demo_stopping()) { /* no answer to wait for, or no time to wait */
        p2p_send(p, "", 0);
        return;
    }
    for (int n = 0; n < GOODBYES && !p->goodbye_received && !p->gone; n++) { /* again: the one before may be lost */
        if (!p2p_send(p, "", 0)) return;
        int64_t until = demo_now_ns() + (int64_t)GOODBYE_MS * 1000000;
        for (int64_t left; !p->goodbye_received && !p->gone && (left = until - demo_now_ns()) > 0;) {
            struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}};
            int ready = demo_wait(fds, 1, (int)(left / 1000000) + 1);
            if (ready < 0) return;
            if (ready > 0) p2p_receive(p, fds[0].revents);
        }
    }
    if (!p->goodbye_received && !p->gone && !p->quiet)
        warnx("%s did not say goodbye: whether it noticed that we left is not known", p->peer_text);
}

int p2p_report(const struct p2p *p)
{
    printf("%zu sent, %zu received, %zu undelivered\n", p->sent, p->received, p->undelivered);
    return p->failed || p->undelivered > 0 ? DEMO_FAILED : DEMO_DONE;
}
