/* link_clients.h - the clients of faulty_link's datagram mode. UDP has no connections, so the link keeps a table as a NAT
 * router does: each client gets a socket of its own that is connected to the server. The server's reply to that socket
 * belongs to that client. */
#ifndef LINK_CLIENTS_H
#define LINK_CLIENTS_H
#include "../common/demo.h"

#include <netdb.h>
#include <sys/socket.h>

enum { LINK_CLIENTS = 256 }; /* at once; a new one replaces the client that was silent for the longest time */

struct link_client {
    struct sockaddr_storage address;
    socklen_t address_len;         /* 0: the place is free */
    int sock;                      /* towards the server */
    const struct addrinfo *server; /* the address that `sock` is connected to */
    bool answered;                 /* by the server, at that address */
    size_t queued;                 /* datagrams of this client in the queue: it cannot be replaced now */
    int64_t used_ns;
    char *last; /* until `answered`: the last datagram sent, for the next address of the server; owned */
    size_t last_len;
};

extern struct link_client link_clients[LINK_CLIENTS];
extern size_t link_client_count; /* places in use; they never move */

/* The client with this address; a new one gets a socket. NULL: no socket or no place is left. */
struct link_client *link_client_of(const struct sockaddr_storage *address, socklen_t len,
                                   const struct addrinfo *server);

/* Sends a datagram to the server and, until the server has answered once, keeps a copy. */
void link_client_send(struct link_client *client, const char *bytes, size_t len);

/* The server sent something: its address works. */
void link_client_answered(struct link_client *client);

/* The server's kernel refused a datagram (ECONNREFUSED): sends the kept copy to the next address of the server's name. */
void link_client_refused(struct link_client *client);

void link_clients_end(void);

#endif
