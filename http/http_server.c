/* http_server.c - starts and stops the server, and leads every request from libmicrohttpd to the handler and back. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "../common/demo.h"

#include "http_server.h"

#include "http_connections.h"
#include "http_head.h"
#include "http_response.h"

enum {
    STACK_BYTES =
        512 * 1024, /* of a thread: handlers may go 64 levels deep into a document; untouched pages cost nothing */
    HEAD_BYTES = 8 * 1024, /* of a connection: its heads, and its body piece by piece; zeroed after every response */
    GRACE_MS = 200,        /* at the end, for the first request of the newest connections */
};

struct http_server {
    struct http_server_options options;
    struct http_connections connections;
    struct MHD_Daemon *daemon;
    char endpoint[ENDPOINT_TEXT];
    atomic_bool stopping;
    atomic_size_t bodies; /* bytes of all bodies in memory */
    atomic_size_t owed;   /* responses */
    atomic_ullong requests, refused;
};

/* ----------------------------------------------------------------------------------------------- What the handler calls */

const char *http_request_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->of_server, MHD_HEADER_KIND, name);
}

const char *http_request_parameter(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->of_server, MHD_GET_ARGUMENT_KIND, name);
}

bool http_request_client_left(const struct http_request *request)
{
    struct pollfd connection = {.fd = http_connection_of(request->of_server)->fd, .events = POLLRDHUP};
    return poll(&connection, 1, 0) > 0; /* POLLHUP and POLLERR are always told */
}

/* ------------------------------------------------------------------------------------------------ Requests and responses */

