/* http_response.h - what the server does with the response that a handler filled in. Internal to http_server. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http_server.h"

#include <microhttpd.h>

/* The response for MHD_queue_response(), which owns the body from now on; the caller destroys it. `last`: the connection is
 * closed after it. NULL when there is no memory; the body is freed then. */
struct MHD_Response *http_response_build(struct http_response *response, bool last);

/* Prints "127.0.0.1:40123 refused with HTTP 404: ..." */
void http_response_print_refusal(const struct http_response *response, const char *client);

#endif
