/* p2p_guard.h - protects against forged source addresses. A datagram that pretends to come from an echo server makes two
 * such servers answer each other, or one server answer itself, without end. (The UDP services echo, RFC 862, and chargen,
 * RFC 864, were abused in this way.) */
#ifndef P2P_GUARD_H
#define P2P_GUARD_H
#include "../common/demo.h"

#include "../common/endpoint.h"

#include <netinet/in.h>

enum {
    P2P_ECHO_BURST = 100000, /* datagrams that one peer gets echoed at any speed: p2p_client -n 100000 needs them */
    P2P_ECHO_PER_SECOND = 1000, /* and how many more each second */
    P2P_ECHO_PEERS = 16,        /* peers that are remembered, the most recent one first */
};

/* A token bucket: one token for each echo. */
struct p2p_bucket {
    char peer[ENDPOINT_TEXT];
    double tokens;
    int64_t filled_ns; /* when tokens were added */
    bool exceeded;     /* it was empty once */
};

/* Starts as {0}. */
struct p2p_echo_limit {
    struct p2p_bucket peers[P2P_ECHO_PEERS];
};

/* The bucket of `peer`, which moves to the front. A new peer replaces the one that has been silent longest. */
static inline struct p2p_bucket *p2p_bucket_of(struct p2p_echo_limit *limit, const char *peer, int64_t now_ns)
{
    size_t i = 0;
    while (i < P2P_ECHO_PEERS - 1 && strcmp(limit->peers[i].peer, peer) != 0) i++;
    struct p2p_bucket bucket = limit->peers[i];
    if (strcmp(bucket.peer, peer) != 0) {
        bucket = (struct p2p_bucket){.tokens = P2P_ECHO_BURST, .filled_ns = now_ns};
        snprintf(bucket.peer, sizeof bucket.peer, "%s", peer);
    }
    memmove(limit->peers + 1, limit->peers, i * sizeof bucket);
    limit->peers[0] = bucket;
    return limit->peers;
}

/* True when `peer` may get one more echo at the time `now_ns`. `*first` is true for the first echo that it does not get. */
static inline bool p2p_echo_allowed(struct p2p_echo_limit *limit, const char *peer, int64_t now_ns, bool *first)
{
    struct p2p_bucket *bucket = p2p_bucket_of(limit, peer, now_ns);
    bucket->tokens += (double)(now_ns - bucket->filled_ns) / 1e9 * P2P_ECHO_PER_SECOND;
    if (bucket->tokens > P2P_ECHO_BURST) bucket->tokens = P2P_ECHO_BURST;
    bucket->filled_ns = now_ns;
    bool allowed = bucket->tokens >= 1;
    *first = !allowed && !bucket->exceeded;
    if (allowed) bucket->tokens--;
    else bucket->exceeded = true;
    return allowed;
}

/* The port of an IPv4 or IPv6 address, in network order. */
static inline in_port_t *p2p_port_of(struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6) return &((struct sockaddr_in6 *)(void *)address)->sin6_port;
    return &((struct sockaddr_in *)(void *)address)->sin_port;
}

/* True when `from` is the address of the bound socket `sock` itself: its port, and an address of this machine, which is one
 * that bind(2) accepts. */
static inline bool p2p_is_own_address(int sock, struct sockaddr_storage from, socklen_t len)
{
    struct sockaddr_storage own = {0};
    socklen_t own_len = sizeof own;
    if (getsockname(sock, (struct sockaddr *)&own, &own_len) != 0 || *p2p_port_of(&own) != *p2p_port_of(&from))
        return false;
    *p2p_port_of(&from) = 0; /* any free port: ours is in use */
    int probe = socket(from.ss_family, SOCK_DGRAM, 0);
    bool is_local = probe >= 0 && bind(probe, (struct sockaddr *)&from, len) == 0;
    if (probe >= 0) close(probe);
    return is_local;
}
#endif
