/* object_url.h - the address of a remote object, http://HOST:PORT/PATH: parsed, written, and which machines can reach it. */
#ifndef OBJECT_URL_H
#define OBJECT_URL_H

#include <stdbool.h>

#include <sys/socket.h>

enum { RMI_URL_MAX = 300, RMI_HOST_MAX = 254 }; /* bytes, with the final NUL */

struct object_url {
    char host[RMI_HOST_MAX]; /* without the brackets of an IPv6 address */
    char port[6];
};

/* From where an address leads to the object. */
enum object_reach {
    REACH_UNKNOWN,  /* from nowhere: no such host */
    REACH_LOOPBACK, /* from its own machine only: a loopback or unspecified address (127.0.0.1, 0.0.0.0) */
    REACH_NETWORK,  /* from other machines too, if the network carries it */
};

/* Parses `text`. False when it is no such URL. A user, a query, a fragment or a percent sign is refused, too. */
bool object_url_parse(const char *text, struct object_url *url);

/* Parses HOST:PORT, [ADDR]:PORT, or HOST alone when there is a default port. False when it is none of them. */
bool object_url_host_port(const char *text, const char *default_port, struct object_url *url);

/* Parses the address of an endpoint, 127.0.0.1:40123. False when it stands for all addresses of this machine (0.0.0.0, ::): a
 * client that gets it in a URL would call its own machine. `url` is filled in all the same. */
bool object_url_of_endpoint(const char *text, struct object_url *url);

/* Writes http://HOST:PORT/path into `text`; false when that is too long. */
bool object_url_write(char text[RMI_URL_MAX], const struct object_url *url, const char *path);

/* Resolves the host: this may ask a name server, and wait for it. */
enum object_reach object_url_reach(const struct object_url *url);

/* True when the URL's host has the address of `peer`, or both are loopback addresses. Resolves the host, too. */
bool object_url_is_at(const struct object_url *url, const struct sockaddr *peer);

bool address_is_loopback(const struct sockaddr *address);

#endif
