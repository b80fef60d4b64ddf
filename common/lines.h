/* lines.h - standard input line by line, for programs that wait for a socket at the same time. fgets(3) would block in the
 * middle of a line, and poll(2) cannot see what stdio has read ahead; here the caller decides when to read(2). */
#ifndef LINES_H
#define LINES_H
#include "demo.h"

enum {
    LINES_ROOM = 65536, /* bytes of the longest line that is kept whole: more than any datagram holds */
    LINES_READ = 4096,  /* bytes that one read(2) may bring at least */
};

/* 68 KiB, so best static; starts as {0}. */
struct lines {
    char bytes[LINES_ROOM + LINES_READ];
    size_t begin, end; /* what was read and not taken yet */
    size_t dropped;    /* bytes of the line at `begin` that were read and not kept: it is longer than LINES_ROOM */
    bool ended;        /* standard input is at its end */
};

/* The next line, without its line end, NUL-terminated; valid until the next call. *len is the length that the line had on
 * standard input: when it is more than LINES_ROOM, only the first LINES_ROOM bytes are here. The last line of the input may
 * lack its end. NULL: no whole line is here yet; read more, or stop when `ended`. */
static inline char *lines_take(struct lines *in, size_t *len)
{
    char *line = in->bytes + in->begin, *newline = memchr(line, '\n', in->end - in->begin);
    if (newline == NULL && !(in->ended && in->begin < in->end)) return NULL;
    size_t here = newline != NULL ? (size_t)(newline - line) : in->end - in->begin;
    *len = here + in->dropped;
    in->dropped = 0;
    in->begin += here + (newline != NULL);
    line[here < LINES_ROOM ? here : LINES_ROOM] = '\0';
    return line;
}

/* One read(2); an error is reported and ends the input. Call it when poll(2) says that standard input is readable,
 * after lines_take() returned NULL. */
static inline void lines_read(struct lines *in)
{
    memmove(in->bytes, in->bytes + in->begin, in->end -= in->begin);
    in->begin = 0;
    if (in->end > LINES_ROOM) {
        in->dropped += in->end - LINES_ROOM;
        in->end = LINES_ROOM;
    }
    ssize_t n = read(STDIN_FILENO, in->bytes + in->end, sizeof in->bytes - in->end);
    if (n > 0) in->end += (size_t)n;
    if (n < 0 && errno != EINTR) warn("standard input");
    in->ended = n == 0 || (n < 0 && errno != EINTR);
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
