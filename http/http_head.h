/* http_head.h - the heads of HTTP messages for --wire. libmicrohttpd reads and writes heads by itself and does not show them,
 * so they are written here a second time; a test compares them with what a socket sees. Internal to http_server. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "http_connections.h"
#include "http_wire.h"

/* A request that has come.
 * Simplification: blanks around the value of a header field, which mean nothing, are shown as one blank before it. */
void http_show_request(struct MHD_Connection *http, http_body_printer *show_body);

/* A response that is about to be queued. Gives it the fields Date and Connection, which libmicrohttpd would add unseen. */
void http_show_response(struct MHD_Connection *http, struct MHD_Response *response, unsigned status, const char *body,
                        size_t body_len, http_body_printer *show_body);

#endif
