/* http_response.c - a response, from what the handler fills in to what libmicrohttpd sends. */
#include "../common/demo.h"

#include "http_response.h"

/* Until the body is known, the fields are kept in a libmicrohttpd response that is never sent. */
void http_response_header(struct http_response *response, const char *name, const char *value)
{
    if (response->of_server == NULL)
        response->of_server = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response->of_server != NULL) MHD_add_response_header(response->of_server, name, value);
}

void http_response_refuse(struct http_response *response, unsigned status, const char *why)
{
    const size_t size = strlen(why) + sizeof "\n";
    free(response->body);
    response->refused = true;
    response->status = status;
    response->type = "text/plain; charset=utf-8";
    response->body = malloc(size);
    response->body_len = response->body != NULL ? (size_t)snprintf(response->body, size, "%s\n", why) : 0;
}

static enum MHD_Result copy_field(void *to, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    return MHD_add_response_header(to, name, value);
}

struct MHD_Response *http_response_build(struct http_response *r, bool last)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->body_len, r->body, r->body != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(r->body);
    } else {
        if (last) MHD_add_response_header(response, "Connection", "close");
        if (r->type != NULL) MHD_add_response_header(response, "Content-Type", r->type);
        if (r->of_server != NULL) MHD_get_response_headers(r->of_server, copy_field, response);
    }
    if (r->of_server != NULL) MHD_destroy_response(r->of_server);
    return response;
}

void http_response_print_refusal(const struct http_response *response, const char *client)
{
    flockfile(stdout); /* other threads print, too */
    printf("%s refused with HTTP %u: ", client, response->status);
    if (response->body != NULL) demo_put_text(stdout, response->body, response->body_len - strlen("\n"), "");
    putchar('\n');
    funlockfile(stdout);
}
