/* object_url.c - parses and writes URLs of remote objects, and resolves their hosts to see which machines can reach them. */
#include "../common/demo.h"

#include "object_url.h"

#include <netdb.h>
#include <netinet/in.h>

static const char host_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
static const char path_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~/";

/* Parses HOST:PORT or [ADDR]:PORT at the beginning of `text`. Returns the place after it; NULL when there is none. */
static const char *parse_host_port(const char *text, const char *default_port, struct object_url *url)
{
    const bool bracket = *text == '[';
    const char *host = text + bracket, *rest;
    size_t len = strspn(host, bracket ? "0123456789abcdefABCDEF:." : host_bytes);
    if (len == 0 || len >= sizeof url->host || (bracket && host[len] != ']')) return NULL;
    memcpy(url->host, host, len);
    url->host[len] = '\0';
    rest = host + len + bracket;
    if (*rest != ':' && default_port == NULL) return NULL;
    snprintf(url->port, sizeof url->port, "%s", default_port != NULL ? default_port : "");
    if (*rest != ':') return rest;
    size_t digits = strspn(++rest, "0123456789");
    long port = strtol(rest, NULL, 10);
    if (digits == 0 || digits > 5 || port < 1 || port > 65535) return NULL;
    snprintf(url->port, sizeof url->port, "%ld", port);
    return rest + digits;
}

bool object_url_parse(const char *text, struct object_url *url)
{
    static const char scheme[] = "http://";
    if (strncmp(text, scheme, strlen(scheme)) != 0 || strlen(text) >= RMI_URL_MAX) return false;
    const char *path = parse_host_port(text + strlen(scheme), NULL, url);
    return path != NULL && *path == '/' && strspn(path, path_bytes) == strlen(path);
}

bool object_url_host_port(const char *text, const char *default_port, struct object_url *url)
{
    const char *rest = parse_host_port(text, default_port, url);
    return rest != NULL && *rest == '\0';
}

bool object_url_of_endpoint(const char *text, struct object_url *url)
{
    return object_url_host_port(text, NULL, url) && strcmp(url->host, "0.0.0.0") != 0 && strcmp(url->host, "::") != 0;
}

bool object_url_write(char text[RMI_URL_MAX], const struct object_url *url, const char *path)
{
    const bool bracket = strchr(url->host, ':') != NULL;
    return snprintf(text, RMI_URL_MAX, "http://%s%s%s:%s/%s", bracket ? "[" : "", url->host, bracket ? "]" : "",
                    url->port, path) < RMI_URL_MAX;
}

/* The IPv4 address, also of a v4-mapped IPv6 address (::ffff:127.0.0.1, RFC 4291); false for any other IPv6 address. */
static bool as_ipv4(const struct sockaddr *address, struct in_addr *v4)
{
    if (address->sa_family == AF_INET) {
        *v4 = ((const struct sockaddr_in *)address)->sin_addr;
        return true;
    }
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(v6)) return false;
    memcpy(v4, v6->s6_addr + 12, sizeof *v4);
    return true;
}

bool address_is_loopback(const struct sockaddr *address)
{
    struct in_addr v4;
    if (as_ipv4(address, &v4)) return ntohl(v4.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool address_is_unspecified(const struct sockaddr *address)
{
    struct in_addr v4;
    if (as_ipv4(address, &v4)) return ntohl(v4.s_addr) == INADDR_ANY;
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool address_is_same(const struct sockaddr *a, const struct sockaddr *b)
{
    struct in_addr a4, b4;
    const bool is_4 = as_ipv4(a, &a4);
    if (is_4 != as_ipv4(b, &b4)) return false;
    if (is_4) return a4.s_addr == b4.s_addr;
    return IN6_ARE_ADDR_EQUAL(&((const struct sockaddr_in6 *)a)->sin6_addr,
                              &((const struct sockaddr_in6 *)b)->sin6_addr);
}

static struct addrinfo *addresses_of(const struct object_url *url)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    return getaddrinfo(url->host, url->port, &hints, &found) == 0 ? found : NULL;
}

/* One loopback address is enough: Debian's /etc/hosts maps the machine's own name to 127.0.1.1. */
enum object_reach object_url_reach(const struct object_url *url)
{
    struct addrinfo *found = addresses_of(url);
    if (found == NULL) return REACH_UNKNOWN;
    enum object_reach reach = REACH_NETWORK;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next)
        if (address_is_loopback(a->ai_addr) || address_is_unspecified(a->ai_addr)) reach = REACH_LOOPBACK;
    freeaddrinfo(found);
    return reach;
}

bool object_url_is_at(const struct object_url *url, const struct sockaddr *peer)
{
    struct addrinfo *found = addresses_of(url);
    bool same = false;
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next)
        if (address_is_same(a->ai_addr, peer) || (address_is_loopback(a->ai_addr) && address_is_loopback(peer)))
            same = true;
    if (found != NULL) freeaddrinfo(found);
    return same;
}
