/* http_request.c - collects the body of a request, within one bound for each body and one for the sum of all. */
#include "../common/demo.h"

#include "http_request.h"

/* Makes `bytes` what this request counts for. False, and nothing changed, when the sum would exceed `max`. */
static bool count_bytes(struct http_request_state *r, size_t bytes, size_t max, atomic_size_t *bodies)
{
    const size_t before = r->counted, now = bytes > HTTP_SMALL_BODY ? bytes : 0;
    if (now > before && atomic_fetch_add(bodies, now - before) + (now - before) > max) {
        atomic_fetch_sub(bodies, now - before);
        return false;
    }
    if (now < before) atomic_fetch_sub(bodies, before - now);
    r->counted = now;
    return true;
}

static void free_body(struct http_request_state *r)
{
    free(r->body);
    r->body = NULL;
    r->len = r->room = 0;
}

static void refuse_body(struct http_request_state *r, unsigned status, atomic_size_t *bodies)
{
    r->refused = status;
    free_body(r);
    count_bytes(r, 0, 0, bodies);
}

void http_request_append(struct http_request_state *r, const char *piece, size_t len, size_t body_max,
                         atomic_size_t *bodies)
{
    if (r->refused != 0) return;
    if (len > body_max - r->len) {
        refuse_body(r, 413, bodies);
        return;
    }
    if (r->len + len >= r->room) {
        size_t room = r->len + len < 2048 ? 4096 : 2 * (r->len + len);
        if (room > body_max) room = body_max + 1;
        char *more = count_bytes(r, room, HTTP_UPLOADS_MAX, bodies) ? realloc(r->body, room) : NULL;
        if (more == NULL) {
            refuse_body(r, 503, bodies);
            return;
        }
        r->body = more;
        r->room = room;
    }
    memcpy(r->body + r->len, piece, len);
    r->len += len;
    r->body[r->len] = '\0';
}

void http_request_answered(struct http_request_state *r, size_t response_len, atomic_size_t *bodies)
{
    free_body(r);
    count_bytes(r, response_len, SIZE_MAX, bodies);
}

void http_request_free(struct http_request_state *r, atomic_size_t *bodies)
{
    free_body(r);
    count_bytes(r, 0, 0, bodies);
    free(r->uri);
    r->uri = NULL;
}
