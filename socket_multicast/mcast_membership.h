/* mcast_membership.h - keeps from a receiver what only other programs on this machine joined. */
#ifndef MCAST_MEMBERSHIP_H
#define MCAST_MEMBERSHIP_H
#include "mcast_address.h"

/* Call before bind(2). By default Linux gives a socket the datagrams of every group that any program on this machine
 * joined, on any interface, when port and bound address match. IP_MULTICAST_ALL (ip(7)) turns that off for IPv4.
 * IPV6_MULTICAST_ALL ignores the interface, so SO_BINDTODEVICE ties an IPv6 socket to its interface. Elsewhere a socket
 * hears only what it joined itself. */
static inline void mcast_ignore_others_memberships(int sock, const struct mcast_interface *interface)
{
#ifdef __linux__
    const int off = 0;
    const socklen_t name_len = (socklen_t)strlen(interface->name);
    if (interface->address.any.sa_family == AF_INET) {
        if (setsockopt(sock, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) != 0)
            err(DEMO_FAILED, "IP_MULTICAST_ALL");
    } else if (setsockopt(sock, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off, sizeof off) != 0 ||
               setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, interface->name, name_len) != 0) {
        warn("what other programs join is heard too (before Linux 5.7 only root may prevent it)");
    }
#else
    (void)sock, (void)interface;
#endif
}
#endif
