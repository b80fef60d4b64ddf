/* http_overload.h - clients for whom there is no thread or no memory: they get 503, and the operator a line. Internal to
 * http_server. */
#ifndef HTTP_OVERLOAD_H
#define HTTP_OVERLOAD_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Starts as {0}. */
struct http_overload {
    bool threadless;             /* of the newest connection; for libmicrohttpd's listening thread only */
    atomic_int_fast64_t last_ns; /* when the last client was turned away */
    atomic_ullong answered;      /* with 503 */
};

/* MHD_LogCallback, its context a struct http_overload. libmicrohttpd tells only its log that it could not make a thread; in the
 * same thread it notifies that the connection is closed, right after that. */
void http_overload_log(void *overload, const char *format, va_list arguments);

/* At that notification: if the connection has no thread, answers 503 Service Unavailable (RFC 9110, 15.6.4). */
void http_overload_closing(struct http_overload *overload, int fd);

/* Says that a client is turned away: once, and again after a while without such a client. */
void http_overload_say(struct http_overload *overload);

#endif
