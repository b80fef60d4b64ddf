/* endpoint.h - an address and a port as one text, and the likely cause when bind(2) fails. */
#ifndef ENDPOINT_H
#define ENDPOINT_H
#include "demo.h"

#include <netdb.h>
#include <sys/socket.h>

enum { ENDPOINT_TEXT = 80 }; /* [IPv6 address%interface]:port and the final NUL */

/* Writes `address` as 127.0.0.1:9999 or [::1]:9999 (RFC 3986 host and port) into `text`, which is also returned. */
static inline const char *endpoint_text(const void *address, socklen_t len, char text[ENDPOINT_TEXT])
{
    char host[64], port[6];
    if (getnameinfo(address, len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, ENDPOINT_TEXT, "(unknown address)");
    else snprintf(text, ENDPOINT_TEXT, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
    return text;
}

/* The endpoint that bind(2) gave to `socket`. After port 0 only the kernel knows the port: getsockname(2). */
static inline const char *endpoint_of(int socket, char text[ENDPOINT_TEXT])
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &len) != 0) err(DEMO_FAILED, "getsockname");
    return endpoint_text(&address, len, text);
}

/* The likely cause of a bind(2) or listen(2) that failed with `error`, and the next step. */
static inline const char *endpoint_hint(int error)
{
    switch (error) {
    case EADDRINUSE: return "another program has that port: choose one with -p, or any free one with -p 0";
    case EADDRNOTAVAIL: return "not an address of this machine: see them with ip address";
    case EACCES: return "ports below 1024 belong to the administrator: choose a higher one with -p";
    default: return "try -l 127.0.0.1";
    }
}
#endif
