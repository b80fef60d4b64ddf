/* http_request.h - a request while it arrives and until its response has left. Internal to http_server. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http_guard.h"

#include <stdatomic.h>
#include <stddef.h>

enum {
    HTTP_BODIES_MAX = 64 << 20,  /* bytes of all bodies in memory, requests' and responses' */
    HTTP_UPLOADS_MAX = 48 << 20, /* of these, request bodies take no more; the rest is for responses */
    HTTP_SMALL_BODY =
        8 << 10, /* bytes; buffers up to this size are not counted, so that small requests are always served */
};

struct http_request_state {
    struct http_guard guard;
    char *uri;          /* as it came; for --wire only */
    const char *method; /* these two belong to libmicrohttpd */
    const char *version;
    char *body; /* followed by a NUL; NULL while there is none */
    size_t len, room;
    size_t counted;   /* bytes of this request's and its response's bodies in `bodies` */
    unsigned refused; /* 413 or 503: the body is read to its end and thrown away; 0 otherwise */
    bool begun;       /* the head has come */
    bool owed;        /* the whole request has come, its response has not left */
};

/* Adds a piece of the body. A body of more than `body_max` bytes is marked with 413; one that would bring the sum of all
 * request bodies over HTTP_UPLOADS_MAX, or for which malloc(3) has no memory, with 503. Its bytes are freed at once. The rest
 * is still read: a client that sends everything before it reads would not see the response otherwise. */
void http_request_append(struct http_request_state *request, const char *piece, size_t len, size_t body_max,
                         atomic_size_t *bodies);

/* Counts the response's body, in place of the request's, which is freed. */
void http_request_answered(struct http_request_state *request, size_t response_len, atomic_size_t *bodies);

/* Frees everything. May be called twice. */
void http_request_free(struct http_request_state *request, atomic_size_t *bodies);

#endif
