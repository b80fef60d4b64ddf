/* rpc_words.h - calls that a person types, or that come from a pipe: one a line, in words. */
#ifndef RPC_WORDS_H
#define RPC_WORDS_H
#include "../common/lines.h"

enum { RPC_LINE = 1022, RPC_WORDS = 32 }; /* bytes of a line, words of a line */

/* A line of standard input, cut into words at its blanks. Best static: see lines.h. Starts as {0}. */
struct rpc_words {
    struct lines in;
    char *words[RPC_WORDS]; /* valid until the next line */
    int count;              /* 1 to RPC_WORDS */
};

/* Reads the next line that has words; one with too many bytes or words is reported and skipped. With `prompt`, "> " is
 * written first. False at the end of the input, or when a signal asks the program to stop. */
bool rpc_words_read(struct rpc_words *w, bool prompt);

#endif
