/* http_head.h - HTTP messages as they go over the line, for --wire. libmicrohttpd takes heads apart and puts them together
 * by itself, so they are written here a second time, in the same order. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <microhttpd.h>

void http_show_request(struct MHD_Connection *http, const char *client, const char *method, const char *uri,
                       const char *version, const char *body, size_t body_len);

/* Of an answer that is about to be queued. */
void http_show_answer(struct MHD_Response *response, const char *client, unsigned status, const char *body,
                      size_t body_len);

#endif
