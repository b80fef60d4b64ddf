/* http_overload.c - answers a client for whom there is no thread, without one. */
#include "../common/demo.h"

#include "http_overload.h"

#include <sys/socket.h>

enum {
    QUIET_MS = 10000, /* without such a client: the next one is reported again */
    REQUEST_MS = 20,  /* for a request to arrive */
};

void http_overload_log(void *context, const char *format, va_list arguments)
{
    static const char failure[] = "Failed to create a "; /* "thread: ..." or "new thread because ..." */
    struct http_overload *overload = context;
    (void)arguments;
    if (strncmp(format, failure, strlen(failure)) == 0) overload->threadless = true;
}

void http_overload_say(struct http_overload *overload)
{
    const int64_t now = demo_now_ns(), last = atomic_exchange(&overload->last_ns, now);
    if (last == 0 || now - last > QUIET_MS * INT64_C(1000000))
        warnx(
            "no thread, or no memory, for one more client: it is turned away, and so are those after it (more at once: "
            "ulimit -u, ulimit -v)");
}

void http_overload_closing(struct http_overload *overload, int fd)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 39\r\n\r\n"
                                 "too many clients at once; try it later\n";
    char request[4096];
    if (!overload->threadless) return;
    overload->threadless = false;
    overload->answered++;
    http_overload_say(overload);
    send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);

    /* close(2) resets a connection with unread bytes, and the client could lose the answer. */
    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, REQUEST_MS);
    while (recv(fd, request, sizeof request, MSG_DONTWAIT) > 0) continue;
}
