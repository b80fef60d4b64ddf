/* reqrep_peer.h - where a datagram came from, as recvfrom(2) tells it and sendto(2) takes it. */
#ifndef REQREP_PEER_H
#define REQREP_PEER_H
#include <sys/socket.h>

struct reqrep_peer {
    struct sockaddr_storage address;
    socklen_t len;
};

#endif
