/* connect_load PORT COUNT CLIENTS - COUNT conversations with a TCP server that greets with a line, CLIENTS at a time,
 * and how many a second there were. Each is: connect, read the greeting, end our side, read the end of the server's,
 * close: what is counted was served from its beginning to its end. */
#define DEMO_MAIN
#include "../../../common/demo.h"

#include <arpa/inet.h>
#include <sys/socket.h>

enum { MAX_CLIENTS = 1000, TIMEOUT_MS = 10000 };

static int connect_to(in_port_t port)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) err(DEMO_FAILED, "socket");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS)
        err(DEMO_FAILED, "connect to port %d", port);
    return fd;
}

/* Reads what is there; at the end of the greeting ends our side. True when the server has ended its own. */
static bool is_over(int fd)
{
    char text[256];
    for (ssize_t n; (n = recv(fd, text, sizeof text, 0)) != 0;) {
        if (n < 0 && errno == EAGAIN) return false;
        if (n < 0) err(DEMO_FAILED, "recv");
        if (text[n - 1] == '\n') shutdown(fd, SHUT_WR);
    }
    return true;
}

int main(int argc, char **argv)
{
    demo_start();
    if (argc != 4) errx(DEMO_USAGE, "usage: connect_load PORT COUNT CLIENTS");
    const in_port_t port = (in_port_t)demo_number("PORT", argv[1], 1, 65535);
    const size_t count = (size_t)demo_number("COUNT", argv[2], 1, 1000000);
    const size_t clients = (size_t)demo_number("CLIENTS", argv[3], 1, MAX_CLIENTS);

    static struct pollfd fds[MAX_CLIENTS + 1];
    size_t begun = 0, over = 0;
    int64_t start = demo_now_ns();
    for (size_t i = 0; i < clients; i++) fds[i].fd = -1;
    while (over < count) {
        for (size_t i = 0; i < clients && begun < count; i++)
            if (fds[i].fd < 0) {
                fds[i] = (struct pollfd){.fd = connect_to(port), .events = POLLIN};
                begun++;
            }
        int ready = demo_wait(fds, clients, TIMEOUT_MS);
        if (ready < 0) break;
        if (ready == 0) errx(DEMO_FAILED, "%zu of %zu conversations in all, then silence", over, count);
        for (size_t i = 0; i < clients; i++)
            if (fds[i].fd >= 0 && fds[i].revents && is_over(fds[i].fd)) {
                close(fds[i].fd);
                fds[i].fd = -1;
                over++;
            }
    }
    printf("%zu conversations, %.0f connections/s\n", over, (double)over / ((double)(demo_now_ns() - start) / 1e9));
    return demo_end(over == count ? DEMO_DONE : DEMO_FAILED);
}
