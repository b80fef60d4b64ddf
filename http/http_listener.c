/* http_listener.c - opens the listening socket and raises the limit of open files, because every client is a descriptor. */
#include "../common/endpoint.h"

#include "http_listener.h"

#include <sys/resource.h>

/* Standard streams, listener, pipes and epolls, and what a sanitizer or debugger opens. */
enum { OWN_DESCRIPTORS = 40 };

int http_listen_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    int problem = getaddrinfo(address, port, &hints, &found);
    if (problem != 0)
        errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(problem));

    int listener = -1;
    for (struct addrinfo *a = found; a != NULL && listener < 0; a = a->ai_next) {
        if ((listener = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) < 0) continue;
        const int on = 1; /* after a restart, the old connections in TIME_WAIT do not keep the port */
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(listener, a->ai_addr, a->ai_addrlen) == 0 && listen(listener, SOMAXCONN) == 0) break;
        problem = errno;
        close(listener);
        listener = -1;
        errno = problem;
    }
    freeaddrinfo(found);
    if (listener < 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(errno), endpoint_hint(errno));
    return listener;
}

unsigned http_room_for_clients(unsigned clients_max)
{
    struct rlimit limit;
    const rlim_t wanted = clients_max + OWN_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "getrlimit");
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "setrlimit");
    }
    if (limit.rlim_cur <= OWN_DESCRIPTORS)
        errx(DEMO_FAILED, "only %llu open files are allowed (more: ulimit -n)", (unsigned long long)limit.rlim_cur);
    return limit.rlim_cur < wanted ? (unsigned)limit.rlim_cur - OWN_DESCRIPTORS : clients_max;
}
