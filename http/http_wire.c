/* http_wire.c - prints HTTP messages for --wire: the head line by line, the body as the caller's printer shows it. */
#include "../common/demo.h"

#include "http_wire.h"

void http_show_text(FILE *out, const char *mark, const char *body, size_t len)
{
    for (const char *line = body, *end = body + len; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t line_len = (size_t)((newline != NULL ? newline : end) - line);
        fputs(mark, out);
        demo_put_text(out, line, line_len > 0 && line[line_len - 1] == '\r' ? line_len - 1 : line_len, "\\");
        putc('\n', out);
        line += line_len + (newline != NULL);
    }
}

void http_show_message(const char *title, char direction, const char *head, size_t head_len, const char *body,
                       size_t body_len, http_body_printer *show_body)
{
    const char mark[] = {direction, ' ', '\0'};
    flockfile(stdout); /* one message stays together although other threads print */
    printf("%s: %zu bytes of HTTP head, %zu bytes of body\n", title, head_len, body_len);
    http_show_text(stdout, mark, head, head_len);
    if (body_len > 0) show_body(stdout, mark, body, body_len);
    funlockfile(stdout);
}
