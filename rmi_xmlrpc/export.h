/* export.h - exports objects: an HTTP endpoint where other programs call them, each at the path of its own URL. */
#ifndef EXPORT_H
#define EXPORT_H

#include "object_url.h"
#include "skeleton.h"

#include <stdatomic.h>

struct rmi_exported {
    const char *name;                      /* its path is /NAME */
    const struct rpc_procedure *skeletons; /* of its interface */
    char url[RMI_URL_MAX];                 /* for the registry; filled in by the program */
    atomic_bool withdrawn;                 /* calls get HTTP 404: the caller knows that no method ran */
    xmlrpc_registry *dispatch;             /* finds the skeleton of a method; made by rmi_export() */
};

/* Where objects are called. It and its objects must live until rmi_unexport(). */
struct rmi_endpoint {
    const char *about; /* first line of the page that a browser gets */
    const char *address, *port;
    int timeout_ms; /* for a request to arrive, and for its answer to leave */
    struct rmi_exported *objects;
    size_t count;
    struct rpc_service service; /* this and the next one: made by rmi_export() */
    struct http_server *server;
};

/* Listens at address and port, and serves calls of the objects from threads of its own. Ends the program when it cannot. */
void rmi_export(struct rmi_endpoint *endpoint);

/* Where it listens: "127.0.0.1:40123". */
const char *rmi_endpoint_text(const struct rmi_endpoint *endpoint);

/* Takes no new call, waits for those that run, and frees what rmi_export() made. */
struct http_totals rmi_unexport(struct rmi_endpoint *endpoint);

/* Prints "served 5 requests on 5 connections, 0 refused", without a line end. */
void rmi_put_totals(const struct http_totals *totals);

#endif
