/* http_endpoint.c - see http_endpoint.h. */
#include "http_endpoint.h"

#include "http_head.h"
#include "http_listener.h"
#include "http_registry.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    TOO_LARGE = 413,          /* libmicrohttpd's name for it depends on its version */
    STACK_BYTES = 512 * 1024, /* of a thread: xmlrpc-c goes 64 values deep; untouched pages cost nothing */
    HEAD_BYTES = 8 * 1024,    /* of a connection: its heads, and its body piece by piece; zeroed after every answer */
    FULL_PAUSE_MS = 10,       /* between two looks whether there is room again */
    GRACE_MS = 200,           /* at the end, for what clients who are in may be sending just now */
};

/* A connection, for as long as it lasts. */
struct connection {
    atomic_int_fast64_t deadline_ns; /* shown out at this time; INT64_MAX while a method runs */
    int fd;
    bool heard; /* a whole request has come */
    char client[ENDPOINT_TEXT];
    struct connection *next, **link;
};

/* A request, from its first line until its answer has left. */
struct request {
    char *uri;     /* as it came, for --wire */
    bool begun;    /* its head has come */
    bool too_long; /* its body is thrown away */
    bool in_hand;  /* its answer is owed, also when we stop */
    char *body;
    size_t len, room;
};

struct http_endpoint {
    struct http_options options;
    struct MHD_Daemon *daemon;
    int listener;
    char text[ENDPOINT_TEXT];
    unsigned room;        /* for so many connections at once */
    pthread_t usher;      /* shows clients in, and shows out whose time is over */
    pthread_mutex_t lock; /* of the connections' list */
    struct connection *first;
    atomic_bool stopping;
    atomic_size_t arriving, present, in_hand; /* connections not heard of, all of them; requests */
    unsigned long long connections;           /* the usher's */
    atomic_ullong requests, refused;
};

/* ------------------------------------------------------------------------------------------------- Time for everybody */

static void set_deadline(struct http_endpoint *e, struct connection *c)
{
    atomic_store(&c->deadline_ns, demo_now_ns() + (int64_t)e->options.timeout_ms * 1000000);
}

/* A connection that has neither delivered a whole request nor taken its whole answer in time is ended. libmicrohttpd's own
 * timeout begins anew with every byte, which is what a slow attacker counts on. */
static void show_out(struct http_endpoint *e, int64_t now)
{
    pthread_mutex_lock(&e->lock);
    for (struct connection *c = e->first; c != NULL; c = c->next)
        if (atomic_load(&c->deadline_ns) < now) shutdown(c->fd, SHUT_RDWR);
    pthread_mutex_unlock(&e->lock);
}

/* accept(2), and one of the library's threads has a connection more. False when there is no room for it now. */
static bool show_in(struct http_endpoint *e)
{
    struct sockaddr_storage client;
    socklen_t len = sizeof client;
    int fd = accept(e->listener, (struct sockaddr *)&client, &len);
    if (fd < 0) return errno == EAGAIN || errno == ECONNABORTED; /* nobody for a while, or they left before we came */
    e->arriving++;
    e->present++;
    e->connections++;
    if (MHD_add_connection(e->daemon, fd, (struct sockaddr *)&client, len) == MHD_YES) return true;
    e->present--;
    return false;
}

/* The usher's thread. The library could accept(2) by itself, but to end that, MHD_quiesce_daemon() takes the listener out of
 * each thread's epoll set, and calls abort(3) where that thread was faster (libmicrohttpd 0.9.75 to 1.0.1). */
static void *keep_the_door(void *argument)
{
    struct http_endpoint *e = argument;
    const long round_ms = (e->options.timeout_ms < 4000 ? e->options.timeout_ms : 4000) / 8 + 1;
    const struct timeval round = {.tv_sec = round_ms / 1000, .tv_usec = round_ms % 1000 * 1000};
    setsockopt(e->listener, SOL_SOCKET, SO_RCVTIMEO, &round, sizeof round); /* accept(2) waits so long */
    int64_t next_round_ns = 0;
    while (!e->stopping) {
        bool room = e->present < e->room && show_in(e);
        if (!room && !e->stopping) poll(NULL, 0, FULL_PAUSE_MS);
        int64_t now = demo_now_ns();
        if (now < next_round_ns) continue;
        show_out(e, now);
        next_round_ns = now + round_ms * INT64_C(1000000);
    }
    return NULL;
}

