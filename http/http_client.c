/* http_client.c - sends a request with libcurl and waits for its response, or for a signal that ends the program. */
#include "../common/demo.h"

#include "http_client.h"

#include <curl/curl.h>

struct http_client {
    struct http_client_options options;
    char *url;
    CURL *http;
    CURLM *waiting;                  /* drives `http`, and waits for a signal at the same time */
    char *head_out, *head_in, *body; /* of the current exchange; the heads for --wire only */
    size_t head_out_len, head_in_len, body_len;
    bool too_long, sent;
};

static bool append(char **text, size_t *len, const char *piece, size_t piece_len)
{
    char *more = realloc(*text, *len + piece_len + 1);
    if (more == NULL) return false;
    memcpy(more + *len, piece, piece_len);
    *text = more;
    *len += piece_len;
    more[*len] = '\0';
    return true;
}

/* --------------------------------------------------------------------------------------------------- What libcurl calls */

static size_t on_body(char *piece, size_t one, size_t len, void *context)
{
    struct http_client *c = context;
    (void)one;
    c->too_long = c->too_long || len > c->options.body_max - c->body_len;
    return !c->too_long && append(&c->body, &c->body_len, piece, len) ? len : 0; /* 0 ends the transfer */
}

static int on_head(CURL *http, curl_infotype what, char *piece, size_t len, void *context)
{
    struct http_client *c = context;
    (void)http;
    if (what == CURLINFO_HEADER_OUT) append(&c->head_out, &c->head_out_len, piece, len);
    if (what == CURLINFO_HEADER_IN) append(&c->head_in, &c->head_in_len, piece, len);
    return 0;
}

/* Before the request is sent. When a connection kept from an earlier exchange turns out dead, libcurl would send the request
 * once more over a new one, in silence: the server might act twice. Here it is sent at most once, and the caller decides. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int on_request(void *context, char *peer, char *own, int peer_port, int own_port)
{
    struct http_client *c = context;
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    if (c->sent) return CURL_PREREQFUNC_ABORT;
    c->sent = true;
    return CURL_PREREQFUNC_OK;
}

/* ------------------------------------------------------------------------------------------------------- Open and close */

