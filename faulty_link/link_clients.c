/* link_clients.c - the table of clients: who sent from which address, and the socket towards the server of each. */
#include "link_clients.h"

struct link_client link_clients[LINK_CLIENTS];
size_t link_client_count;

/* socket and connect to this address of the server, or to the first one after it that allows it. */
static bool connect_to(struct link_client *c, const struct addrinfo *server)
{
    for (c->server = server; c->server != NULL; c->server = c->server->ai_next) {
        if ((c->sock = socket(c->server->ai_family, c->server->ai_socktype, c->server->ai_protocol)) < 0) continue;
        if (connect(c->sock, c->server->ai_addr, c->server->ai_addrlen) == 0) return true;
        close(c->sock);
    }
    c->sock = -1;
    return false;
}

static void forget(struct link_client *c)
{
    if (c->sock >= 0) close(c->sock);
    free(c->last);
    *c = (struct link_client){.sock = -1};
}

struct link_client *link_client_of(const struct sockaddr_storage *address, socklen_t len,
                                   const struct addrinfo *server)
{
    struct link_client *oldest = NULL, new = {.address_len = len, .sock = -1};
    for (struct link_client *c = link_clients; c < link_clients + link_client_count; c++) {
        if (c->address_len == len && memcmp(&c->address, address, len) == 0) return c;
        if (c->queued == 0 && (oldest == NULL || c->used_ns < oldest->used_ns)) oldest = c;
    }
    memcpy(&new.address, address, len);
    if (link_client_count < LINK_CLIENTS && connect_to(&new, server)) {
        link_clients[link_client_count] = new;
        return &link_clients[link_client_count++];
    }
    /* The table is full, or the kernel gave no socket (ulimit -n): replace the client silent for the longest time. */
    if (oldest == NULL) return NULL;
    forget(oldest);
    if (!connect_to(&new, server)) return NULL;
    *oldest = new;
    return oldest;
}

void link_client_send(struct link_client *c, const char *bytes, size_t len)
{
    send(c->sock, bytes, len, 0); /* a datagram that cannot be sent is lost, as in any network */
    if (c->answered || c->server == NULL || c->server->ai_next == NULL) return;
    char *copy = malloc(len + 1);
    if (copy == NULL) return;
    memcpy(copy, bytes, len);
    free(c->last);
    c->last = copy;
    c->last_len = len;
}

void link_client_answered(struct link_client *c)
{
    c->answered = true;
    free(c->last);
    c->last = NULL;
}

void link_client_refused(struct link_client *c)
{
    if (c->last == NULL || c->server->ai_next == NULL) return;
    close(c->sock);
    if (connect_to(c, c->server->ai_next)) send(c->sock, c->last, c->last_len, 0);
}

void link_clients_end(void)
{
    for (size_t i = 0; i < link_client_count; i++) forget(&link_clients[i]);
}
