/* rpc_service.h - registries behind an HTTP server: a POST to a path is a call of a procedure of the registry there. */
#ifndef RPC_SERVICE_H
#define RPC_SERVICE_H

#include "../http/http_server.h"
#include "rpc_registry.h"

/* What is served; must live until http_server_stop(). */
struct rpc_service {
    const char *about; /* first line of the page that a browser gets */
    /* The registry that serves a URL's path; NULL answers 404. Many threads call it at once. */
    xmlrpc_registry *(*route)(void *context, const char *path);
    void *context;
};

/* The http_handler of such a server; its context is the struct rpc_service. Set the option body_max to RPC_MESSAGE_MAX, and
 * for --wire show_body to xml_put_indented. */
void rpc_serve(void *service, const struct http_request *request, struct http_response *response);

#endif
