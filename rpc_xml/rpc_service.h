/* rpc_service.h - HTTP in front of a registry: a POST is a call; everything else gets an answer of HTTP's own.
 *
 * Set the server's option body_max to RPC_MESSAGE_MAX, and for --wire show_body to xml_put_indented. */
#ifndef RPC_SERVICE_H
#define RPC_SERVICE_H

#include "../http/http_server.h"
#include "rpc_registry.h"

/* Who sent the request; valid as long as it. */
struct rpc_caller rpc_caller_of(const struct http_request *request);

/* Whether the caller has left: the result would reach no client. A procedure that takes long asks from time to time,
 * and gives up. What it can see, and what not: http_request_client_left(). */
bool rpc_caller_left(const struct rpc_caller *caller);

/* Answers a request that is no call: 404 when `registry` is NULL, a page about the procedures for a browser's GET (its first
 * line is `about`), 405 for another method, 411 for a POST without a length. False for a call, which is left to the caller. */
bool rpc_answer_if_no_call(const char *about, xmlrpc_registry *registry, const struct http_request *request,
                           struct http_response *response);

/* Makes the response of what rpc_registry_call() returned, which the response owns from now on; 500 for a NULL. */
void rpc_send_answer(struct http_response *response, char *xml, size_t len);

/* Several registries behind one HTTP server, by path; must live until http_server_stop(). */
struct rpc_service {
    const char *about; /* first line of the page that a browser gets */
    /* The registry that serves a URL's path; NULL answers 404. Many threads call it at once. */
    xmlrpc_registry *(*route)(void *context, const char *path);
    void *context; /* given to route() */
};

/* The http_handler of such a server; its context is the struct rpc_service. */
void rpc_serve(void *service, const struct http_request *request, struct http_response *response);

#endif
