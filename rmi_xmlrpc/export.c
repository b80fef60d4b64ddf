/* export.c - one HTTP endpoint for all objects of a program: the path of a request names the object. */
#include "../common/demo.h"

#include "export.h"

/* The dispatcher of the object at `path`. NULL, which becomes HTTP 404, when it is not here, or no longer. */
static xmlrpc_registry *find_object(void *context, const char *path)
{
    const struct rmi_endpoint *endpoint = context;
    for (struct rmi_exported *o = endpoint->objects; o < endpoint->objects + endpoint->count; o++)
        if (*path == '/' && strcmp(path + 1, o->name) == 0 && !atomic_load(&o->withdrawn)) return o->dispatch;
    return NULL;
}

void rmi_export(struct rmi_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->count; i++)
        endpoint->objects[i].dispatch = rpc_registry_new(endpoint->objects[i].skeletons);
    endpoint->service = (struct rpc_service){.about = endpoint->about, .route = find_object, .context = endpoint};
    endpoint->server = http_server_start(&(struct http_server_options){
        .address = endpoint->address,
        .port = endpoint->port,
        .handler = rpc_serve,
        .context = &endpoint->service,
        .body_max = RPC_MESSAGE_MAX,
        .timeout_ms = endpoint->timeout_ms,
        .quiet = skeleton_quiet,
    });
}

const char *rmi_endpoint_text(const struct rmi_endpoint *endpoint) { return http_server_endpoint(endpoint->server); }

struct http_totals rmi_unexport(struct rmi_endpoint *endpoint)
{
    struct http_totals totals = http_server_stop(endpoint->server);
    for (size_t i = 0; i < endpoint->count; i++) xmlrpc_registry_free(endpoint->objects[i].dispatch);
    return totals;
}

void rmi_put_totals(const struct http_totals *totals)
{
    printf("served %llu request%s on %llu connection%s, %llu refused", totals->requests,
           totals->requests == 1 ? "" : "s", totals->connections, totals->connections == 1 ? "" : "s",
           totals->refused);
}
