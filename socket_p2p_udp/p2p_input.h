/* p2p_input.h - reads what the user types, line by line, while the program also waits for a socket.
 *
 * On a terminal a line editor (libedit) reads. The line being typed can be taken off the screen and put back, so that a
 * message which arrives meanwhile does not garble it. A pipe or a file is read as plain lines. */
#ifndef P2P_INPUT_H
#define P2P_INPUT_H
#include "../common/demo.h"

#include <histedit.h>
#include <wchar.h>

#define P2P_PROMPT "> "

struct p2p_input {
    bool (*wait)(void *context); /* true: standard input is readable; false: the program wants no more input */
    void *context;

    EditLine *editor;    /* NULL: plain lines */
    bool editing;        /* a prompt and the line being typed are on the screen */
    mbstate_t character; /* the bytes that came of a UTF-8 character which is not complete */

    char bytes[1 << 16]; /* plain lines: what was read, */
    size_t have, taken;  /* how many bytes that are, and how many of them were handed out; */
    size_t skipped;      /* how many bytes of a line did not fit */
    bool ended;          /* standard input is at its end */
};

/* The input calls `wait` with `context` whenever it needs more bytes. There the program does its other work. */
void p2p_input_open(struct p2p_input *in, const char *program, bool (*wait)(void *), void *context);

/* The next line without its line end, and its length; NULL at the end. Of a line too long for any message only the length
 * is true; the text is empty. The text is valid until the next call. */
const char *p2p_input_line(struct p2p_input *in, size_t *len);

/* True when a line editor reads a terminal. */
bool p2p_input_is_terminal(const struct p2p_input *in);

/* Puts a line back, as if the user were typing it. Only on a terminal. */
void p2p_input_again(struct p2p_input *in, const char *line, size_t len);

/* Call these before and after anything else is printed: they remove and redraw the line being typed. */
void p2p_input_hide(struct p2p_input *in);
void p2p_input_show(struct p2p_input *in);

void p2p_input_close(struct p2p_input *in);

/* How many rows below the beginning of this text, which is at `column`, the cursor is at its end, `columns` to a row. */
int p2p_rows(int column, const char *text, size_t len, int columns);
#endif
