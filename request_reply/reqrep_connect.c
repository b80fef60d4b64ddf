/* reqrep_connect.c - a connected UDP socket for each address of the server. */
#include "reqrep_connect.h"

#include <netdb.h>
#include <sys/socket.h>

enum { ADDRESSES = 16 };

static int sockets[ADDRESSES];
static size_t addresses, current;
static bool heard;

/* With UDP, connect(2) sends nothing. It notes the address; from then on the kernel drops the datagrams of all other senders,
 * and reports ECONNREFUSED when the port is closed. */
void server_connect(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int reason = 0;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(error));
    for (struct addrinfo *a = found; a != NULL && addresses < ADDRESSES; a = a->ai_next) {
        int sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && connect(sock, a->ai_addr, a->ai_addrlen) == 0) {
            sockets[addresses++] = sock;
            continue;
        }
        reason = errno;
        if (sock >= 0) close(sock);
    }
    freeaddrinfo(found);
    if (addresses == 0)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is there a network to that host?)", host, port, strerror(reason));
}

int server_socket(void) { return sockets[current]; }

void note_server_heard(void) { heard = true; }

bool server_next_address(void)
{
    if (heard || current + 1 == addresses) return false;
    current++;
    return true;
}

void server_close(void)
{
    for (size_t i = 0; i < addresses; i++) close(sockets[i]);
}
