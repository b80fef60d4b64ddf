/* relay.c - one client and one connection to the mock cluster: two flows of bytes, each with a buffer. */
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "kafka_request.h"
#include "relay.h"

enum { ROOM = 64 * 1024 }; /* bytes of a buffer, and of the longest request */

/* The bytes of one direction that were received and not sent yet. */
struct flow {
    int from, to;
    size_t len;     /* bytes in the buffer */
    size_t checked; /* of these, the first that may be sent */
    unsigned char bytes[ROOM];
};

static struct relay {
    char client[ENDPOINT_TEXT];
    struct flow requests, replies;
} * relays[RELAYS_MAX];
static nfds_t count;

bool relay_has_room(void) { return count < RELAYS_MAX; }

bool relay_begin(int client, const char *client_text, const struct sockaddr_in *cluster)
{
    struct relay *r = calloc(1, sizeof *r);
    int broker = socket(AF_INET, SOCK_STREAM, 0);
    if (r == NULL || broker < 0 || connect(broker, (const struct sockaddr *)cluster, sizeof *cluster) != 0) {
        warn("%s: turned away", client_text);
        if (broker >= 0) close(broker);
        close(client);
        free(r);
        return false;
    }
    snprintf(r->client, sizeof r->client, "%s", client_text);
    r->requests.from = r->replies.to = client;
    r->requests.to = r->replies.from = broker;
    relays[count++] = r;
    return true;
}

nfds_t relay_fill_pollfds(struct pollfd *fds)
{
    for (nfds_t i = 0; i < count; i++) {
        const struct flow *flows[] = {&relays[i]->requests, &relays[i]->replies};
        for (int side = 0; side < 2; side++) {
            const struct flow *out = flows[side], *in = flows[1 - side];
            const int events = (out->len < ROOM ? POLLIN : 0) | (in->checked > 0 ? POLLOUT : 0);
            fds[2 * i + (nfds_t)side] = (struct pollfd){.fd = events ? out->from : -1, .events = (short)events};
        }
    }
    return 2 * count;
}

static bool must_wait(void) { return errno == EAGAIN || errno == EINTR; }

/* Fills the buffer as far as bytes are there. False at the end of the connection. */
static bool receive(struct flow *f)
{
    if (f->len == ROOM) return true;
    ssize_t n = recv(f->from, f->bytes + f->len, ROOM - f->len, MSG_DONTWAIT);
    if (n > 0) f->len += (size_t)n;
    return n > 0 || (n < 0 && must_wait());
}

/* Sends the checked bytes as far as the kernel takes them. False if the peer is gone. */
static bool send_checked(struct flow *f)
{
    if (f->checked == 0) return true;
    ssize_t n = send(f->to, f->bytes, f->checked, MSG_DONTWAIT);
    if (n < 0) return must_wait();
    f->len -= (size_t)n;
    f->checked -= (size_t)n;
    memmove(f->bytes, f->bytes + n, f->len);
    return true;
}

/* Checks the requests that are complete. False if one must not reach the mock cluster. */
static bool check_requests(struct relay *r)
{
    struct flow *f = &r->requests;
    char reason[KAFKA_REQUEST_REASON];
    for (size_t size; f->checked < f->len; f->checked += size) {
        if (!kafka_request_check(f->bytes + f->checked, f->len - f->checked, ROOM, &size, reason)) {
            warnx("%s: %s: refused", r->client, reason);
            return false;
        }
        if (size == 0) break;
    }
    return true;
}

static bool pass_on(struct relay *r)
{
    if (!receive(&r->requests) || !check_requests(r) || !send_checked(&r->requests)) return false;
    if (!receive(&r->replies)) return false;
    r->replies.checked = r->replies.len;
    return send_checked(&r->replies);
}

void relay_pass_on(const struct pollfd *fds)
{
    for (nfds_t i = count; i-- > 0;) { /* backwards: the last one takes the place of one that ends */
        if (fds[2 * i].revents == 0 && fds[2 * i + 1].revents == 0) continue;
        struct relay *r = relays[i];
        if (pass_on(r)) continue;
        close(r->requests.from);
        close(r->requests.to);
        free(r);
        relays[i] = relays[--count];
    }
}
