/* rpc_words.h - calls that are typed, or come from a pipe: one a line, in words. */
#ifndef RPC_WORDS_H
#define RPC_WORDS_H
#include <stdbool.h>

enum { RPC_LINE = 1024, RPC_WORDS = 32 };

/* A line, cut into words at its blanks. */
struct rpc_words {
    char line[RPC_LINE];
    char *words[RPC_WORDS]; /* point into `line` */
    int count;              /* 1 to RPC_WORDS */
};

/* Reads the next line of standard input that has words; one of too many bytes or words is told and passed over. With
 * `prompt`, "> " is written before each. False at the end of input, or when a signal asks us to stop. */
bool rpc_words_read(struct rpc_words *w, bool prompt);

#endif
