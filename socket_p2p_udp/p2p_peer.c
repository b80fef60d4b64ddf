/* p2p_peer.c - see p2p_peer.h. From the first message on both programs are this one: nobody is the server of the other.
 *
 * Two things happen in no order: the user says something, the network brings something. wait_for_user() is where both meet. */
#include "p2p_peer.h"

#include <netinet/in.h>
#include <sys/uio.h>

enum {
    REFUSAL_MS = 200, /* time for an address to refuse the first message, when the name has more addresses */
    GOODBYES = 3,     /* how often we say goodbye to a peer that does not say it too, */
    GOODBYE_MS = 300, /* and how long we wait each time */
};

void p2p_hear_refusals(int fd, int family)
{
#ifdef IP_RECVERR     /* Simplification: elsewhere than on Linux, a port where nobody listens looks like silence */
    const int on = 1; /* IPv4 also on an IPv6 socket, which :: makes a socket for both */
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
#else
    (void)fd, (void)family;
#endif
}

static void set_peer(struct p2p *p, const void *address, socklen_t len)
{
    memcpy(&p->peer, address, p->peer_len = len);
    endpoint_text(address, len, p->peer_text);
}

bool p2p_address(struct p2p *p, const struct addrinfo *address)
{
    p->next = address->ai_next;
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd < 0) return false;
    p2p_hear_refusals(fd, address->ai_family);
    if (p->fd >= 0) close(p->fd);
    p->fd = fd;
    set_peer(p, address->ai_addr, address->ai_addrlen);
    return true;
}

/* The network could not deliver: says so, with the next step. */
static void complain(struct p2p *p, int error)
{
    const char *hint = "is that host up, and no firewall in between?";
    char start[80];
    snprintf(start, sizeof start, "nobody is there: is p2p_server running? start it with: p2p_server -p %s", p->port);
    if (error == EMSGSIZE) hint = "the way there carries less: say it in shorter messages";
    if (error == ECONNREFUSED) hint = p->heard ? "it has ended, and its goodbye did not arrive" : start;
    p2p_input_hide(&p->input);
    warnx("%s: %s (%s)", p->peer_text, strerror(error), hint);
    p2p_input_show(&p->input);
}

/* What the network says about datagrams that it could not deliver. `error` is what a call on the socket failed with, 0:
 * none did. Adds to `*messages` those with text. Returns the reason, 0: all is well. */
static int take_refusals(struct p2p *p, int error, size_t *messages)
{
    socklen_t len = sizeof error;
    if (error == 0) getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
#ifdef IP_RECVERR /* they come back on a queue of their own; poll(2) reports POLLERR until it is empty */
    char text[1];
    struct iovec part = {.iov_base = text, .iov_len = sizeof text};
    struct msghdr refused = {.msg_iov = &part, .msg_iovlen = 1};
    for (ssize_t n; (n = recvmsg(p->fd, &refused, MSG_ERRQUEUE | MSG_DONTWAIT)) >= 0;) *messages += n > 0;
#else
    *messages += error != 0;
#endif
    return error;
}

/* Accounts for what take_refusals() told. True when the conversation goes on. */
static bool survives(struct p2p *p, int error, size_t messages)
{
    if (error == 0) return true;
    p->undelivered += messages;
    bool expected = error == ECONNREFUSED && p->heard && messages == 0; /* it left while our goodbye was under way */
    if (!expected) complain(p, error);
    p->failed = p->failed || !expected;
    p->gone = error != EMSGSIZE;
    return !p->gone;
}

bool p2p_send(struct p2p *p, const char *bytes, size_t len)
{
    for (bool moved;;) {
        size_t messages = 0;
        int error = 0;
        if (sendto(p->fd, bytes, len, 0, (struct sockaddr *)&p->peer, p->peer_len) < 0) {
            messages = len > 0; /* ours, too: the error may be about one before it, but this one was not sent */
            error = take_refusals(p, errno, &messages);
        }
        if (error == 0 && !p->settled && p->next != NULL) { /* a refusal takes a round trip: without one, we stay */
            struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}};
            if (demo_wait(fds, 1, REFUSAL_MS) > 0 && (fds[0].revents & POLLERR))
                error = take_refusals(p, 0, &messages);
        }
        moved = false;
        while (error != 0 && !p->settled && p->next != NULL && !moved) moved = p2p_address(p, p->next);
        if (moved) continue;
        p->settled = true;
        return survives(p, error, messages);
    }
}

/* The user's side: one line, one message. */
static void say(struct p2p *p, const char *text, size_t len)
{
    char message[P2P_MAX];
    if (len == 0) {
        if (!p->quiet) warnx("an empty line is not sent: an empty datagram would say goodbye");
    } else if (len + p->newline > sizeof message) {
        warnx("a line of %zu bytes is not sent: a datagram carries %d (say it in shorter lines)", len,
              P2P_MAX - p->newline);
        p->undelivered++;
    } else {
        memcpy(message, text, len);
        if (p->newline) message[len++] = '\n';
        p->sent++;
        p2p_send(p, message, len);
    }
}

