/* mcast_address.h - turns the names on the command line into addresses: the group, one source, the local interface. */
#ifndef MCAST_ADDRESS_H
#define MCAST_ADDRESS_H
#include "../common/demo.h"

#include "mcast_proto.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct mcast_address {
    union { /* the same address, as each call wants to see it */
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    };
    socklen_t len;
};

static inline bool mcast_is_group(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return IN_MULTICAST(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
}

/* The first address of `name`. Ends the program when there is none. */
static inline struct mcast_address mcast_find(const char *option, const char *name, const char *port, int family)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found;
    int error = getaddrinfo(name, port, &hints, &found);
    if (error != 0)
        errx(DEMO_FAILED, "%s %s: %s (is it spelled right, and IPv4 or IPv6 like the group?)", option, name,
             gai_strerror(error));
    struct mcast_address address = {.len = found->ai_addrlen};
    memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return address;
}

static inline struct mcast_address mcast_find_group(const char *name, const char *port)
{
    struct mcast_address group = mcast_find("-g", name, port, AF_UNSPEC);
    if (!mcast_is_group(&group.any))
        errx(DEMO_USAGE,
             "-g %s: not a multicast address (those are 224.0.0.0 to 239.255.255.255, and IPv6 from ff00:: on; "
             "try " MCAST_GROUP " or " MCAST_GROUP_IPV6 ")",
             name);
    return group;
}

static inline struct mcast_address mcast_find_source(const char *name, int family)
{
    struct mcast_address source = mcast_find("--source", name, NULL, family);
    if (mcast_is_group(&source.any))
        errx(DEMO_USAGE, "--source %s: that is a group's address; a sender has one of its own, such as 127.0.0.1",
             name);
    return source;
}

struct mcast_interface {
    char name[IF_NAMESIZE];
    unsigned index;
    struct mcast_address address; /* the interface's own address, port 0: a sender binds to it */
};

/* True when `wanted`, in network order, is the address `own` of `interface`. A loopback interface has every address of its
 * network: on Linux 127.0.0.2 is this machine too, so a second sender can have an address of its own. */
static inline bool mcast_has_address(const void *wanted, const struct ifaddrs *interface,
                                     const struct mcast_address *own)
{
    if (own->any.sa_family == AF_INET6) return memcmp(wanted, &own->v6.sin6_addr, sizeof own->v6.sin6_addr) == 0;
    struct sockaddr_in mask = {.sin_addr.s_addr = INADDR_BROADCAST};
    if ((interface->ifa_flags & IFF_LOOPBACK) && interface->ifa_netmask != NULL)
        memcpy(&mask, interface->ifa_netmask, sizeof mask);
    struct in_addr address;
    memcpy(&address, wanted, sizeof address);
    return ((address.s_addr ^ own->v4.sin_addr.s_addr) & mask.sin_addr.s_addr) == 0;
}

/* The interface with the name or the address `text`; NULL: the loopback interface. It must have an address of `family`.
 * Ends the program when there is none. */
static inline struct mcast_interface mcast_find_interface(const char *text, int family)
{
    struct mcast_interface found = {.index = 0};
    unsigned char wanted[sizeof(struct in6_addr)];
    bool by_address = text != NULL && inet_pton(family, text, wanted) == 1;
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) err(DEMO_FAILED, "getifaddrs");
    for (struct ifaddrs *i = all; i != NULL && found.index == 0; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != family) continue;
        struct mcast_address own = {.len = sizeof own.v4};
        if (family == AF_INET6) own.len = sizeof own.v6;
        memcpy(&own.storage, i->ifa_addr, own.len);
        bool matches = text == NULL ? (i->ifa_flags & IFF_LOOPBACK) != 0
                       : by_address ? mcast_has_address(wanted, i, &own)
                                    : strcmp(i->ifa_name, text) == 0;
        if (!matches) continue;
        if (by_address && family == AF_INET) memcpy(&own.v4.sin_addr, wanted, sizeof own.v4.sin_addr);
        snprintf(found.name, sizeof found.name, "%s", i->ifa_name);
        found.index = if_nametoindex(i->ifa_name);
        found.address = own;
    }
    freeifaddrs(all);
    if (found.index == 0)
        errx(DEMO_FAILED, "-i %s: no interface with %s has that name or address (see them with: ip address)",
             text != NULL ? text : "loopback", family == AF_INET ? "IPv4" : "IPv6");
    return found;
}

/* Each interface has its own copy of an IPv6 group of the two smallest scopes: adds the interface to such an address. */
static inline void mcast_set_scope_id(struct mcast_address *group, const struct mcast_interface *interface)
{
    const struct in6_addr *address = &group->v6.sin6_addr;
    if (group->any.sa_family == AF_INET6 && (IN6_IS_ADDR_MC_LINKLOCAL(address) || IN6_IS_ADDR_MC_NODELOCAL(address)))
        group->v6.sin6_scope_id = interface->index;
}

/* Ends the program after connect(2) to the group failed with `error`. */
static inline void mcast_die_no_route(const char *group, const char *endpoint,
                                      const struct mcast_interface *interface, int error)
{
    const struct mcast_address *own = &interface->address;
    if (own->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&own->v6.sin6_addr))
        errx(DEMO_FAILED,
             "send to %s through %s: %s (Linux has no IPv6 multicast route through loopback; make one as root: "
             "ip -6 route add local %s dev %s, or name another interface with -i)",
             endpoint, interface->name, strerror(error), group, interface->name);
    errx(DEMO_FAILED, "send to %s through %s: %s (is there a route? see: ip route)", endpoint, interface->name,
         strerror(error));
}
#endif
