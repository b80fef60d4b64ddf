/* rpc_call.c - see rpc_call.h. xmlrpc-c writes and reads the XML, libcurl carries it: xmlrpc-c's own client does the same,
 * but tells neither what went over the line nor, other than in words, where a call failed. */
#include "../common/demo.h"

#include "exact_double.h"
#include "rpc_call.h"
#include "wire.h"
#include "xml_text.h"

#include <curl/curl.h>
#include <stdarg.h>

struct rpc_server {
    char *url;
    CURL *http;
    CURLM *waiting; /* drives `http`, and lets us wait for a signal at the same time */
    struct curl_slist *headers;
    int timeout_ms;
    bool wire;
    char *head_out, *head_in, *body; /* of the current call; the heads for --wire only */
    size_t head_out_len, head_in_len, body_len;
    bool too_long, sent;
};

static struct rpc_outcome failed(enum rpc_problem problem, int code, const char *format, ...)
{
    struct rpc_outcome outcome = {.problem = problem, .code = code};
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start */
    vsnprintf(outcome.text, sizeof outcome.text, format, arguments);
    va_end(arguments);
    return outcome;
}

static bool append(char **text, size_t *len, const char *piece, size_t piece_len)
{
    char *more = realloc(*text, *len + piece_len + 1);
    if (more == NULL) return false;
    memcpy(more + *len, piece, piece_len);
    *text = more;
    *len += piece_len;
    return true;
}

static size_t on_body(char *piece, size_t one, size_t len, void *context)
{
    struct rpc_server *s = context;
    (void)one;
    s->too_long = s->too_long || len > RPC_ANSWER_MAX - s->body_len;
    return !s->too_long && append(&s->body, &s->body_len, piece, len) ? len : 0; /* 0 ends the transfer */
}

static int on_line(CURL *http, curl_infotype what, char *piece, size_t len, void *context)
{
    struct rpc_server *s = context;
    (void)http;
    if (what == CURLINFO_HEADER_OUT) append(&s->head_out, &s->head_out_len, piece, len);
    if (what == CURLINFO_HEADER_IN) append(&s->head_in, &s->head_in_len, piece, len);
    return 0;
}

