/* udp_measure.h - the yardstick of udp_client: round trips, and datagrams one way, to a server that is given. */
#ifndef UDP_MEASURE_H
#define UDP_MEASURE_H
#include "../common/endpoint.h"

enum { UDP_ADDRESSES = 16 }; /* of one name that are tried */

/* The server, by every address of its name: a connected socket for each. */
struct udp_server {
    int sockets[UDP_ADDRESSES];
    size_t addresses, current;
};

static inline const char *udp_peer_of(int sock, char text[ENDPOINT_TEXT])
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;
    getpeername(sock, (struct sockaddr *)&address, &len);
    return endpoint_text(&address, len, text);
}

/* Both send `count` numbered datagrams of `size` bytes to the first address that does not refuse them, print one last
 * line and return the exit status. */

/* Waits for each one's echo, for `timeout_ms`, and compares it; the last line is that of common/measure.h. With `spin`,
 * polls for up to a second before it sleeps. */
int measure_round_trips(const struct udp_server *server, size_t count, size_t size, bool spin, int timeout_ms);

/* Waits for nothing: how many arrived is the server's to tell. */
int measure_one_way(const struct udp_server *server, size_t count, size_t size);

#endif
