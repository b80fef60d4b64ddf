/* link_run.h - the two networks of faulty_link: for datagrams, and for connections. */
#ifndef LINK_RUN_H
#define LINK_RUN_H
#include "link_faults.h"

#include <netdb.h>

struct link_options {
    struct link_faults faults;
    const struct addrinfo *server; /* every address of its name */
    bool quiet;
    size_t trickle;                      /* TCP: bytes at a time, 0 for as many as there are */
    uint64_t cut_after, half_open_after; /* TCP: so many bytes, counted both ways; UINT64_MAX for never */
};

static inline const char *link_way_text(enum link_way way) { return way == TO_SERVER ? "to server" : "to client"; }

/* Both pass on what comes to `sock`, until asked to stop, and print one last line. */
void link_run_udp(int sock, const struct link_options *options);
void link_run_tcp(int listener, const struct link_options *options);

#endif
