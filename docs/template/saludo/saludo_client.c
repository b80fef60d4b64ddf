/* saludo_client - the side that speaks first: socket, connect; then send a name, recv the greeting.
 *
 *     saludo_server         in one terminal: its sibling, saludo_server.c
 *     saludo_client ana     in another
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "saludo_proto.h"

#include <netdb.h>
#include <sys/socket.h>

static const char *port = SALUDO_PORT;
static int timeout_ms = 1000;

static const struct demo_usage usage = {
    .arguments = "[NAME]",
    .purpose = "Sends NAME (mundo) to saludo_server on this machine and prints its answer.",
    .example = "saludo_client ana",
    .most = 1};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "the server's port (" SALUDO_PORT ")", .port = &port, .min = 1},
    {'w', "timeout", "SEC", "the longest wait for the answer (1)", .milliseconds = &timeout_ms, .min = 1},
    {0},
};

/* socket and connect to the server on this machine. Ends the program when that fails. */
static int connect_to_server(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo("127.0.0.1", port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "port %s: %s", port, gai_strerror(unknown));
    int sock = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (sock < 0 || connect(sock, found->ai_addr, found->ai_addrlen) != 0)
        err(DEMO_FAILED, "connect to port %s", port);
    freeaddrinfo(found);
    return sock;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int first = demo_options(argc, argv, &usage, table);
    const char *name = first < argc ? argv[first] : "mundo";

    /* Acquire everything: any failure here is fatal. */
    int sock = connect_to_server();

    /* The model: a name out, a greeting in. */
    char answer[SALUDO_ANSWER];
    struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}};
    if (send(sock, name, strlen(name), 0) < 0) err(DEMO_FAILED, "send");
    int ready = demo_wait(fds, 1, timeout_ms);
    ssize_t len = ready > 0 ? recv(sock, answer, sizeof answer, 0) : 0;
    if (ready == 0) errx(DEMO_FAILED, "no answer in time (is the network slow? wait longer with -w)");
    if (len < 0)
        errx(DEMO_FAILED, "port %s: %s (is saludo_server running? start it with: saludo_server -p %s)", port,
             strerror(errno), port);
    if (ready > 0) {
        demo_put_text(stdout, answer, (size_t)len, "");
        putchar('\n');
    }

    /* Give back. */
    close(sock);
    return demo_end(DEMO_DONE);
}
