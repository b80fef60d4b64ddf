/* p2p_input.c - reads what the user types, while the program also waits for a socket. See p2p_input.h.
 *
 * libedit can share a program with other events in two ways. Its readline-like callbacks are not used: they block in the
 * middle of a key of several bytes (the Escape of an arrow, half a UTF-8 character), and they do not notice that a terminal
 * hung up. Here the editor asks next_key() for each key, and next_key() calls the program's wait(). */
#define _XOPEN_SOURCE 700 /* wcwidth(3), also under cc -std=c11 */
#include "p2p_input.h"

#include <locale.h>

static char *prompt(EditLine *editor)
{
    (void)editor;
    static char text[] = P2P_PROMPT;
    return text;
}

/* Gives the editor its next key: a whole character, which may take several bytes. Returns 1, or 0 at the end of the input. */
static int next_key(EditLine *editor, wchar_t *key)
{
    struct p2p_input *in;
    el_get(editor, EL_CLIENTDATA, &in);
    for (char byte; in->wait(in->context) && read(STDIN_FILENO, &byte, 1) == 1;) {
        size_t n = mbrtowc(key, &byte, 1, &in->character);
        if (n < (size_t)-2) return 1;
        if (n == (size_t)-1) in->character = (mbstate_t){0}; /* no UTF-8: dropped */
    }
    return 0;
}

void p2p_input_open(struct p2p_input *in, const char *program, bool (*wait)(void *), void *context)
{
    *in = (struct p2p_input){.wait = wait, .context = context};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return;
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8"); /* messages are UTF-8, in any locale */
    if ((in->editor = el_init(program, stdin, stdout, stderr)) == NULL) err(DEMO_FAILED, "el_init");
    el_set(in->editor, EL_PROMPT, prompt);
    el_set(in->editor, EL_EDITOR, "emacs");
    el_set(in->editor, EL_CLIENTDATA, in);
    el_set(in->editor, EL_GETCFN, next_key);
    el_set(in->editor, EL_PREP_TERM, 1);
}

static const char *edited_line(struct p2p_input *in, size_t *len)
{
    int count;
    in->editing = true;
    const char *line = el_gets(in->editor, &count);
    in->editing = false;
    el_set(in->editor, EL_PREP_TERM, 1); /* the terminal stays the editor's until the next prompt */
    if (line == NULL) putchar('\n');     /* the editor left the cursor behind the typed text */
    else *len = (size_t)count - 1;       /* without its line end */
    return line;
}

/* Not common/lines.h: a line that no datagram can hold is reported with its true length. */
static const char *plain_line(struct p2p_input *in, size_t *len)
{
    memmove(in->bytes, in->bytes + in->taken, in->have -= in->taken);
    in->taken = 0;
    for (;;) {
        const char *end = memchr(in->bytes, '\n', in->have);
        if (end != NULL || (in->ended && in->have + in->skipped > 0)) {
            size_t line = end != NULL ? (size_t)(end - in->bytes) : in->have;
            in->taken = end != NULL ? line + 1 : line;
            *len = in->skipped + line;
            bool fits = in->skipped == 0;
            in->skipped = 0;
            return fits ? in->bytes : "";
        }
        if (in->ended) return NULL;
        if (in->have == sizeof in->bytes) {
            in->skipped += in->have;
            in->have = 0;
        }
        if (!in->wait(in->context)) return NULL;
        ssize_t n = read(STDIN_FILENO, in->bytes + in->have, sizeof in->bytes - in->have);
        if (n > 0) in->have += (size_t)n;
        else in->ended = true;
    }
}

bool p2p_input_is_terminal(const struct p2p_input *in) { return in->editor != NULL; }

const char *p2p_input_line(struct p2p_input *in, size_t *len)
{
    return in->editor != NULL ? edited_line(in, len) : plain_line(in, len);
}

void p2p_input_again(struct p2p_input *in, const char *line, size_t len)
{
    char *text = strndup(line, len);
    if (text == NULL) err(DEMO_FAILED, "strndup");
    el_push(in->editor, text);
    free(text);
}

int p2p_rows(int column, const char *text, size_t len, int columns)
{
    int row = 0;
    mbstate_t state = {0};
    wchar_t character;
    for (size_t n; len > 0 && (n = mbrtowc(&character, text, len, &state)) > 0 && n <= len; text += n, len -= n) {
        int width = wcwidth(character);
        if (width < 0) width = 2;                               /* libedit shows a control byte as ^A */
        if ((column += width) > columns) row++, column = width; /* a wide character does not span two rows */
        if (column == columns) row++, column = 0;
    }
    return row;
}

void p2p_input_hide(struct p2p_input *in)
{
    if (!in->editing) return;
    int columns = 80;
    el_get(in->editor, EL_GETTC, "co", &columns, NULL);
    const LineInfo *line = el_line(in->editor);
    int up = p2p_rows((int)strlen(P2P_PROMPT), line->buffer, (size_t)(line->cursor - line->buffer), columns);
    if (up > 0) printf("\033[%dA", up); /* ECMA-48: cursor up, */
    fputs("\r\033[J", stdout);          /* erase from here to the end of the screen */
    fflush(stdout);
}

void p2p_input_show(struct p2p_input *in)
{
    if (!in->editing) return;
    fflush(stdout);
    el_resize(in->editor); /* the window may have another size by now */
    el_set(in->editor, EL_REFRESH);
}

void p2p_input_close(struct p2p_input *in)
{
    if (in->editor != NULL) el_end(in->editor);
}
