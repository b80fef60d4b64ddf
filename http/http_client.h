/* http_client.h - an HTTP/1.1 client (RFC 9110, RFC 9112) that knows no model: a request goes out, its response comes back,
 * and a failure tells which side failed, because callers must know whether the server may have acted. libcurl does it.
 *
 * A request is sent once: when a kept connection turns out dead, libcurl's second attempt is stopped. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http_wire.h"

/* Where an exchange failed, from near to far. */
enum http_problem {
    HTTP_DONE,         /* no failure: there is a response, whatever its status */
    HTTP_STOPPED,      /* the program was asked to stop meanwhile */
    HTTP_LOCAL,        /* nothing was sent: no memory, or no URL that HTTP knows */
    HTTP_UNKNOWN_HOST, /* no such name */
    HTTP_NO_LISTENER,  /* that host takes no connection there; nothing was sent */
    HTTP_TIMEOUT,      /* no response in time: whether the server acted is not known */
    HTTP_BROKEN,       /* the connection ended before the response: whether the server acted is not known */
    HTTP_NOT_HTTP,     /* the answer is not HTTP */
    HTTP_TOO_LONG,     /* the response is longer than the limit */
};

struct http_client_options {
    const char *url;              /* http://HOST:PORT/PATH; where a request says nothing else */
    const char *user_agent;       /* "rpc_client/0.1.0" */
    int timeout_ms;               /* of a whole exchange */
    size_t body_max;              /* bytes of a response's body */
    http_body_printer *show_body; /* of the wire; NULL: no --wire */
};

/* A request. Members that are NULL or 0 are left out. */
struct http_exchange {
    const char *method;        /* "POST" */
    const char *path;          /* "/users/123?x=1"; NULL: that of the client's URL */
    const char *const *fields; /* header fields, "Content-Type: text/xml", up to a NULL */
    const char *body;
    size_t body_len;

    /* Filled in by http_client_exchange(); what it points to belongs to the client, until its next exchange. */
    enum http_problem problem;
    const char *reason; /* of a problem: the failing layer's own words, "Connection refused"; NULL: nothing to tell */
    int status;         /* of the response, 200; 0: there is none */
    const char *answer; /* its body, "" when there is none */
    size_t answer_len;
};

/* One server, and a connection that is kept from exchange to exchange. For one thread at a time. */
struct http_client;

/* Call first, before there is a second thread, and last: libcurl has things that belong to the whole process. */
void http_client_begin(void);
void http_client_end(void);

/* Nothing is sent yet. NULL when the URL is no http URL. */
struct http_client *http_client_open(const struct http_client_options *options);
void http_client_close(struct http_client *client);

/* Sends the request and waits for the whole response, or a signal. */
void http_client_exchange(struct http_client *client, struct http_exchange *exchange);

/* The value of a header field of the last response, or NULL. */
const char *http_client_header(struct http_client *client, const char *name);

#endif