/* Gives the response to libmicrohttpd. */
static enum MHD_Result send_response(struct http_server *s, struct MHD_Connection *http, struct http_response *r)
{
    struct http_connection *c = http_connection_of(http);
    struct MHD_Response *response = http_response_build(r, s->stopping || r->refused);
    if (response == NULL) return MHD_NO; /* no memory: closes the connection */
    if (r->refused) {
        s->refused++;
        if (!s->options.quiet) http_response_print_refusal(r, c->client);
    }
    if (s->options.show_body != NULL)
        http_show_response(http, response, r->status, r->body, r->body_len, s->options.show_body);
    http_request_answered(&c->request, r->body_len, &s->bodies);
    http_connection_answering(&s->connections, c);
    enum MHD_Result queued = MHD_queue_response(http, r->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* A request has come whole, or as far as it is read. From now on its response is owed, also when the server stops. */
static void take_request(struct http_server *s, struct MHD_Connection *http)
{
    struct http_connection *c = http_connection_of(http);
    s->requests++;
    s->owed++;
    c->request.owed = true;
    http_connection_handling(&s->connections, c); /* the client did its part; the handler takes its time */
    if (s->options.show_body != NULL) http_show_request(http, s->options.show_body);
}

static void handle(struct http_server *s, struct MHD_Connection *http, const char *path,
                   struct http_response *response)
{
    struct http_connection *c = http_connection_of(http);
    const struct http_request request = {
        .method = strcmp(c->request.method, "HEAD") == 0 ? "GET" : c->request.method,
        .path = path,
        .body = c->request.body != NULL ? c->request.body : "",
        .body_len = c->request.len,
        .client = c->client,
        .address = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
        .of_server = http,
    };
    char why[80];
    if (c->request.refused == 413) {
        snprintf(why, sizeof why, "a request's body is at most %zu bytes long", s->options.body_max);
        http_response_refuse(response, 413, why);
    } else if (c->request.refused != 0 || s->bodies > HTTP_BODIES_MAX) {
        http_response_refuse(response, 503, "too many large requests at once; try again later");
    } else {
        s->options.handler(s->options.context, &request, response);
    }
}

/* ---------------------------------------------------------------------------------------------- What libmicrohttpd calls */

/* The first line of a request has come. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *http)
{
    struct http_server *s = context;
    struct http_connection *c = http_connection_of(http);
    http_connection_arriving(&s->connections, c);
    c->request = (struct http_request_state){0};
    http_guard_uri(&c->request.guard, uri);
    if (s->options.show_body != NULL) c->request.uri = strdup(uri);
    return &c->request;
}

static enum MHD_Result on_field(void *guard, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    http_guard_field(guard, name, value);
    return MHD_YES;
}

/* The head of a request has come: the guard looks at it. */
static enum MHD_Result on_head(struct http_server *s, struct MHD_Connection *http, struct http_request_state *r)
{
    unsigned status;
    MHD_get_connection_values(http, MHD_HEADER_KIND, on_field, &r->guard);
    const char *why = http_guard_verdict(&r->guard, r->version, &status);
    if (why == NULL) return MHD_YES;
    struct http_response refusal = {0};
    take_request(s, http);
    http_response_refuse(&refusal, status, why);
    return send_response(s, http, &refusal);
}

/* Called when the head of a request has come, for every piece of its body, and when it is complete. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *http, const char *path, const char *method,
                                  const char *version, const char *piece, size_t *len, void **of_request)
{
    struct http_server *s = context;
    struct http_request_state *r = *of_request;
    if (!r->begun) {
        r->begun = true;
        r->method = method;
        r->version = version;
        return on_head(s, http, r);
    }
    if (*len > 0) {
        http_request_append(r, piece, *len, s->options.body_max, &s->bodies);
        *len = 0;
        return MHD_YES;
    }
    struct http_response response = {.status = MHD_HTTP_OK};
    take_request(s, http);
    handle(s, http, path, &response);
    return send_response(s, http, &response);
}

/* The response has left, or the client has. */
static void on_completed(void *context, struct MHD_Connection *http, void **of_request,
                         enum MHD_RequestTerminationCode how)
{
    struct http_server *s = context;
    struct http_request_state *r = *of_request;
    (void)how;
    if (r == NULL) return;
    if (r->owed) s->owed--;
    http_request_free(r, &s->bodies);
    http_connection_idle(&s->connections, http_connection_of(http));
}

/* ------------------------------------------------------------------------------------------------------- Start and stop */

struct http_server *http_server_start(const struct http_server_options *options)
{
    struct http_server *s = calloc(1, sizeof *s);
    if (s == NULL) err(DEMO_FAILED, "a new server");
    s->options = *options;
    http_connections_open(&s->connections, options->address, options->port, options->timeout_ms);
    endpoint_of(s->connections.listener, s->endpoint);

    sigset_t all, before; /* the threads that begin here leave signals to the caller's */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const unsigned mode = options->workers > 0
                              ? MHD_USE_EPOLL_INTERNAL_THREAD
                              : MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    const unsigned pool = options->workers > 1 ? options->workers : 0;
    /* The connection limit holds for all threads of the pool together. Ours, `room`, is below: 0.9.75 does not unlock a
     * mutex when its own is reached. */
    s->daemon = MHD_start_daemon(
        mode | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, s,
        MHD_OPTION_EXTERNAL_LOGGER, http_overload_log, &s->connections.overload, MHD_OPTION_THREAD_POOL_SIZE, pool,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, (s->connections.room + 1) * (pool > 0 ? pool : 1), MHD_OPTION_NOTIFY_CONNECTION,
        http_connections_notify, &s->connections, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, s, MHD_OPTION_END);
    if (s->daemon == NULL) err(DEMO_FAILED, "libmicrohttpd");
    http_connections_accept(&s->connections, s->daemon);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return s;
}

const char *http_server_endpoint(const struct http_server *s) { return s->endpoint; }

struct http_totals http_server_stop(struct http_server *s)
{
    s->stopping = true; /* responses from now on are their connection's last */
    http_connections_quiesce(&s->connections);
    for (int ms = 0; (s->owed > 0 && ms < s->options.timeout_ms) ||
                     (http_connections_unheard(&s->connections) > 0 && ms < GRACE_MS);
         ms++)
        poll(NULL, 0, 1);
    MHD_stop_daemon(s->daemon);
    http_connections_free(&s->connections);
    struct http_totals totals = {.connections = s->connections.accepted,
                                 .requests = s->requests,
                                 .refused = s->refused + s->connections.overload.answered};
    free(s);
    return totals;
}