static void print(const struct p2p *p, const char *from, bool stranger, const char *message, size_t len)
{
    if (p->muted) return;
    printf("%s%s%s", from, stranger ? " (not in this conversation)" : "", len == 0 ? " said goodbye" : ": ");
    demo_put_text(stdout, message, p2p_text_len(message, len), "");
    putchar('\n');
}

/* The network's side: one datagram. Whoever speaks first to a peer that waits becomes the other one. */
static void receive(struct p2p *p, const struct sockaddr_storage *from, socklen_t from_len, const char *message,
                    size_t n)
{
    char from_text[ENDPOINT_TEXT];
    endpoint_text(from, from_len, from_text);
    if (p->peer_len == 0) {
        set_peer(p, from, from_len);
        if (!p->quiet) warnx("%s speaks to us: from now on we talk to it", from_text);
    }
    bool stranger = strcmp(from_text, p->peer_text) != 0;
    size_t len = n <= P2P_MAX ? n : P2P_MAX;
    print(p, from_text, stranger, message, len);
    if (n > len) warnx("%s: that message was longer than %d bytes: its end is lost", from_text, P2P_MAX);
    if (stranger) return;

    p->heard = p->settled = true;
    if (len == 0) p->goodbye = true;
    else p->received++;
    if (p->echo) {
        p2p_send(p, message, len);
        p->sent += len > 0;
    }
}

/* Takes what poll(2) saw on the socket: refusals of what we sent, a datagram. */
static void serve(struct p2p *p, short revents)
{
    char message[P2P_MAX + 1]; /* one byte more than any message has: by it we see a longer one */
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t n = -1;
    int error = 0;
    if (revents & POLLIN) {
        n = recvfrom(p->fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
        if (n < 0 && errno != EAGAIN)
            error = errno; /* that of a datagram which we sent: poll(2) or we come to know */
    }
    if (n >= 0) {
        p2p_input_hide(&p->input);
        receive(p, &from, from_len, message, (size_t)n);
        p2p_input_show(&p->input);
    }
    if (error != 0 || (revents & POLLERR)) {
        size_t messages = 0;
        error = take_refusals(p, error, &messages);
        survives(p, error, messages);
    }
}

/* Waits until the user has something for us; meanwhile shows what the network brings. False when the conversation is
 * over, or we should stop. What a pipe brings stays there until somebody is here to hear it. */
static bool wait_for_user(void *context)
{
    struct p2p *p = context;
    for (;;) {
        bool over = p->goodbye || p->gone;
        if (over && !p->echo) return false;
        if (over) { /* free for the next one */
            p->peer_len = 0;
            p->goodbye = p->gone = p->heard = false;
        }
        bool deaf = p->echo || (p->peer_len == 0 && p->input.editor == NULL);
        struct pollfd fds[3] = {{.fd = p->fd, .events = POLLIN}, {.fd = deaf ? -1 : STDIN_FILENO, .events = POLLIN}};
        if (demo_wait(fds, 2, -1) < 0) return false;
        serve(p, fds[0].revents);
        if (fds[1].revents) return true; /* after a goodbye, too: what was said at the same time is still sent */
    }
}

int p2p_converse(struct p2p *p, const char *program)
{
    const char *line;
    size_t len;
    if (p->echo) {
        wait_for_user(p);
    } else {
        p2p_input_open(&p->input, program, wait_for_user, p);
        while (!p->gone && (line = p2p_input_line(&p->input, &len)) != NULL) {
            if (p->peer_len > 0) {
                say(p, line, len);
            } else { /* only on a terminal */
                warnx("nobody has spoken to us yet: your line waits here, press Enter again when somebody has");
                p2p_input_again(&p->input, line, len);
            }
        }
    }
    p2p_leave(p);
    if (!p->echo) p2p_input_close(&p->input);
    printf("%zu sent, %zu received, %zu undelivered\n", p->sent, p->received, p->undelivered);
    return p->failed || p->undelivered > 0 ? DEMO_FAILED : DEMO_DONE;
}

void p2p_leave(struct p2p *p)
{
    if (p->peer_len == 0 || p->gone) return;
    if (p->goodbye || demo_stopping()) { /* nothing to wait for, or no time to */
        p2p_send(p, "", 0);
        return;
    }
    for (int said = 0; said < GOODBYES && !p->goodbye && !p->gone; said++) {
        if (!p2p_send(p, "", 0)) return;
        int64_t until = demo_now_ns() + (int64_t)GOODBYE_MS * 1000000;
        for (int64_t left; !p->goodbye && !p->gone && (left = until - demo_now_ns()) > 0;) {
            struct pollfd fds[2] = {{.fd = p->fd, .events = POLLIN}};
            int ready = demo_wait(fds, 1, (int)(left / 1000000) + 1);
            if (ready < 0) return;
            if (ready > 0) serve(p, fds[0].revents);
        }
    }
    if (!p->goodbye && !p->gone && !p->quiet)
        warnx("%s did not say goodbye: whether it noticed that we left is not known", p->peer_text);
}
