/* http_head.c - see http_head.h. */
#include "../common/endpoint.h"

#include "http_head.h"
#include "wire.h"

static enum MHD_Result add_header(void *head, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    fprintf(head, "%s: %s\r\n", name, value);
    return MHD_YES;
}

void http_show_request(struct MHD_Connection *http, const char *client, const char *method, const char *uri,
                       const char *version, const char *body, size_t body_len)
{
    char *head = NULL, title[ENDPOINT_TEXT + 16];
    size_t len;
    FILE *memory = open_memstream(&head, &len);
    if (memory == NULL) return;
    fprintf(memory, "%s %s %s\r\n", method, uri, version);
    MHD_get_connection_values(http, MHD_HEADER_KIND, add_header, memory);
    fputs("\r\n", memory);
    fclose(memory);
    snprintf(title, sizeof title, "%s request", client);
    wire_print(title, '>', head, len, body, body_len);
    free(head);
}

/* Date is given to libmicrohttpd, which else would write its own, so that it is known here. */
void http_show_answer(struct MHD_Response *response, const char *client, unsigned status, const char *body,
                      size_t body_len)
{
    char date[64], title[ENDPOINT_TEXT + 16], *head = NULL;
    size_t len;
    time_t now = time(NULL);
    struct tm utc;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
    MHD_add_response_header(response, "Date", date);
    FILE *memory = open_memstream(&head, &len);
    if (memory == NULL) return;
    fprintf(memory, "HTTP/1.1 %u %s\r\n", status, MHD_get_reason_phrase_for(status));
    MHD_get_response_headers(response, add_header, memory);
    fprintf(memory, "Content-Length: %zu\r\n\r\n", body_len);
    fclose(memory);
    snprintf(title, sizeof title, "%s answer", client);
    wire_print(title, '<', head, len, body, body_len);
    free(head);
}
