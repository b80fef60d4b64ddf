/* http_guard.c - the rules of http_guard.h: one count per field name, one comparison per rule. */
#include "../common/demo.h"

#include "http_guard.h"

#include <strings.h>

/* The characters of a field name (RFC 9110, 5.6.2). A blank before the colon would hide a Content-Length. */
#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

void http_guard_uri(struct http_guard *guard, const char *uri) { guard->nul_in_uri = strstr(uri, "%00") != NULL; }

void http_guard_field(struct http_guard *guard, const char *name, const char *value)
{
    if (name[0] == '\0' || name[strspn(name, TOKEN)] != '\0') guard->bad_name = true;
    if (strcasecmp(name, "Host") == 0) guard->hosts++;
    if (strcasecmp(name, "Content-Length") == 0) guard->lengths++;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        guard->codings++;
        if (value == NULL || strcasecmp(value, "chunked") != 0) guard->unknown_coding = true;
    }
}

const char *http_guard_verdict(const struct http_guard *guard, const char *version, unsigned *status)
{
    const bool http_1_0 = strcmp(version, "HTTP/1.0") == 0;
    *status = 400;
    if (guard->nul_in_uri) return "the URL holds a NUL byte, %00";
    if (guard->bad_name) return "a header field has no valid name";
    if (guard->hosts > 1) return "Host stands there more than once";
    if (guard->hosts == 0 && !http_1_0) return "Host is missing";
    if (guard->lengths > 1) return "Content-Length stands there more than once";
    if (guard->codings > 0 && guard->lengths > 0) return "Content-Length and Transfer-Encoding contradict each other";
    if (guard->codings > 1) return "Transfer-Encoding stands there more than once";
    if (guard->codings > 0 && http_1_0) return "HTTP/1.0 has no Transfer-Encoding";
    if (guard->unknown_coding) {
        *status = 501;
        return "the only Transfer-Encoding here is chunked";
    }
    return NULL;
}
