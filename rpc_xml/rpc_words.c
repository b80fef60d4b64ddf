/* rpc_words.c - reads calls from standard input and cuts them into words. */
#include "rpc_words.h"

#define BLANKS " \t\r\n"

bool rpc_words_read(struct rpc_words *w, bool prompt)
{
    while (!demo_stopping()) {
        if (prompt) fputs("> ", stderr), fflush(stderr); /* it has no line end */
        size_t len;
        char *line = lines_next(&w->in, &len);
        if (line == NULL) return false;
        if (len > RPC_LINE) {
            warnx("a line of more than %d bytes is no call", RPC_LINE);
            continue;
        }
        w->count = 0;
        char *word = strtok(line, BLANKS);
        for (; word != NULL && w->count < RPC_WORDS; word = strtok(NULL, BLANKS)) w->words[w->count++] = word;
        if (word != NULL) warnx("a line of more than %d words is no call", RPC_WORDS);
        else if (w->count > 0) return true;
    }
    return false;
}
