/* tcp_proto.h - what tcp_server and tcp_client agree on beside TCP itself: the port, the greeting,
 * and the words that end a conversation.
 *
 * There are no messages here. TCP carries a stream of bytes (RFC 9293, 3.8), and the reader gets it
 * in pieces that the kernel chooses: two sends may arrive as one piece, one send as two. Only the
 * order is promised. */
#ifndef TCP_PROTO_H
#define TCP_PROTO_H

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define TCP_PORT    "9999"
#define TCP_WELCOME "welcome: every byte comes back; the words exit and close end the conversation\n"
enum {
    TCP_PIECE = 65536, /* bytes read or written at once: more is not faster on loopback */
};

enum tcp_word { WORD_NONE, WORD_EXIT, WORD_CLOSE };

/* Length of `piece` without the line end it may have, LF or CR LF. */
static inline size_t tcp_without_line_end(const char *piece, size_t len)
{
    if (len > 0 && piece[len - 1] == '\n') len--;
    if (len > 0 && piece[len - 1] == '\r') len--;
    return len;
}

/* Which of the words that end a conversation a received piece is, but for case and a line end.
 * Simplification: a word is recognised only when it arrives as a piece of its own, as typed words
 * do. A real protocol frames its messages, by a length or a delimiter, and reads until a message is
 * complete. */
static inline enum tcp_word tcp_word_of(const char *piece, size_t len)
{
    len = tcp_without_line_end(piece, len);
    if (len == 4 && strncasecmp(piece, "exit", 4) == 0) return WORD_EXIT;
    if (len == 5 && strncasecmp(piece, "close", 5) == 0) return WORD_CLOSE;
    return WORD_NONE;
}

/* Replaces the word close by its answer, closed, with the line end that the word had. `piece` has
 * room for len + 1 bytes. Returns the answer's length. */
static inline size_t tcp_answer_close(char *piece, size_t len)
{
    static const char answer[] = {'c', 'l', 'o', 's', 'e', 'd'}; /* also after CLOSE */
    memmove(piece + sizeof answer, piece + sizeof answer - 1, len + 1 - sizeof answer);
    memcpy(piece, answer, sizeof answer);
    return len + 1;
}

/* Length of `text` without an unfinished UTF-8 character at its end: a piece may end in the middle
 * of a character. */
static inline size_t tcp_whole_text(const char *text, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)text[len - back];
        if ((c & 0xC0) == 0x80) continue; /* a continuation byte: the character begins further left */
        size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return need > back ? len - back : len;
    }
    return len;
}
#endif
