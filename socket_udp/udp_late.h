/* udp_late.h - tells the reply to the last datagram from a reply to an earlier one, which came too
 * late or twice.
 *
 * A plain echo has no number, so its bytes must do: they are compared with what was sent before.
 * Simplification: a late echo of an earlier line is taken for the reply when both lines are the
 * same. A protocol whose replies matter gives every request a number, as udp_client -n does. */
#ifndef UDP_LATE_H
#define UDP_LATE_H

#include "udp_datagram.h"
#include "udp_input.h"

/* The datagrams that the client sent last, as 64-bit hashes. Starts as {0}. */
enum { UDP_REMEMBERED = 256 };
struct udp_memory {
    uint64_t hash[UDP_REMEMBERED];
    size_t count; /* ever remembered: the oldest ones are overwritten */
};

static inline uint64_t udp_hash(const char *bytes, size_t len) /* FNV-1a */
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t i = 0; i < len; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3;
    return hash;
}

static inline void udp_remember(struct udp_memory *m, const char *bytes, size_t len)
{
    m->hash[m->count++ % UDP_REMEMBERED] = udp_hash(bytes, len);
}

static inline bool udp_remembers(const struct udp_memory *m, const char *bytes, size_t len)
{
    const uint64_t hash = udp_hash(bytes, len);
    for (size_t i = 0; i < m->count && i < UDP_REMEMBERED; i++)
        if (m->hash[i] == hash) return true;
    return false;
}

enum udp_reply { UDP_ECHO, UDP_OTHER, UDP_LATE };

/* What the received bytes are: the echo of `last`, another reply to it, or the echo of an earlier
 * datagram. */
static inline enum udp_reply udp_classify(const struct udp_memory *earlier, const struct datagram *last,
                                          const char *bytes, size_t len)
{
    if (len == last->len && memcmp(bytes, last->bytes, len) == 0) return UDP_ECHO;
    return udp_remembers(earlier, bytes, len) ? UDP_LATE : UDP_OTHER;
}

/* Prints a datagram that came from the peer of a connected socket. */
static inline void show_reply(int sock, enum udp_reply kind, const char *bytes, size_t len)
{
    static const char *const remarks[] = {"", ", not what was sent", ", late or twice"};
    char from[ENDPOINT_TEXT];
    show_datagram(udp_peer_of(sock, from), bytes, len, len, remarks[kind]);
}
#endif
