/* http_head.c - writes a request's and a response's head as they go over the wire, by the rules of libmicrohttpd. */
#include "http_head.h"

#include <strings.h>

static enum MHD_Result write_field(void *head, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    fprintf(head, "%s: %s\r\n", name, value != NULL ? value : "");
    return MHD_YES;
}

void http_show_request(struct MHD_Connection *http, http_body_printer *show_body)
{
    const struct http_connection *c = http_connection_of(http);
    const struct http_request_state *r = &c->request;
    char *head = NULL, title[ENDPOINT_TEXT + 16];
    size_t len;
    FILE *memory = open_memstream(&head, &len);
    if (memory == NULL) return;
    fprintf(memory, "%s %s %s\r\n", r->method, r->uri != NULL ? r->uri : "", r->version);
    MHD_get_connection_values(http, MHD_HEADER_KIND, write_field, memory);
    fputs("\r\n", memory);
    fclose(memory);
    snprintf(title, sizeof title, "%s request", c->client);
    http_show_message(title, '>', head, len, r->body, r->len, show_body);
    free(head);
}

/* What a request's Connection fields ask for (RFC 9112, 9.3). */
struct persistence {
    bool close, keep_alive;
};

static enum MHD_Result read_connection_field(void *context, enum MHD_ValueKind kind, const char *name,
                                             const char *value)
{
    struct persistence *wish = context;
    (void)kind;
    if (strcasecmp(name, "Connection") != 0 || value == NULL) return MHD_YES;
    for (const char *token = value; *token != '\0'; token += strcspn(token, ",")) {
        token += strspn(token, ", \t");
        size_t len = strcspn(token, ", \t");
        if (len == strlen("close") && strncasecmp(token, "close", len) == 0) wish->close = true;
        if (len == strlen("keep-alive") && strncasecmp(token, "keep-alive", len) == 0) wish->keep_alive = true;
    }
    return MHD_YES;
}

/* True when the client has ended its side of the connection. */
static bool client_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* libmicrohttpd adds Connection and Date when a response lacks them. After this it has them, and they are known here. In this
 * order, because 0.9.75 forgets that there is a Date when Connection is added after it.
 * Returns whether libmicrohttpd still adds Connection: Keep-Alive, for a client that speaks HTTP/1.0. */
static bool add_automatic_fields(struct MHD_Connection *http, struct MHD_Response *response)
{
    const struct http_connection *c = http_connection_of(http);
    const bool http_1_0 = strcmp(c->request.version, "HTTP/1.0") == 0;
    bool last = MHD_get_response_header(response, "Connection") != NULL;
    if (!last) {
        struct persistence wish = {0};
        MHD_get_connection_values(http, MHD_HEADER_KIND, read_connection_field, &wish);
        last = wish.close || (http_1_0 && !wish.keep_alive) || client_ended(c->fd);
        if (last) MHD_add_response_header(response, "Connection", "close");
    }
    char date[64];
    struct tm utc;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&(time_t){time(NULL)}, &utc));
    MHD_add_response_header(response, "Date", date);
    return !last && http_1_0;
}

void http_show_response(struct MHD_Connection *http, struct MHD_Response *response, unsigned status, const char *body,
                        size_t body_len, http_body_printer *show_body)
{
    const struct http_connection *c = http_connection_of(http);
    char title[ENDPOINT_TEXT + 16], *head = NULL;
    size_t len;
    bool keep_alive = add_automatic_fields(http, response);
    FILE *memory = open_memstream(&head, &len);
    if (memory == NULL) return;
    const char *phrase = MHD_get_reason_phrase_for(status);
    fprintf(memory, "HTTP/1.1 %u %s\r\n", status, strcmp(phrase, "Unknown") == 0 ? "Non-Standard Status" : phrase);
    if (keep_alive) fputs("Connection: Keep-Alive\r\n", memory);
    MHD_get_response_headers(response, write_field, memory);
    if (status != MHD_HTTP_NO_CONTENT) fprintf(memory, "Content-Length: %zu\r\n", body_len);
    fputs("\r\n", memory);
    fclose(memory);
    bool without_body = strcmp(c->request.method, "HEAD") == 0 || status == MHD_HTTP_NOT_MODIFIED;
    snprintf(title, sizeof title, "%s answer", c->client);
    http_show_message(title, '<', head, len, body, without_body ? 0 : body_len, show_body);
    free(head);
}
