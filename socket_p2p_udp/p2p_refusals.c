/* p2p_refusals.c - reads the error queue of a UDP socket: which datagrams were refused, and why. See p2p_refusals.h. */
#include "p2p_refusals.h"

#include <netinet/in.h>
#include <sys/uio.h>
#ifdef __linux__
#include <linux/errqueue.h>
#endif

void p2p_report_icmp_errors(int sock, int family)
{
#ifdef IP_RECVERR     /* Simplification: on other systems than Linux a closed port looks like silence */
    const int on = 1; /* IPv4 also on an IPv6 socket: bound to :: it serves both */
    setsockopt(sock, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    if (family == AF_INET6) setsockopt(sock, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
#else
    (void)sock, (void)family;
#endif
}

#ifdef IP_RECVERR
/* The reason in a message of the error queue. 0: no ICMP message, but an error that the call itself returned too. */
static int refusal_error(struct msghdr *refused)
{
    struct sock_extended_err reason;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(refused); c != NULL; c = CMSG_NXTHDR(refused, c)) {
        if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
            !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            continue;
        memcpy(&reason, CMSG_DATA(c), sizeof reason);
        return reason.ee_origin == SO_EE_ORIGIN_LOCAL ? 0 : (int)reason.ee_errno;
    }
    return 0;
}
#endif

struct p2p_refusals p2p_read_refusals(const struct p2p_conversation *c)
{
    struct p2p_refusals all = {0};
    int pending; /* reading it clears it; the queue says more */
    socklen_t pending_len = sizeof pending;
    getsockopt(c->sock, SOL_SOCKET, SO_ERROR, &pending, &pending_len);
#ifdef IP_RECVERR
    for (;;) {
        char byte, text[ENDPOINT_TEXT]; /* of the refused datagram one byte is enough: is it empty? */
        struct sockaddr_storage to;     /* where it went */
        union {
            struct cmsghdr aligned;
            char room[512];
        } control;
        struct iovec part = {.iov_base = &byte, .iov_len = 1};
        struct msghdr refused = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t n = recvmsg(c->sock, &refused, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (n < 0) return all;
        int error = refusal_error(&refused);
        if (error == 0) continue;
        if (c->peer_len == 0 || strcmp(endpoint_text(&to, refused.msg_namelen, text), c->peer_text) != 0) {
            all.ignored++;
            continue;
        }
        all.error = error;
        all.messages += n > 0 || !c->goodbye_sent; /* a router may quote the header only: then n is 0 */
    }
#endif
    return all;
}

void p2p_warn_refused(const struct p2p_conversation *c, int error)
{
    const char *hint = "is that host up, and no firewall in between?";
    char start[80];
    snprintf(start, sizeof start, "nobody is there: is p2p_server running? start it with: p2p_server -p %s", c->port);
    if (error == EMSGSIZE) hint = "the way there carries less: say it in shorter messages";
    if (error == ECONNREFUSED && !c->heard) hint = start;
    if (error == ECONNREFUSED && c->heard)
        hint = c->goodbye_received ? "it said goodbye and left before this arrived"
                                   : "it has ended, and its goodbye did not arrive";
    warnx("%s: %s (%s)", c->peer_text, strerror(error), hint);
}
