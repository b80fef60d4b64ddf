/* saludo_server - the side that waits: socket, bind; then recvfrom a name, sendto a greeting.
 *
 *     saludo_server         in one terminal
 *     saludo_client ana     in another: its sibling, saludo_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "saludo_proto.h"

static const char *address = "127.0.0.1", *port = SALUDO_PORT;

static const struct demo_usage usage = {.purpose = "Answers every datagram, a name, with a greeting.",
                                        .example = "saludo_server -p 12399"};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to listen on (127.0.0.1)", .text = &address},
    {'p', "port", "PORT", "port to listen on (" SALUDO_PORT "); 0 takes any free one", .port = &port},
    {0},
};

/* socket and bind on the first address of the name that allows it. Ends the program when none does. */
static int listen_on(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found);
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));
    int sock = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (sock < 0 || bind(sock, found->ai_addr, found->ai_addrlen) != 0)
        errx(DEMO_FAILED, "listen on %s:%s: %s (%s)", address, port, strerror(errno), endpoint_hint(errno));
    freeaddrinfo(found);
    return sock;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal. */
    int sock = listen_on();
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model: a name in, a greeting out. */
    size_t answered = 0;
    struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}};
    while (demo_wait(fds, 1, -1) > 0) {
        char name[SALUDO_NAME + 1], answer[SALUDO_ANSWER]; /* one byte more: a longer name is noticed */
        struct sockaddr_storage peer;
        socklen_t peer_len = sizeof peer;
        ssize_t len = recvfrom(sock, name, sizeof name, 0, (struct sockaddr *)&peer, &peer_len);
        if (len < 0) continue;
        printf("%s says: ", endpoint_text(&peer, peer_len, endpoint));
        demo_put_text(stdout, name, (size_t)len, "");
        putchar('\n');
        if (len > SALUDO_NAME) {
            warnx("%s: a name has %d bytes at most: not answered", endpoint, SALUDO_NAME);
            continue;
        }
        size_t answer_len = saludo_answer(name, (size_t)len, answer);
        if (sendto(sock, answer, answer_len, 0, (struct sockaddr *)&peer, peer_len) >= 0) answered++;
        else warn("answer to %s", endpoint);
    }

    /* Give back. */
    close(sock);
    printf("%zu answered\n", answered);
    return demo_end(DEMO_DONE);
}