/* Someone came, or left: libmicrohttpd closes the descriptor after that, so that the usher never meets a closed one. */
static void on_connection(void *context, struct MHD_Connection *http, void **of_connection,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_endpoint *e = context;
    struct connection *c = *of_connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        if ((*of_connection = c = calloc(1, sizeof *c)) == NULL) err(DEMO_FAILED, "a new client");
        const struct sockaddr *address =
            MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        endpoint_text(address,
                      address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
                      c->client);
        c->fd = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        set_deadline(e, c);
        pthread_mutex_lock(&e->lock);
        c->link = &e->first;
        if ((c->next = e->first) != NULL) c->next->link = &c->next;
        e->first = c;
        pthread_mutex_unlock(&e->lock);
    } else {
        pthread_mutex_lock(&e->lock);
        if ((*c->link = c->next) != NULL) c->next->link = c->link;
        pthread_mutex_unlock(&e->lock);
        if (!c->heard) e->arriving--;
        free(c);
        e->present--;
    }
}

static struct connection *connection_of(struct MHD_Connection *http)
{
    return MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ----------------------------------------------------------------------------------------------- Requests and answers */

static enum MHD_Result send_answer(struct http_endpoint *e, struct MHD_Connection *http, unsigned status,
                                   const char *type, const char *body, size_t len)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(len, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) return MHD_NO;
    bool last = e->stopping || status != MHD_HTTP_OK; /* what follows a bad request may be anything */
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    MHD_add_response_header(response, "Content-Type", type);
    if (last) MHD_add_response_header(response, "Connection", "close");
    if (e->options.wire) http_show_answer(response, connection_of(http)->client, status, body, len);
    set_deadline(e, connection_of(http));
    enum MHD_Result queued = MHD_queue_response(http, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* An answer of HTTP's own: the request did not reach a registry. */
static enum MHD_Result refuse(struct http_endpoint *e, struct MHD_Connection *http, unsigned status, const char *why)
{
    char text[256];
    int len = snprintf(text, sizeof text, "%s\n", why);
    e->refused++;
    if (!e->options.quiet) printf("%s refused with HTTP %u: %s\n", connection_of(http)->client, status, why);
    return send_answer(e, http, status, "text/plain; charset=utf-8", text, (size_t)len);
}

static enum MHD_Result send_page(struct http_endpoint *e, struct MHD_Connection *http, xmlrpc_registry *registry)
{
    char *page = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&page, &len);
    if (memory == NULL) return MHD_NO;
    registry_write_page(memory, e->options.about, registry);
    fclose(memory);
    enum MHD_Result result = send_answer(e, http, MHD_HTTP_OK, "text/plain; charset=utf-8", page, len);
    free(page);
    return result;
}

static enum MHD_Result send_call_answer(struct http_endpoint *e, struct MHD_Connection *http, struct request *r,
                                        const char *path, xmlrpc_registry *registry)
{
    struct connection *c = connection_of(http);
    struct http_call call = {
        .client = c->client,
        .address = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr,
        .path = path,
    };
    atomic_store(&c->deadline_ns, INT64_MAX); /* the client did its part; the method takes its time */
    struct registry_answer answer;
    registry_answer(registry, &call, r->body != NULL ? r->body : "", r->len, &answer);
    enum MHD_Result result =
        answer.xml == NULL ? refuse(e, http, MHD_HTTP_INTERNAL_SERVER_ERROR, "the answer cannot be written")
                           : send_answer(e, http, MHD_HTTP_OK, "text/xml; charset=utf-8", answer.xml, answer.len);
    registry_answer_free(&answer);
    return result;
}

/* Keeps a piece of the body; what is too much is read and forgotten, so that the client gets to read our answer. */
static enum MHD_Result keep(struct request *r, const char *piece, size_t len)
{
    if (r->too_long || len > HTTP_BODY_MAX - r->len) {
        r->too_long = true;
        return MHD_YES;
    }
    if (r->len + len > r->room) {
        size_t room = r->len + len < 4096 ? 4096 : 2 * (r->len + len);
        char *more = realloc(r->body, room);
        if (more == NULL) return MHD_NO;
        r->body = more;
        r->room = room;
    }
    memcpy(r->body + r->len, piece, len);
    r->len += len;
    return MHD_YES;
}

/* The first line of a request has come. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *http)
{
    struct http_endpoint *e = context;
    (void)http;
    struct request *r = calloc(1, sizeof *r);
    if (r != NULL && e->options.wire) r->uri = strdup(uri);
    return r;
}

/* Called when the head of a request has come, for every piece of its body, and when it is complete. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *http, const char *path, const char *method,
                                  const char *version, const char *piece, size_t *len, void **of_request)
{
    struct http_endpoint *e = context;
    struct request *r = *of_request;
    if (r == NULL) return MHD_NO; /* out of memory */
    if (!r->begun) {
        r->begun = true;
        return MHD_YES;
    }
    if (*len > 0) {
        enum MHD_Result kept = keep(r, piece, *len);
        *len = 0;
        return kept;
    }
    e->requests++;
    e->in_hand++;
    r->in_hand = true;
    if (!connection_of(http)->heard) e->arriving--;
    connection_of(http)->heard = true;
    if (e->options.wire)
        http_show_request(http, connection_of(http)->client, method, r->uri, version, r->body, r->len);

