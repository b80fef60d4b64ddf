/* udp_input.h - what udp_client is to send, as datagrams: one for each argument, or for each line of standard input, without
 * its line end. */
#ifndef UDP_INPUT_H
#define UDP_INPUT_H
#include "../common/demo.h"

#include "../common/lines.h"

/* What is to be sent. */
struct datagram {
    const char *bytes; /* of a line that is too long for any datagram, only the first LINES_ROOM */
    size_t len;        /* of the whole text */
};

/* Takes the next command line argument as a datagram. Returns false when there is none. */
static inline bool input_text(struct datagram *text, char ***texts)
{
    if ((text->bytes = *(*texts)++) == NULL) return false;
    text->len = strlen(text->bytes);
    return true;
}

/* Takes the next line from what was read. Returns false when its end is not there yet: call
 * lines_read(), then this again. */
static inline bool input_line(struct datagram *line, struct lines *input)
{
    return (line->bytes = lines_take(input, &line->len)) != NULL;
}
#endif
