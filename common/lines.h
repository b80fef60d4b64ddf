/* lines.h - standard input line by line, for programs that wait for a socket at the same time. fgets(3) would block in the
 * middle of a line, and poll(2) cannot see what stdio has read ahead; here the caller decides when to read(2). */
#ifndef LINES_H
#define LINES_H
#include "demo.h"

enum { LINES_ROOM = 65536 }; /* bytes of the longest line that is kept whole: more than any datagram holds */

/* 64 KiB, so best static; starts as {0}. */
struct lines {
    char bytes[LINES_ROOM + 1];
    size_t begin, end; /* what was read and not taken yet */
    bool ended;        /* standard input is at its end */
    bool cut;          /* the line that was taken last is only the beginning of a longer one; its rest is skipped */
    bool skipping;     /* the rest of a cut line is still to come */
};

/* The next line, without its line end, NUL-terminated, and its length; valid until the next call. The last line of the
 * input may lack its end. NULL: no whole line is here yet; read more, or stop when `ended`. */
static inline char *lines_take(struct lines *in, size_t *len)
{
    char *line = in->bytes + in->begin, *newline = memchr(line, '\n', in->end - in->begin);
    *len = newline != NULL ? (size_t)(newline - line) : in->end - in->begin;
    if (newline == NULL && *len < LINES_ROOM && !(in->ended && *len > 0)) return NULL;
    bool rest = in->skipping; /* of a line whose beginning was taken */
    in->cut = in->skipping = newline == NULL && *len == LINES_ROOM;
    in->begin = newline != NULL ? (size_t)(newline + 1 - in->bytes) : in->end;
    line[*len] = '\0';
    return rest ? lines_take(in, len) : line;
}

/* One read(2). Call it when poll(2) says that standard input is readable, after lines_take() returned NULL. */
static inline void lines_read(struct lines *in)
{
    memmove(in->bytes, in->bytes + in->begin, in->end -= in->begin);
    in->begin = 0;
    ssize_t n = read(STDIN_FILENO, in->bytes + in->end, LINES_ROOM - in->end);
    if (n > 0) in->end += (size_t)n;
    else in->ended = n == 0 || errno != EINTR;
}

/* Waits for the next line. NULL at the end of the input, and when the program should stop. */
static inline char *lines_next(struct lines *in, size_t *len)
{
    for (;;) {
        char *line = lines_take(in, len);
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
        if (line != NULL || in->ended || demo_wait(fds, 1, -1) < 0) return line;
        lines_read(in);
    }
}
#endif
