/* object_url.h - a remote object's address, http://HOST:PORT/PATH: written, taken apart, and for whom it means anything. */
#ifndef OBJECT_URL_H
#define OBJECT_URL_H

#include <stdbool.h>

#include <sys/socket.h>

enum { RMI_URL_MAX = 300, RMI_HOST_MAX = 254 }; /* bytes, with the final NUL */

struct object_url {
    char host[RMI_HOST_MAX]; /* without the brackets of an IPv6 address */
    char port[6];
};

enum object_reach {
    REACH_UNKNOWN, /* no such host */
    REACH_HERE,    /* a loopback address, or none at all (0.0.0.0): each machine has its own */
    REACH_OTHERS,  /* other machines may reach it; whether they do is for the network to say */
};

/* Takes `text` apart. False when it is no such URL, or holds anything that needs thought: a user, a query, a blank. */
bool object_url_parse(const char *text, struct object_url *url);

/* Takes HOST:PORT, [ADDR]:PORT or HOST alone apart; false when it is none of them. */
bool object_url_host_port(const char *text, const char *default_port, struct object_url *url);

/* The address of an endpoint, 127.0.0.1:40123. False when that stands for all addresses of this machine (0.0.0.0, ::): whoever
 * was given it as part of a URL would call himself. */
bool object_url_of_endpoint(const char *text, struct object_url *url);

/* Writes http://HOST:PORT/path into `text`; false when that is too long. */
bool object_url_write(char text[RMI_URL_MAX], const struct object_url *url, const char *path);

enum object_reach object_url_reach(const struct object_url *url);

/* Whether the URL's host has the address of `peer`, or both are this machine's loopback. */
bool object_url_is_at(const struct object_url *url, const struct sockaddr *peer);

bool address_is_loopback(const struct sockaddr *address);

#endif
