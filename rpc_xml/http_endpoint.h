/* http_endpoint.h - where XML-RPC calls arrive: HTTP in front of xmlrpc-c's registries, one registry per URL path.
 *
 * HTTP is not what these programs are about, so it is libmicrohttpd's: it reads requests and writes answers, xmlrpc-c
 * finds and calls the method (xmlrpc_registry_process_call2). What is ours is the door, and the bounds: whoever is slow,
 * silent, or too large is shown out, and everybody else does not notice. */
#ifndef HTTP_ENDPOINT_H
#define HTTP_ENDPOINT_H
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "exact_double.h"

#include <xmlrpc-c/base.h>
#include <xmlrpc-c/server.h>

enum {
    HTTP_BODY_MAX = 512 * 1024,  /* bytes of a request */
    HTTP_CONNECTIONS_MAX = 2000, /* at once, or as many as open files allow; others wait until one leaves */
};

struct http_options {
    const char *address, *port; /* where to listen; port "0" is any free one */
    const char *about;          /* first line of the page that a browser gets */
    /* The registry that serves a URL path, without its query; NULL answers 404. Called by many threads at once. The
     * registry must live until http_endpoint_stop(). */
    xmlrpc_registry *(*route)(void *context, const char *path);
    void *context;
    /* Threads that all connections are dealt out to, so that a method which takes its time holds up others; 0 gives every
     * connection a thread of its own: a little slower, and nobody waits for anybody else's method. */
    unsigned workers;
    int timeout_ms; /* the longest a request may take to arrive, or its answer to leave; an idle connection has as long */
    bool wire;      /* print what goes over the line, both ways */
    bool quiet;     /* do not print refused requests */
};

/* One call, as a method of a registry sees it: its callInfo argument. */
struct http_call {
    const char *client;             /* its endpoint as text, 127.0.0.1:40123 */
    const struct sockaddr *address; /* the same for comparing */
    const char *path;               /* of the URL that was called */
    struct doubles *results;        /* of the methods called so far, for the endpoint's own use */
};

/* A method and its documentation, from which xmlrpc-c's system.* methods answer. */
struct http_method {
    const char *name;        /* on the wire */
    xmlrpc_method2 function; /* (env, parameters, context, struct http_call *) */
    const char *signature;   /* "d:dss": a double from a double and two strings; see xmlrpc_registry_add_method2 */
    const char *help;
    void *context; /* handed to `function` */
};

struct http_totals {
    unsigned long long connections, requests, refused; /* refused: without reaching a registry */
};

struct http_endpoint;

/* Adds `method`, which must live as long as the registry does. Beside what xmlrpc-c does, its results keep every digit of
 * a double, and a result that is no finite number becomes a fault (EXACT_FAULT_NOT_FINITE). */
void http_add_method(xmlrpc_env *env, xmlrpc_registry *registry, const struct http_method *method);

/* Listens, and serves from then on, in threads of its own. Never returns without doing so. Signals are left to the caller's
 * thread. `options` is copied. */
struct http_endpoint *http_endpoint_start(const struct http_options *options);

/* Where it listens: 127.0.0.1:8000 or [::1]:8000. */
const char *http_endpoint_text(const struct http_endpoint *endpoint);

/* Takes nobody in any more, hears for a moment those who came last, gives the calls in hand `timeout_ms` to be answered,
 * closes every connection. Waits for methods that still run. */
struct http_totals http_endpoint_stop(struct http_endpoint *endpoint);

#endif
