/* wire.c - see wire.h. */
#include "../common/demo.h"

#include "wire.h"
#include "xml_text.h"

void wire_print(const char *title, char mark, const char *head, size_t head_len, const char *body, size_t body_len)
{
    const char prefix[] = {mark, ' ', '\0'};
    flockfile(stdout); /* other threads print, too */
    printf("%s: %zu bytes of HTTP head, %zu bytes of body\n", title, head_len, body_len);
    for (const char *line = head, *end = head + head_len; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((next != NULL ? next : end) - line);
        fputs(prefix, stdout);
        demo_put_text(stdout, line, len > 0 && line[len - 1] == '\r' ? len - 1 : len, "\\");
        putchar('\n');
        line += len + (next != NULL);
    }
    xml_put_indented(stdout, prefix, body, body_len);
    funlockfile(stdout);
}
