/* table.c - aligns columns of UTF-8 text: the width of each character on a terminal comes from wcwidth(3). */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "../common/demo.h"

#include "table.h"

#include <locale.h>
#include <wchar.h>

struct cell {
    char *text; /* escaped, printable */
    size_t width;
    bool right;
};

struct table {
    size_t columns, count, room;
    struct cell *cells;
};

static void *allocated(void *memory)
{
    if (memory == NULL) err(DEMO_FAILED, "a table");
    return memory;
}

struct table *table_new(size_t columns)
{
    struct table *t = allocated(calloc(1, sizeof *t));
    t->columns = columns;
    return t;
}

/* The columns that printable UTF-8 takes on a terminal. wcwidth(3) needs a locale that has these characters. */
static size_t printable_width(const char *text)
{
    static bool have_locale, tried;
    if (!tried) have_locale = setlocale(LC_CTYPE, "C.UTF-8") != NULL || setlocale(LC_CTYPE, "en_US.UTF-8") != NULL;
    tried = true;
    size_t width = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
        size_t len = demo_utf8(s, strlen((const char *)s));
        wchar_t c = (wchar_t)(s[0] & lead[len]);
        for (size_t i = 1; i < len; i++) c = c << 6 | (s[i] & 0x3F);
        int columns = have_locale ? wcwidth(c) : 1;
        width += columns > 0 ? (size_t)columns : 0;
        s += len;
    }
    return width;
}

static char *escaped(const void *text, size_t len)
{
    char *buffer = NULL;
    size_t size;
    FILE *out = allocated(open_memstream(&buffer, &size));
    demo_put_text(out, text, len, "");
    fclose(out);
    return allocated(buffer);
}

size_t text_width(const void *text, size_t len)
{
    char *printable = escaped(text, len);
    size_t width = printable_width(printable);
    free(printable);
    return width;
}

void table_add(struct table *t, const void *text, size_t len, bool right)
{
    if (t->count == t->room) {
        t->room = t->room * 2 + 16;
        t->cells = allocated(realloc(t->cells, t->room * sizeof *t->cells));
    }
    char *printable = escaped(text, len);
    t->cells[t->count++] = (struct cell){.text = printable, .width = printable_width(printable), .right = right};
}

void table_print(const struct table *t, FILE *out)
{
    size_t *widths = allocated(calloc(t->columns, sizeof *widths));
    for (size_t i = 0; i < t->count; i++)
        if (t->cells[i].width > widths[i % t->columns]) widths[i % t->columns] = t->cells[i].width;
    for (size_t i = 0; i < t->count; i++) {
        const struct cell *cell = &t->cells[i];
        const bool last = i % t->columns == t->columns - 1;
        const int padding = (int)(widths[i % t->columns] - cell->width);
        if (cell->right) fprintf(out, "%*s%s", padding, "", cell->text);
        else fprintf(out, "%s%*s", cell->text, last ? 0 : padding, "");
        fputs(last ? "\n" : "  ", out);
    }
    free(widths);
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->count; i++) free(t->cells[i].text);
    free(t->cells);
    free(t);
}
