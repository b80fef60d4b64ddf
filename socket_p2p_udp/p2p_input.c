/* p2p_input.c - turns the bytes that standard input has into lines, without waiting for more. See p2p_input.h.
 *
 * libedit normally waits for each key. Here it works unbuffered: el_gets(3) takes one key and returns. It is called only
 * when a whole key was read, because in the middle of a key (the Escape of an arrow) it would have to wait. */
#define _XOPEN_SOURCE 700 /* wcwidth(3), also under cc -std=c11 */
#include "p2p_input.h"

#include <locale.h>

enum { CTRL_D = 'D' & 31, CTRL_V = 'V' & 31, CTRL_X = 'X' & 31, ESCAPE = 27 };

static char *prompt(EditLine *editor)
{
    (void)editor;
    static char text[] = P2P_PROMPT;
    return text;
}

/* Gives the editor one character of the key that it may take. Returns 1, or 0 when it took them all. */
static int next_character(EditLine *editor, wchar_t *character)
{
    struct p2p_input *in;
    el_get(editor, EL_CLIENTDATA, &in);
    if (in->next_key == in->last_key) return 0;
    *character = in->keys[in->next_key++];
    return 1;
}

/* Begins a new line. Unbuffered, the editor shows the prompt when it is switched on, and keeps the line between keys. */
static void begin_line(struct p2p_input *in)
{
    if (in->editing) return;
    in->editing = true;
    el_set(in->editor, EL_UNBUFFERED, 1);
}

static void end_line(struct p2p_input *in)
{
    in->editing = false;
    el_set(in->editor, EL_UNBUFFERED, 0);
    el_set(in->editor, EL_PREP_TERM, 1); /* the terminal stays the editor's until the next prompt */
}

void p2p_input_open(struct p2p_input *in, const char *program)
{
    /* These keys make libedit wait for more keys: search and commands. */
    static const char *const waiting[] = {"^R", "^S", "\\ex", "\\eX"};
    *in = (struct p2p_input){0};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return;
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8"); /* messages are UTF-8, in any locale */
    if ((in->editor = el_init(program, stdin, stdout, stderr)) == NULL) err(DEMO_FAILED, "el_init");
    el_set(in->editor, EL_PROMPT, prompt);
    el_set(in->editor, EL_EDITOR, "emacs");
    el_set(in->editor, EL_CLIENTDATA, in);
    el_set(in->editor, EL_GETCFN, next_character);
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++)
        el_set(in->editor, EL_BIND, waiting[i], "ed-unassigned", NULL);
    el_set(in->editor, EL_PREP_TERM, 1);
    begin_line(in);
}

size_t p2p_key_length(const wchar_t *characters, size_t count)
{
    if (count == 0) return 0;
    if (characters[0] == CTRL_V || characters[0] == CTRL_X) return count > 1 ? 2 : 0; /* libedit's other prefixes */
    if (characters[0] != ESCAPE) return 1;
    if (count == 1) return 0;
    if (characters[1] != '[' && characters[1] != 'O') return 2; /* Alt and a character */
    for (size_t i = 2; i < count; i++)                          /* ECMA-48, 5.4: parameters, then a final byte */
        if (characters[i] < 0x20 || characters[i] > 0x3F) return i + 1;
    return 0;
}

/* One read(2) from the terminal: bytes become characters. */
static void read_keys(struct p2p_input *in)
{
    const size_t room = sizeof in->keys / sizeof *in->keys;
    char bytes[256];
    in->key_count -= in->next_key; /* what remains is a part of one key */
    memmove(in->keys, in->keys + in->next_key, in->key_count * sizeof *in->keys);
    in->next_key = in->last_key = 0;
    if (in->key_count + sizeof bytes > room) in->key_count = 0; /* no key has this length */
    ssize_t have = read(STDIN_FILENO, bytes, sizeof bytes);
    if (have <= 0) in->ended = true; /* the terminal hung up */
    for (ssize_t i = 0; i < have; i++) {
        size_t n = mbrtowc(&in->keys[in->key_count], &bytes[i], 1, &in->character);
        if (n < (size_t)-2) in->key_count++;
        if (n == (size_t)-1) in->character = (mbstate_t){0}; /* no UTF-8: dropped */
    }
}

/* Lets the editor take key by key, until one of them is Enter. */
static const char *edited_line(struct p2p_input *in, size_t *len)
{
    begin_line(in);
    for (size_t n; (n = p2p_key_length(in->keys + in->next_key, in->key_count - in->next_key)) > 0;) {
        in->last_key = in->next_key + n;
        int count;
        const char *line = el_gets(in->editor, &count); /* the whole line so far; NULL: it is empty */
        in->next_key = in->last_key;
        if (line == NULL) continue;
        if (line[0] == CTRL_D && count == 1) { /* the editor's sign for Ctrl-D on an empty line */
            in->ended = true;
            return NULL;
        }
        if (line[count - 1] != '\n') continue;
        *len = (size_t)count - 1;
        end_line(in);
        return line;
    }
    return NULL;
}

bool p2p_input_is_terminal(const struct p2p_input *in) { return in->editor != NULL; }

void p2p_input_read(struct p2p_input *in)
{
    if (in->editor != NULL) read_keys(in);
    else {
        lines_read(&in->plain);
        in->ended = in->plain.ended;
    }
}

const char *p2p_input_line(struct p2p_input *in, size_t *len)
{
    return in->editor != NULL ? edited_line(in, len) : lines_take(&in->plain, len);
}

void p2p_input_again(struct p2p_input *in, const char *line, size_t len)
{
    char *text = strndup(line, len);
    if (text == NULL) err(DEMO_FAILED, "strndup");
    begin_line(in);
    p2p_input_hide(in);
    el_insertstr(in->editor, text);
    p2p_input_show(in);
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
    if (in->editor == NULL) return;
    if (in->editing) putchar('\n'); /* the editor left the cursor behind the typed text */
    el_end(in->editor);
    in->editor = NULL;
    in->editing = false;
}
