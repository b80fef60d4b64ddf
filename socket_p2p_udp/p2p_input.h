/* p2p_input.h - what the user says, line by line, while something else goes on.
 *
 * On a terminal a line editor (libedit) reads it, so that what is being typed can be taken off the screen and put back
 * when a message is to be printed. From a pipe or a file it is plain lines. */
#ifndef P2P_INPUT_H
#define P2P_INPUT_H
#include "../common/demo.h"

#include <histedit.h>
#include <wchar.h>

#define P2P_PROMPT "> "

struct p2p_input {
    bool (*wait)(
        void *context); /* true when standard input has something for us, false when nobody wants it any more */
    void *context;
    EditLine *editor;    /* NULL: plain lines */
    bool editing;        /* a prompt, and what was typed so far, is on the screen */
    mbstate_t character; /* what we have of a UTF-8 character whose other bytes are on their way */
    char bytes[1 << 16]; /* plain: what was read, */
    size_t have, taken;  /* how much that is, and how much of it was handed out; */
    size_t skipped;      /* how much of a line did not fit */
    bool ended;
};

/* `wait` is called, with `context`, whenever we need more input: it is what goes on meanwhile. */
void p2p_input_open(struct p2p_input *in, const char *program, bool (*wait)(void *), void *context);

/* The next line, without its end, and its length; NULL at the end. A line too long for any message is not kept: its
 * true length is told, its text is empty. The text is valid until the next call. */
const char *p2p_input_line(struct p2p_input *in, size_t *len);

/* Puts a line back, as if it were being typed. Only the editor can do that. */
void p2p_input_again(struct p2p_input *in, const char *line, size_t len);

/* Before and after anything else is printed: the line being typed gives way, and comes back. */
void p2p_input_hide(struct p2p_input *in);
void p2p_input_show(struct p2p_input *in);

void p2p_input_close(struct p2p_input *in);

/* Rows of a screen `columns` wide between where this text begins, at `column`, and the cursor at its end. */
int p2p_rows(int column, const char *text, size_t len, int columns);
#endif
