/* http_guard.h - finds requests whose end, target or host two HTTP programs could read differently (request smuggling). A
 * proxy that reads such a request in one way, and this server in the other, disagree about where the next request begins.
 *
 * libmicrohttpd 0.9.75 accepts all of these. The rules: RFC 9112, sections 3.2 (Host), 5.1 (names) and 6.1 to 6.3 (lengths). */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>

/* What the guard has seen of a request's head; starts as {0}. */
struct http_guard {
    unsigned hosts, lengths, codings; /* fields of each name */
    bool nul_in_uri, unknown_coding, bad_name;
};

/* To be called with the request's target before it is decoded: after that, /RPC2%00evil looks like /RPC2. */
void http_guard_uri(struct http_guard *guard, const char *uri);

/* To be called for every header field. */
void http_guard_field(struct http_guard *guard, const char *name, const char *value);

/* Why the request is refused, and the status to refuse it with; NULL when it is in order. */
const char *http_guard_verdict(const struct http_guard *guard, const char *version, unsigned *status);

#endif
