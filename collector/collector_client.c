/* collector_client.c - the program's side: connects its standard output and error to the collector, and makes requests. */
#include "collector.h"

/* Makes `directory` the current one; returns a descriptor of the former one, for leave(). */
static int enter(const char *directory)
{
    int former = open(".", O_RDONLY | O_CLOEXEC);
    if (former < 0 || chdir(directory) != 0) err(DEMO_FAILED, "%s", former < 0 ? "." : directory);
    return former;
}

static void leave(int former)
{
    if (fchdir(former) != 0) err(DEMO_FAILED, "fchdir");
    close(former);
}

/* A datagram socket bound to `name` in the current directory and connected to the collector there. */
static int connect_as(const char *name)
{
    struct sockaddr_un here = collector_address(name), collector = collector_address(COLLECTOR_SOCKET);
    int s = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (s < 0) err(DEMO_FAILED, "socket");
    unlink(name); /* of an earlier process with this name, or this process id */
    if (bind(s, (struct sockaddr *)&here, sizeof here) != 0) err(DEMO_FAILED, "bind to %s", name);
    if (connect(s, (struct sockaddr *)&collector, sizeof collector) != 0) {
        unlink(name);
        err(DEMO_FAILED, "connect to the collector (does it still run?)");
    }
    return s;
}

void collector_request(const char *directory, const char *request)
{
    char name[32], reason[128];
    int former = enter(directory);
    snprintf(name, sizeof name, "request-%ld", (long)getpid());
    int s = connect_as(name);

    /* A collector that waits for a slow terminal answers late. One that is gone cannot be connected to. */
    struct timeval second = {.tv_sec = 1};
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    struct sockaddr_un collector = collector_address(COLLECTOR_SOCKET);
    ssize_t n = send(s, request, strlen(request), 0) < 0 ? -1 : recv(s, reason, sizeof reason, 0);
    while (n < 0 && (errno == EAGAIN || errno == EINTR) &&
           connect(s, (struct sockaddr *)&collector, sizeof collector) == 0)
        n = recv(s, reason, sizeof reason, 0);
    int error = errno;
    unlink(name);
    leave(former);
    close(s);
    if (n < 0) errx(DEMO_FAILED, "%s: the collector does not answer: %s", request, strerror(error));
    if (n > 0) errx(DEMO_FAILED, "%s: %.*s", request, (int)n, reason);
}

void run_collected(const char *directory, const char *name, const char *colour, char **command)
{
    char request[sizeof "begin " + NAME_SIZE + 32];
    if (strlen(name) >= NAME_SIZE) errx(DEMO_USAGE, "%s: a name has %d bytes at most", name, NAME_SIZE - 1);
    snprintf(request, sizeof request, "begin %s %s", name, colour);
    collector_request(directory, request);

    int former = enter(directory), sockets[2];
    for (int i = 0; i < 2; i++) {
        char address[NAME_SIZE + 2];
        int longest =
            WRITE_MAX / 2; /* the kernel doubles it, after it made it net.core.wmem_max at most: socket(7) */
        snprintf(address, sizeof address, "%s.%d", name, STDOUT_FILENO + i);
        sockets[i] = connect_as(address);
        setsockopt(sockets[i], SOL_SOCKET, SO_SNDBUF, &longest, sizeof longest);
    }
    leave(former);
    for (int i = 0; i < 2; i++) {
        if (dup2(sockets[i], STDOUT_FILENO + i) < 0) err(DEMO_FAILED, "dup2");
        close(sockets[i]);
    }
    execv(command[0], command);
}