void http_client_begin(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

void http_client_end(void) { curl_global_cleanup(); }

struct http_client *http_client_open(const struct http_client_options *options)
{
    if (strncmp(options->url, "http://", strlen("http://")) != 0) return NULL;
    struct http_client *c = calloc(1, sizeof *c);
    if (c == NULL || (c->http = curl_easy_init()) == NULL || (c->waiting = curl_multi_init()) == NULL ||
        (c->url = strdup(options->url)) == NULL)
        err(DEMO_FAILED, "a new client");
    c->options = *options;
    curl_easy_setopt(c->http, CURLOPT_USERAGENT, options->user_agent);
    curl_easy_setopt(c->http, CURLOPT_NOPROXY, "*"); /* a proxy in the environment is for the web */
    curl_easy_setopt(c->http, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl_easy_setopt(c->http, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->http, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c->http, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(c->http, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(c->http, CURLOPT_PREREQDATA, c);
    if (options->show_body != NULL) {
        curl_easy_setopt(c->http, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(c->http, CURLOPT_DEBUGFUNCTION, on_head);
        curl_easy_setopt(c->http, CURLOPT_DEBUGDATA, c);
    }
    return c;
}

static void forget_exchange(struct http_client *c)
{
    free(c->head_out);
    free(c->head_in);
    free(c->body);
    c->head_out = c->head_in = c->body = NULL;
    c->head_out_len = c->head_in_len = c->body_len = 0;
    c->too_long = c->sent = false;
}

void http_client_close(struct http_client *c)
{
    forget_exchange(c);
    curl_multi_cleanup(c->waiting);
    curl_easy_cleanup(c->http);
    free(c->url);
    free(c);
}

/* --------------------------------------------------------------------------------------------------------- The exchange */

/* The URL of an exchange: that of the client, with another path when there is one. To be freed; NULL: no memory. */
static char *url_of(const struct http_client *c, const char *path)
{
    if (path == NULL) return strdup(c->url);
    const size_t origin = strlen("http://") + strcspn(c->url + strlen("http://"), "/?#");
    char *url = malloc(origin + strlen(path) + 1);
    if (url != NULL) sprintf(url, "%.*s%s", (int)origin, c->url, path);
    return url;
}

/* The header fields of an exchange; to be freed. libcurl's own guess of a Content-Type is left out, and so is the question
 * whether the server expects a large body, which costs a round trip. */
static struct curl_slist *fields_of(const struct http_exchange *x)
{
    struct curl_slist *fields = curl_slist_append(NULL, "Expect:");
    fields = curl_slist_append(fields, "Content-Type:");
    for (const char *const *field = x->fields; field != NULL && *field != NULL; field++)
        fields = curl_slist_append(fields, *field);
    return fields;
}

/* libcurl has a kind of transfer for each method, and CUSTOMREQUEST for its name. */
static void set_method(struct http_client *c, const struct http_exchange *x)
{
    const bool head = strcmp(x->method, "HEAD") == 0;
    curl_easy_setopt(c->http, CURLOPT_HTTPGET, 1L); /* undoes what the last exchange set */
    if (x->body != NULL || strcmp(x->method, "POST") == 0) {
        curl_easy_setopt(c->http, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_len);
        curl_easy_setopt(c->http, CURLOPT_POSTFIELDS, x->body != NULL ? x->body : "");
    }
    curl_easy_setopt(c->http, CURLOPT_NOBODY, head ? 1L : 0L);
    curl_easy_setopt(c->http, CURLOPT_CUSTOMREQUEST, head ? NULL : x->method);
}

/* Drives the transfer until it ends, or a signal comes: *stopped. */
static CURLcode perform(struct http_client *c, bool *stopped)
{
    CURLcode code = CURLE_OK;
    int running = 1, left;
    curl_multi_add_handle(c->waiting, c->http);
    while (running > 0 && !*stopped) {
        struct curl_waitfd stop = {.fd = demo_stop_pipe[0], .events = CURL_WAIT_POLLIN}; /* every thread sees it */
        curl_multi_perform(c->waiting, &running);
        if (running > 0) curl_multi_poll(c->waiting, &stop, 1, 1000, NULL);
        *stopped = stop.revents != 0;
    }
    for (CURLMsg *message; (message = curl_multi_info_read(c->waiting, &left)) != NULL;)
        if (message->msg == CURLMSG_DONE) code = message->data.result;
    curl_multi_remove_handle(c->waiting, c->http);
    return code;
}

/* What it means that libcurl did not bring a response. */
static enum http_problem problem_of(struct http_client *c, CURLcode code, const char **reason)
{
    long error = 0;
    curl_easy_getinfo(c->http, CURLINFO_OS_ERRNO, &error);
    /* The request left over a kept connection: how libcurl's second attempt failed, which on_request() would have stopped at
     * the latest, says nothing of it. */
    if (c->sent &&
        (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)) {
        code = CURLE_GOT_NOTHING;
        error = 0;
    }
    *reason = error != 0 ? strerror((int)error) : curl_easy_strerror(code);
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
    case CURLE_URL_MALFORMAT: return HTTP_LOCAL;
    case CURLE_COULDNT_RESOLVE_HOST: return HTTP_UNKNOWN_HOST;
    case CURLE_COULDNT_CONNECT: return HTTP_NO_LISTENER;
    case CURLE_OPERATION_TIMEDOUT: return HTTP_TIMEOUT;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return HTTP_NOT_HTTP;
    case CURLE_WRITE_ERROR: /* on_body() ended the transfer */
        if (c->too_long) return HTTP_TOO_LONG;
        *reason = strerror(ENOMEM);
        return HTTP_LOCAL;
    default: return HTTP_BROKEN;
    }
}

void http_client_exchange(struct http_client *c, struct http_exchange *x)
{
    bool stopped = false;
    long status = 0;
    const char *reason = NULL;
    forget_exchange(c);
    char *url = url_of(c, x->path);
    struct curl_slist *fields = fields_of(x);
    if (url == NULL || fields == NULL) err(DEMO_FAILED, "a new request");
    curl_easy_setopt(c->http, CURLOPT_URL, url);
    curl_easy_setopt(c->http, CURLOPT_HTTPHEADER, fields);
    set_method(c, x);
    CURLcode code = perform(c, &stopped);
    if (c->head_out_len > 0)
        http_show_message("request", '>', c->head_out, c->head_out_len, x->body, x->body_len, c->options.show_body);
    if (c->head_in_len > 0)
        http_show_message("answer", '<', c->head_in, c->head_in_len, c->body, c->body_len, c->options.show_body);
    curl_easy_getinfo(c->http, CURLINFO_RESPONSE_CODE, &status);
    x->problem = stopped ? HTTP_STOPPED : code == CURLE_OK ? HTTP_DONE : problem_of(c, code, &reason);
    x->reason = reason;
    x->status = (int)status;
    x->answer = c->body != NULL ? c->body : "";
    x->answer_len = c->body_len;
    curl_slist_free_all(fields);
    free(url);
}

const char *http_client_header(struct http_client *c, const char *name)
{
    struct curl_header *field;
    return curl_easy_header(c->http, name, 0, CURLH_HEADER, -1, &field) == CURLHE_OK ? field->value : NULL;
}
