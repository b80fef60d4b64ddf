/* udp_loop_guard.c - which datagrams an echo server must not answer: its own, and too many from one
 * peer. */
#include "udp_loop_guard.h"

#include "../common/endpoint.h"
#include "udp_proto.h"

#include <netinet/in.h>

/* A socket address, by its family. */
union address {
    struct sockaddr_storage storage;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static union address own;
static size_t withheld;

static struct {       /* one for each port of a peer */
    int64_t began_ns; /* of the period in which `replies` are counted */
    uint32_t replies;
    uint32_t number; /* the highest one of a measurement, plus 1 */
} peers[65536];

void loop_guard_start(int sock)
{
    socklen_t len = sizeof own;
    if (getsockname(sock, (struct sockaddr *)&own, &len) != 0) err(DEMO_FAILED, "getsockname");
}

/* In network byte order. */
static in_port_t port_of(const union address *a)
{
    return a->storage.ss_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port;
}

/* Whether the address of `peer` belongs to this host: only then a socket can be bound to it. */
static bool is_local(const union address *peer)
{
    union address any_port = *peer;
    if (peer->storage.ss_family == AF_INET6) any_port.v6.sin6_port = 0;
    else any_port.v4.sin_port = 0;
    int sock = socket(peer->storage.ss_family, SOCK_DGRAM, 0);
    bool local = sock >= 0 && bind(sock, (struct sockaddr *)&any_port, sizeof any_port) == 0;
    if (sock >= 0) close(sock);
    return local;
}

/* Whether `peer` is this server. A peer with another port, nearly every one, costs one comparison. */
static bool is_self(const union address *peer)
{
    if (port_of(peer) != port_of(&own)) return false;
    if (own.storage.ss_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&own.v6.sin6_addr)
                   ? is_local(peer)
                   : IN6_ARE_ADDR_EQUAL(&own.v6.sin6_addr, &peer->v6.sin6_addr);
    return own.v4.sin_addr.s_addr == htonl(INADDR_ANY) ? is_local(peer)
                                                       : own.v4.sin_addr.s_addr == peer->v4.sin_addr.s_addr;
}

/* Whether `peer` may have one more reply now. Reads the clock only at the first and the last reply
 * of a period. */
static bool within_bound(const union address *peer, const char *datagram, size_t len)
{
    const in_port_t port = ntohs(port_of(peer));
    uint32_t number;
    if (udp_get_number(datagram, len, &number) && number >= peers[port].number && number < UINT32_MAX) {
        peers[port].number = number + 1;
        return true;
    }
    if (peers[port].replies == LOOP_GUARD_REPLIES) {
        if (demo_now_ns() - peers[port].began_ns < INT64_C(1000000000)) return false;
        peers[port].replies = 0;
    }
    if (peers[port].replies++ == 0) peers[port].began_ns = demo_now_ns();
    return true;
}

bool loop_guard_allows(const struct sockaddr_storage *peer, const char *datagram, size_t len)
{
    static bool said_self, said_bound;
    const union address *from = (const union address *)peer;
    const bool self = is_self(from);
    if (!self && within_bound(from, datagram, len)) return true;
    bool *said = self ? &said_self : &said_bound;
    char text[ENDPOINT_TEXT];
    endpoint_text(peer, sizeof *peer, text);
    if (!*said && self) warnx("%s is this server: a forged sender, which gets no reply", text);
    else if (!*said)
        warnx("%s sent more than %d datagrams in a second: no reply to the rest (is it a server that answers, too?)",
              text, LOOP_GUARD_REPLIES);
    *said = true;
    withheld++;
    return false;
}

size_t loop_guard_withheld(void) { return withheld; }