/* Before the request is sent. When a connection kept from an earlier call turns out dead, libcurl would send it once more
 * over a new one, in silence: the procedure might run twice. Here it is at most once, and the user decides. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int on_request(void *context, char *peer, char *own, int peer_port, int own_port)
{
    struct rpc_server *s = context;
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    if (s->sent) return CURL_PREREQFUNC_ABORT;
    s->sent = true;
    return CURL_PREREQFUNC_OK;
}

static void forget_call(struct rpc_server *s)
{
    free(s->head_out);
    free(s->head_in);
    free(s->body);
    s->head_out = s->head_in = s->body = NULL;
    s->head_out_len = s->head_in_len = s->body_len = 0;
    s->too_long = s->sent = false;
}

void rpc_begin(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    doubles_allow(RPC_ANSWER_MAX);
}

void rpc_end(void) { curl_global_cleanup(); }

struct rpc_server *rpc_open(const char *url, int timeout_ms, bool wire)
{
    if (strncmp(url, "http://", 7) != 0) return NULL;
    struct rpc_server *s = calloc(1, sizeof *s);
    if (s == NULL || (s->http = curl_easy_init()) == NULL || (s->waiting = curl_multi_init()) == NULL)
        err(DEMO_FAILED, "a new client");
    s->url = strdup(url);
    s->timeout_ms = timeout_ms;
    s->wire = wire;
    s->headers = curl_slist_append(s->headers, "Content-Type: text/xml");
    s->headers = curl_slist_append(s->headers, "Expect:"); /* send large calls at once, too */
    curl_easy_setopt(s->http, CURLOPT_URL, url);
    curl_easy_setopt(s->http, CURLOPT_HTTPHEADER, s->headers);
    curl_easy_setopt(s->http, CURLOPT_USERAGENT, "rpc_client/" DEMO_VERSION);
    curl_easy_setopt(s->http, CURLOPT_NOPROXY, "*"); /* what the environment says is about the web */
    curl_easy_setopt(s->http, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(s->http, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(s->http, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(s->http, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(s->http, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(s->http, CURLOPT_PREREQDATA, s);
    if (wire) {
        curl_easy_setopt(s->http, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(s->http, CURLOPT_DEBUGFUNCTION, on_line);
        curl_easy_setopt(s->http, CURLOPT_DEBUGDATA, s);
    }
    return s;
}

void rpc_close(struct rpc_server *s)
{
    forget_call(s);
    curl_multi_cleanup(s->waiting);
    curl_easy_cleanup(s->http);
    curl_slist_free_all(s->headers);
    free(s->url);
    free(s);
}

/* Sends the request and waits for the whole answer, or a signal: *stopped. */
static CURLcode perform(struct rpc_server *s, bool *stopped)
{
    CURLcode code = CURLE_OK;
    int running = 1, left;
    curl_multi_add_handle(s->waiting, s->http);
    while (running > 0 && !*stopped) {
        struct curl_waitfd stop = {.fd = demo_stop_pipe[0], .events = CURL_WAIT_POLLIN}; /* for every thread to see */
        curl_multi_perform(s->waiting, &running);
        if (running > 0) curl_multi_poll(s->waiting, &stop, 1, 1000, NULL);
        *stopped = stop.revents != 0;
    }
    for (CURLMsg *message; (message = curl_multi_info_read(s->waiting, &left)) != NULL;)
        if (message->msg == CURLMSG_DONE) code = message->data.result;
    curl_multi_remove_handle(s->waiting, s->http);
    return code;
}

/* What it means that libcurl did not bring an answer. */
static struct rpc_outcome transport_failure(struct rpc_server *s, CURLcode code)
{
    long error = 0;
    curl_easy_getinfo(s->http, CURLINFO_OS_ERRNO, &error);
    /* The request left over a kept connection: how libcurl's second attempt failed, which on_request() would have stopped at
     * the latest, says nothing of it. */
    if (s->sent &&
        (code == CURLE_ABORTED_BY_CALLBACK || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT)) {
        code = CURLE_GOT_NOTHING;
        error = 0;
    }
    const char *reason = error != 0 ? strerror((int)error) : curl_easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return failed(RPC_WRONG_HOST, 0, "%s: no such host (is the name spelled right?)", s->url);
    case CURLE_COULDNT_CONNECT:
        return failed(RPC_NOBODY, 0, "connect to %s: %s (is rpc_server running there? start it with: rpc_server)",
                      s->url, reason);
    case CURLE_OPERATION_TIMEDOUT:
        return failed(
            RPC_TIMEOUT, 0,
            "%s: no answer in %g s (the server is slow or stuck, or the network loses everything; whether the "
            "procedure ran is not known; more time: -w)",
            s->url, s->timeout_ms / 1e3);
    case CURLE_WRITE_ERROR:
        if (s->too_long)
            return failed(RPC_NOT_XML_RPC, 0, "%s: the server's answer is longer than %d bytes", s->url,
                          RPC_ANSWER_MAX);
        return failed(RPC_HERE, 0, "out of memory");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return failed(RPC_NOT_XML_RPC, 0, "%s: what answers there does not speak HTTP (is this the right port?)",
                      s->url);
    case CURLE_URL_MALFORMAT: return failed(RPC_HERE, 0, "%s: no URL like http://localhost:8000/RPC2", s->url);
    default:
        return failed(
            RPC_BROKEN, 0,
            "%s: the connection ended before the answer: %s (did the server crash, or was it stopped? whether the "
            "procedure ran is not known)",
            s->url, reason);
    }
}

/* Unmarshals the answer: a value, or a fault. */
static struct rpc_outcome read_answer(struct rpc_server *s)
{
    const char *body = s->body != NULL ? s->body : "", *refusal = xml_refusal(body, s->body_len);
    if (refusal != NULL) return failed(RPC_NOT_XML_RPC, 0, "%s: the server's answer is refused: %s", s->url, refusal);
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct rpc_outcome outcome = {.problem = RPC_DONE};
    const char *fault = NULL;
    size_t len = s->body_len;
    char *xml = doubles_mark(body, &len);
    if (xml == NULL) return failed(RPC_HERE, 0, "out of memory");
    xmlrpc_parse_response2(&env, xml, len, &outcome.result, &outcome.code, &fault);
    if (env.fault_occurred)
        outcome = failed(RPC_NOT_XML_RPC, 0, "%s: the server answered, but not with XML-RPC: %.300s", s->url,
                         env.fault_string);
    else if (fault != NULL)
        outcome = failed(RPC_FAULT, outcome.code, "the procedure failed at the server: fault %d: %.500s",
                         outcome.code, fault);
    free((char *)fault);
    free(xml);
    xmlrpc_env_clean(&env);
    return outcome;
}

/* Carries a marshalled call to the server, and what it answers back. */
static struct rpc_outcome exchange(struct rpc_server *s, const char *xml, size_t len)
{
    bool stopped = false;
    long status = 0;
    forget_call(s);
    curl_easy_setopt(s->http, CURLOPT_POSTFIELDS, xml);
    curl_easy_setopt(s->http, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    CURLcode code = perform(s, &stopped);
    if (s->wire && s->head_out_len > 0) wire_print("request", '>', s->head_out, s->head_out_len, xml, len);
    if (s->wire && s->head_in_len > 0) wire_print("answer", '<', s->head_in, s->head_in_len, s->body, s->body_len);
    if (stopped) return failed(RPC_STOPPED, 0, "stopped while the call was under way");
    if (code != CURLE_OK) return transport_failure(s, code);
    curl_easy_getinfo(s->http, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return failed(RPC_HTTP_ERROR, (int)status,
                      "%s: the web server there answered HTTP %ld without calling anything%s", s->url, status,
                      status == 404 ? " (is the path of the URL right?)" : "");
    return read_answer(s);
}

struct rpc_outcome rpc_call(struct rpc_server *s, const char *method, xmlrpc_value *parameters)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct doubles exact = {0};
    struct rpc_outcome outcome;

    /* Marshal: method and parameters become XML. */
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    if (!env.fault_occurred) doubles_note(&env, &exact, parameters);
    if (!env.fault_occurred) xmlrpc_serialize_call(&env, xml, method, parameters);

    /* Send, receive, unmarshal. */
    if (env.fault_occurred) {
        outcome = failed(RPC_HERE, 0, "%s: not sent: %.300s", method, env.fault_string);
    } else {
        size_t len = XMLRPC_MEMBLOCK_SIZE(char, xml);
        char *put = doubles_put(&exact, XMLRPC_MEMBLOCK_CONTENTS(char, xml), &len);
        outcome = exchange(s, put != NULL ? put : XMLRPC_MEMBLOCK_CONTENTS(char, xml), len);
        free(put);
    }
    if (xml != NULL) XMLRPC_MEMBLOCK_FREE(char, xml);
    doubles_clean(&exact);
    xmlrpc_env_clean(&env);
    return outcome;
}
