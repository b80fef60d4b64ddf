/* wire.h - what --wire prints: one HTTP message as it went over the line, its XML indented for people. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

/* Prints a title, "127.0.0.1:8000 request: 161 bytes of HTTP head, 252 bytes of body", and the message with `mark` ('>'
 * from client to server, '<' back) before each line. The head has its CR LFs, and the empty line at its end counts. */
void wire_print(const char *title, char mark, const char *head, size_t head_len, const char *body, size_t body_len);

#endif
