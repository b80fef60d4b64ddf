/* p2p_input.h - what the user types, line by line, for a program that also waits for a socket: nothing in here waits.
 *
 * On a terminal a line editor (libedit) builds the line. The line being typed can be taken off the screen and put back, so
 * that a message which arrives meanwhile does not garble it. A pipe or a file is read as plain lines. */
#ifndef P2P_INPUT_H
#define P2P_INPUT_H
#include "../common/demo.h"

#include "../common/lines.h"

#include <histedit.h>
#include <wchar.h>

#define P2P_PROMPT "> "

struct p2p_input {
    bool ended; /* standard input is at its end, or the user typed Ctrl-D */

    EditLine *editor;    /* NULL: plain lines */
    bool editing;        /* a prompt and the line being typed are on the screen */
    mbstate_t character; /* the bytes that came of a UTF-8 character which is not complete */
    wchar_t keys[1024];  /* characters that were read, */
    size_t key_count;    /* how many they are, */
    size_t next_key;     /* how many of them the editor took, */
    size_t last_key;     /* and where the key ends that it may take now */

    struct lines plain; /* a pipe or a file */
};

/* Shows the first prompt when standard input and output are a terminal. `program` is for the editor's settings file. */
void p2p_input_open(struct p2p_input *in, const char *program);

/* Call it when poll(2) reports that standard input is readable: one read(2). */
void p2p_input_read(struct p2p_input *in);

/* The next line of what was read, without its line end, and its length; NULL when no line is complete. At the end of the
 * input the rest is a line too. Of a line of more than LINES_ROOM bytes, too long for any message, only those are here. The
 * text is valid until the next call. */
const char *p2p_input_line(struct p2p_input *in, size_t *len);

/* True when a line editor reads a terminal. */
bool p2p_input_is_terminal(const struct p2p_input *in);

/* Shows a prompt with this line, as if the user had typed it. Only on a terminal. */
void p2p_input_again(struct p2p_input *in, const char *line, size_t len);

/* Call these before and after anything else is printed: they remove and redraw the line being typed. */
void p2p_input_hide(struct p2p_input *in);
void p2p_input_show(struct p2p_input *in);

/* Gives the terminal back. */
void p2p_input_close(struct p2p_input *in);

/* How many of these characters make the first key: an arrow is three of them. 0: the key is not complete. */
size_t p2p_key_length(const wchar_t *characters, size_t count);

/* How many rows below the beginning of this text, which is at `column`, the cursor is at its end, `columns` to a row. */
int p2p_rows(int column, const char *text, size_t len, int columns);
#endif
