/* saludo_proto.h - what saludo_server and saludo_client agree on: the port, and what a message looks like.
 *
 * The client sends a name, the server answers with a greeting. Both are UTF-8 text, one datagram each, without a line end. */
#ifndef SALUDO_PROTO_H
#define SALUDO_PROTO_H

#include <stdio.h>

#define SALUDO_PORT "12399"
enum { SALUDO_NAME = 100, SALUDO_ANSWER = 200 }; /* bytes at most */

/* Writes the greeting for `len` bytes of `name`, SALUDO_NAME at most, into `answer`. Returns its length. */
static inline size_t saludo_answer(const char *name, size_t len, char answer[SALUDO_ANSWER])
{
    return (size_t)snprintf(answer, SALUDO_ANSWER, "hola, %.*s", (int)len, name);
}
#endif
