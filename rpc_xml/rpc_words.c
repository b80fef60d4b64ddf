/* rpc_words.c - see rpc_words.h. */
#include "../common/demo.h"

#include "rpc_words.h"

#define BLANKS " \t\r\n"

static bool is_cut(const char *line) { return strchr(line, '\n') == NULL && strlen(line) == RPC_LINE - 1; }

bool rpc_words_read(struct rpc_words *w, bool prompt)
{
    for (;;) {
        if (prompt) fputs("> ", stderr), fflush(stderr); /* it has no line end */
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
        if (demo_wait(fds, 1, -1) < 0 || fgets(w->line, sizeof w->line, stdin) == NULL) return false;
        if (is_cut(w->line)) {
            warnx("a line of more than %d bytes is no call", RPC_LINE - 2);
            while (is_cut(w->line) && fgets(w->line, sizeof w->line, stdin) != NULL) continue;
            continue;
        }
        w->count = 0;
        char *word = strtok(w->line, BLANKS);
        for (; word != NULL && w->count < RPC_WORDS; word = strtok(NULL, BLANKS)) w->words[w->count++] = word;
        if (word != NULL) warnx("a line of more than %d words is no call", RPC_WORDS);
        else if (w->count > 0) return true;
    }
}
