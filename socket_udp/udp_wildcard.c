/* udp_wildcard.c - replies that leave from the address that the client asked, on a socket that is
 * bound to all. */
#include "udp_wildcard.h"

#include <netinet/in.h>

static union { /* of the datagram that was received last; a union for the alignment, see cmsg(3) */
    struct cmsghdr header;
    char room[CMSG_SPACE(64)];
} destination;
static size_t destination_len;

bool ask_for_destinations(int sock)
{
    union {
        struct sockaddr_storage storage;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } own;
    socklen_t len = sizeof own;
    const int on = 1;
    int problem;
    if (getsockname(sock, (struct sockaddr *)&own, &len) != 0) err(DEMO_FAILED, "getsockname");
    if (own.storage.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&own.v6.sin6_addr))
        problem = setsockopt(sock, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    else if (own.storage.ss_family == AF_INET && own.v4.sin_addr.s_addr == htonl(INADDR_ANY))
        problem = setsockopt(sock, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    else return false; /* bound to one address: each reply leaves from it */
    if (problem != 0) warn("a reply may leave from another address than the client asked");
    return problem == 0;
}

ssize_t wildcard_recvfrom(int sock, void *bytes, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
    struct iovec whole = {.iov_base = bytes, .iov_len = len};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = *from_len,
                             .msg_iov = &whole,
                             .msg_iovlen = 1,
                             .msg_control = &destination,
                             .msg_controllen = sizeof destination};
    ssize_t n = recvmsg(sock, &message, flags);
    *from_len = message.msg_namelen;
    destination_len = message.msg_controllen;
    return n;
}

ssize_t wildcard_sendto(int sock, void *bytes, size_t len, int flags, struct sockaddr *to, socklen_t to_len)
{
    struct iovec whole = {.iov_base = bytes, .iov_len = len};
    struct msghdr message = {.msg_name = to,
                             .msg_namelen = to_len,
                             .msg_iov = &whole,
                             .msg_iovlen = 1,
                             .msg_control = &destination,
                             .msg_controllen = destination_len};
    return sendmsg(sock, &message, flags);
}
