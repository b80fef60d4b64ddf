/* mcast_proto.h - what mcast_sender and mcast_receiver agree on: group, port, and the number in front of each datagram. */
#ifndef MCAST_PROTO_H
#define MCAST_PROTO_H
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MCAST_GROUP      "239.255.0.1" /* administratively scoped, the smallest such scope (RFC 2365) */
#define MCAST_GROUP_IPV6 "ff15::1"     /* transient, site-local (RFC 4291, 2.7) */
#define MCAST_PORT       "5007"
enum {
    MCAST_NUMBER = 11,     /* bytes of the largest number, 4294967295, and its blank */
    MCAST_PAYLOAD = 65507, /* bytes of the largest datagram: 65535 less the headers of IPv4 (20) and UDP (8) */
};

/* Writes the beginning of a numbered datagram, the number and a blank, and a final NUL. Returns its length without NUL. */
static inline size_t mcast_put_number(char bytes[MCAST_NUMBER + 1], uint32_t number)
{
    return (size_t)snprintf(bytes, MCAST_NUMBER + 1, "%" PRIu32 " ", number);
}

/* Reads the number of a datagram. Returns how many bytes the number and its blank take; 0 when there is no number. */
static inline size_t mcast_get_number(const char *datagram, size_t len, uint32_t *number)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < len && i < MCAST_NUMBER - 1 && datagram[i] >= '0' && datagram[i] <= '9'; i++)
        value = value * 10 + (uint64_t)(datagram[i] - '0');
    if (i == 0 || i == len || datagram[i] != ' ' || value > UINT32_MAX) return 0;
    *number = (uint32_t)value;
    return i + 1;
}
#endif
