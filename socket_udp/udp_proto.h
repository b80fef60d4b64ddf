/* udp_proto.h - what udp_server and udp_client agree on beside UDP itself: the port, the sizes, and
 * the number in a measured datagram.
 *
 * UDP carries datagrams (RFC 768). A datagram arrives whole or not at all, perhaps twice, perhaps
 * after one that was sent later. It may be empty. What was one send(2) is one recv(2). The sender
 * is not told of a loss. */
#ifndef UDP_PROTO_H
#define UDP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UDP_PORT "12345"
/* The UDP header gives the datagram's length in 16 bits, so it is 65535 at most. That includes the
 * 8 bytes of the header. Over IPv4 the whole packet is 65535 bytes at most, 20 of them its own
 * header: 65535 - 20 - 8 = 65507 bytes of data. */
enum {
    UDP_BUFFER = 65536, /* bytes: room for any datagram */
    UDP_MOST = 65507,   /* bytes of data in one datagram over IPv4 */
};

/* A measured datagram begins with a magic word and its number, from 0, both in network byte order:
 * so loss shows. */
enum { UDP_NUMBERED = 8 };                    /* bytes that the two take */
static const uint32_t UDP_MAGIC = 0x75647023; /* udp# */

static inline void udp_put_uint32(char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (char)(value >> (24 - 8 * i));
}

static inline uint32_t udp_get_uint32(const char *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) value = value << 8 | (unsigned char)at[i];
    return value;
}

static inline void udp_put_number(char datagram[UDP_NUMBERED], uint32_t number)
{
    udp_put_uint32(datagram, UDP_MAGIC);
    udp_put_uint32(datagram + 4, number);
}

/* Whether this datagram has a number, and which. */
static inline bool udp_get_number(const char *datagram, size_t len, uint32_t *number)
{
    if (len < UDP_NUMBERED || udp_get_uint32(datagram) != UDP_MAGIC) return false;
    *number = udp_get_uint32(datagram + 4);
    return true;
}

/* What a receiver of numbered datagrams knows about lost ones: those that are missing below the
 * highest number.
 * Simplification: lost datagrams at the end of a run leave no gap, a duplicate hides a lost one,
 * and two senders at the same time count as one. */
struct udp_gaps {
    size_t received, lost; /* of all runs of numbers */
    size_t next;           /* the number expected in this run */
};

static inline void udp_count_number(struct udp_gaps *g, uint32_t number)
{
    g->received++;
    if (number == 0) g->next = 0; /* a new run */
    if (number >= g->next) {
        g->lost += number - g->next;
        g->next = (size_t)number + 1;
    } else if (g->lost > 0) {
        g->lost--; /* overtaken by a later one, not lost */
    }
}
#endif
