/* udp_input.h - what udp_client is to send, as datagrams: one for each line of standard input,
 * without its line end, or for each argument.
 *
 * Not common/lines.h: the length of a line that is too long for a datagram is told, too. */
#ifndef UDP_INPUT_H
#define UDP_INPUT_H
#include "../common/demo.h"

#include "udp_proto.h"

/* What is to be sent. A text longer than `bytes` is kept up to there; it does not fit into a
 * datagram anyway. */
struct datagram {
    char bytes[UDP_BUFFER];
    size_t len; /* of the whole text */
};

static struct {
    char bytes[UDP_BUFFER];
    size_t at, end;    /* what the last read(2) brought and no line took yet */
    size_t unfinished; /* length of the line whose end was not read yet */
} input;

/* Takes the next command line argument as a datagram. Returns false when there is none. */
static inline bool input_text(struct datagram *line, char ***texts)
{
    const char *text = *(*texts)++;
    if (text == NULL) return false;
    line->len = strlen(text);
    memcpy(line->bytes, text, line->len < sizeof line->bytes ? line->len : sizeof line->bytes);
    return true;
}

/* Takes the next line from what was read. Returns false when its end is not there yet: call
 * input_read(), then this again with the same `line`. */
static inline bool input_line(struct datagram *line)
{
    while (input.at < input.end) {
        char c = input.bytes[input.at++];
        if (c == '\n') {
            line->len = input.unfinished;
            input.unfinished = 0;
            return true;
        }
        if (input.unfinished < sizeof line->bytes) line->bytes[input.unfinished] = c;
        input.unfinished++;
    }
    return false;
}

/* One read(2). Call it when poll(2) says that standard input is readable. Returns false at the end
 * of the input. */
static inline bool input_read(void)
{
    ssize_t n = read(STDIN_FILENO, input.bytes, sizeof input.bytes);
    if (n < 0 && errno != EINTR) err(DEMO_FAILED, "standard input");
    input.at = 0;
    input.end = n > 0 ? (size_t)n : 0;
    return n != 0;
}

/* At the end of the input: takes a last line that has no line end. Returns false when there is
 * none. */
static inline bool input_last_line(struct datagram *line)
{
    line->len = input.unfinished;
    input.unfinished = 0;
    return line->len > 0;
}
#endif
