/* http_wire.h - what --wire prints: an HTTP message as it went over the wire, both ways. */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Prints a body for people, each line after `mark`, everything unprintable escaped. */
typedef void http_body_printer(FILE *out, const char *mark, const char *body, size_t len);

/* A body as it is: one line of output for each of its lines. */
void http_show_text(FILE *out, const char *mark, const char *body, size_t len);

/* Prints a title, "127.0.0.1:8000 request: 161 bytes of HTTP head, 252 bytes of body", and the message with `direction` ('>'
 * from client to server, '<' back) before each line. The head has its CR LFs, and the empty line at its end counts. */
void http_show_message(const char *title, char direction, const char *head, size_t head_len, const char *body,
                       size_t body_len, http_body_printer *show_body);

#endif