    xmlrpc_registry *registry = e->options.route(e->options.context, path);
    bool has_length = MHD_lookup_connection_value(http, MHD_HEADER_KIND, "Content-Length") != NULL ||
                      MHD_lookup_connection_value(http, MHD_HEADER_KIND, "Transfer-Encoding") != NULL;
    if (registry == NULL) return refuse(e, http, MHD_HTTP_NOT_FOUND, "there is nothing to call at this path");
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) return send_page(e, http, registry);
    if (strcmp(method, "POST") != 0)
        return refuse(e, http, MHD_HTTP_METHOD_NOT_ALLOWED, "XML-RPC calls are sent with POST");
    if (!has_length)
        return refuse(e, http, MHD_HTTP_LENGTH_REQUIRED, "a call says how long it is: Content-Length is missing");
    if (r->too_long) return refuse(e, http, TOO_LARGE, "a call is at most 524288 bytes long");
    return send_call_answer(e, http, r, path, registry);
}

/* The answer has left, or the client has. */
static void on_completed(void *context, struct MHD_Connection *http, void **of_request,
                         enum MHD_RequestTerminationCode how)
{
    struct http_endpoint *e = context;
    struct request *r = *of_request;
    (void)how;
    if (r == NULL) return;
    set_deadline(e, connection_of(http));
    if (r->in_hand) e->in_hand--;
    free(r->uri);
    free(r->body);
    free(r);
}

/* ------------------------------------------------------------------------------------------------------ Start and stop */

struct http_endpoint *http_endpoint_start(const struct http_options *options)
{
    struct http_endpoint *e = calloc(1, sizeof *e);
    if (e == NULL) err(DEMO_FAILED, "a new endpoint");
    e->options = *options;
    pthread_mutex_init(&e->lock, NULL);
    e->room = http_room_for_clients();
    e->listener = http_listen_on(options->address, options->port);
    endpoint_of(e->listener, e->text);
    doubles_allow(HTTP_BODY_MAX);

    sigset_t all, before; /* the threads that begin here leave signals to ours */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const unsigned mode = options->workers > 0
                              ? MHD_USE_EPOLL_INTERNAL_THREAD
                              : MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    e->daemon = MHD_start_daemon(
        mode | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, e, MHD_OPTION_THREAD_POOL_SIZE,
        options->workers > 1 ? options->workers : 0, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES, MHD_OPTION_CONNECTION_LIMIT,
        (e->room + 1) * (options->workers > 1 ? options->workers : 1), MHD_OPTION_NOTIFY_CONNECTION, on_connection, e,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, e, MHD_OPTION_NOTIFY_COMPLETED, on_completed, e, MHD_OPTION_END);
    if (e->daemon == NULL) err(DEMO_FAILED, "libmicrohttpd");
    int problem = pthread_create(&e->usher, NULL, keep_the_door, e);
    if (problem != 0) errx(DEMO_FAILED, "a new thread: %s", strerror(problem));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

const char *http_endpoint_text(const struct http_endpoint *e) { return e->text; }

struct http_totals http_endpoint_stop(struct http_endpoint *e)
{
    e->stopping = true;             /* answers from now on are their connection's last */
    shutdown(e->listener, SHUT_RD); /* nobody new, and the usher wakes */
    pthread_join(e->usher, NULL);
    close(e->listener);

    for (int ms = 0; (e->in_hand > 0 && ms < e->options.timeout_ms) || (e->arriving > 0 && ms < GRACE_MS); ms++)
        poll(NULL, 0, 1);
    MHD_stop_daemon(e->daemon);
    pthread_mutex_destroy(&e->lock);
    struct http_totals totals = {.connections = e->connections, .requests = e->requests, .refused = e->refused};
    free(e);
    return totals;
}
