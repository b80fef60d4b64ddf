/* tcp_terminal.h - the two ends of tcp_client that are no sockets: standard input, cut into lines,
 * and the screen.
 *
 * Not common/lines.h: a stream carries a line of any length and keeps its line end. */
#ifndef TCP_TERMINAL_H
#define TCP_TERMINAL_H
#include "../common/demo.h"

#include "tcp_proto.h"

/* What was read from standard input and not sent yet. Starts as {0}. */
struct typed_text {
    char bytes[TCP_PIECE];
    size_t begin, len; /* the bytes from `begin` on, so many */
    bool ended;        /* standard input is at its end */
};

static inline const char *typed_line(const struct typed_text *typed) { return typed->bytes + typed->begin; }

/* Length of the next thing to send, from typed_line() on: a line with its line end, or all bytes
 * when no line end will come. 0: read more first. */
static inline size_t typed_line_length(const struct typed_text *typed)
{
    const char *line = typed_line(typed), *end = memchr(line, '\n', typed->len);
    if (end != NULL) return (size_t)(end - line) + 1;
    return typed->ended || typed->len == sizeof typed->bytes ? typed->len : 0;
}

/* One read(2) of standard input. Call it when poll(2) says that it does not block, and
 * typed_line_length() is 0. */
static inline void typed_read(struct typed_text *typed)
{
    memmove(typed->bytes, typed_line(typed), typed->len);
    typed->begin = 0;
    ssize_t n = read(STDIN_FILENO, typed->bytes + typed->len, sizeof typed->bytes - typed->len);
    if (n <= 0) typed->ended = true;
    else typed->len += (size_t)n;
}

/* Removes the first `len` bytes, which were sent. */
static inline void typed_sent(struct typed_text *typed, size_t len)
{
    typed->begin += len;
    typed->len -= len;
}

/* What arrived and is not on the screen yet: the beginning of a UTF-8 character. Starts as {0}. */
struct shown_text {
    char bytes[TCP_PIECE];
    size_t len;
};

/* Shows `added` bytes that recv(2) wrote at shown->bytes + shown->len, at once, line end or not.
 * Keeps the beginning of a character whose rest has not arrived yet. */
static inline void show_text(struct shown_text *shown, size_t added)
{
    const size_t len = shown->len + added, whole = tcp_whole_text(shown->bytes, len);
    demo_put_text(stdout, shown->bytes, whole, "\n");
    fflush(stdout);
    memmove(shown->bytes, shown->bytes + whole, shown->len = len - whole);
}

/* At the end: shows a character that stayed unfinished. */
static inline void show_rest(const struct shown_text *shown) { demo_put_text(stdout, shown->bytes, shown->len, ""); }
#endif
