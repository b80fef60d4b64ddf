/* http_server.h - an HTTP/1.1 server (RFC 9110, RFC 9112) that knows no model: a handler gets a whole request and gives a
 * response. libmicrohttpd reads and writes HTTP; this room accepts the connections and enforces the limits.
 *
 * Every client is bounded. A request must arrive, and its response must leave, within the time limit, however the client
 * spreads its bytes; the time that a connection is idle between two requests does not count, and has the same limit. The
 * sum of all bodies in memory is bounded, too: when it is reached, requests are answered with 503. A request that two HTTP
 * programs could understand differently is refused before the handler sees it (http_guard.h): more than one Content-Length,
 * one beside a Transfer-Encoding, no Host or several, a NUL in its URL. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http_wire.h"

#include <sys/socket.h>

/* A request that has arrived whole. All of it belongs to the server, and is valid until the handler returns. */
struct http_request {
    const char *method; /* "POST"; "GET" also for HEAD, whose response is sent without its body */
    const char *path;   /* percent-decoded, without the query */
    const char *body;   /* followed by a NUL; "" when there is none */
    size_t body_len;
    const char *client;             /* "127.0.0.1:40123" */
    const struct sockaddr *address; /* the same */
    void *of_server;                /* for the functions below */
};

/* The value of a header field, by its name in any case, or of a parameter of the query, decoded; NULL when there is none. */
const char *http_request_header(const struct http_request *request, const char *name);
const char *http_request_parameter(const struct http_request *request, const char *name);

/* Whether the client has left: it closed the connection, or its half of it, or the connection was reset. poll(2) tells, and
 * does not wait. A handler that takes long asks from time to time, and gives up: its response would reach no client. A client
 * that half-closes after its request may still read, but counts as gone, as with nginx. A client whose machine or network
 * failed is not seen: no packet tells of it. */
bool http_request_client_left(const struct http_request *request);

/* What the handler fills in. Starts as status 200 without a body. A response with status 304 gets the body that 200 would
 * have; it is not sent, but Content-Length tells its length. */
struct http_response {
    unsigned status;  /* 200 to 999 */
    const char *type; /* Content-Type, of static storage; NULL: none */
    char *body;       /* malloc(3)ed; the server frees it */
    size_t body_len;
    bool refused;    /* by http_response_refuse() */
    void *of_server; /* for http_response_header() */
};

/* Adds a header field to the response. One with a line end in its value (header injection) is left out. Date, Connection
 * and Content-Length are the server's. */
void http_response_header(struct http_response *response, const char *name, const char *value);

/* Makes it a refusal with a line of plain text that says why. The server prints it, counts it, and closes the connection
 * after it, as it does with its own: what follows a request that was not understood may be anything. */
void http_response_refuse(struct http_response *response, unsigned status, const char *why);

/* Called by many threads at once. */
typedef void http_handler(void *context, const struct http_request *request, struct http_response *response);

struct http_server_options {
    const char *address, *port; /* as for getaddrinfo(3); port "0" takes any free one */
    http_handler *handler;
    void *context;
    size_t body_max;              /* bytes of a request's body; a longer one is answered with 413 */
    unsigned workers;             /* threads that serve all clients by turns; 0: a thread for each client */
    int timeout_ms;               /* for a request to arrive, and for its response to leave */
    http_body_printer *show_body; /* of the wire, see http_wire.h; NULL: no --wire */
    bool quiet;                   /* do not print refusals */
};

struct http_server;

/* Listens, and serves from threads of its own; all signals are blocked in them. Ends the program when it cannot start. */
struct http_server *http_server_start(const struct http_server_options *options);

/* Where it listens: "127.0.0.1:8000". */
const char *http_server_endpoint(const struct http_server *server);

struct http_totals {
    unsigned long long connections, requests, refused;
};

/* Takes no new connection, waits for the responses that are owed (no longer than the time limit) and briefly for the newest
 * connections, whose first request may be under way, ends the rest. Waits for handlers that still run. */
struct http_totals http_server_stop(struct http_server *server);

#endif
