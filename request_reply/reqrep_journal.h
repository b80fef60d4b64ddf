/* reqrep_journal.h - what the server has executed, one line of text each, in a file that survives it.
 *
 * A line is written before its reply is sent, and the balance is that of the last line: so an execution is its line. A
 * crash leaves it either done and remembered, or not done. What a crash cut off in the middle of a line was not done. */
#ifndef REQREP_JOURNAL_H
#define REQREP_JOURNAL_H
#include "../common/demo.h"

#include "reqrep_proto.h"

struct execution {
    uint64_t client;
    int64_t argument, balance; /* the balance is what it left behind */
    uint32_t request;
    enum reqrep_operation operation;
    uint8_t attempt; /* which transmission of the request caused it */
    char at[28];     /* when: 2026-01-31T12:00:00.123456Z and the final NUL */
};

struct journal {
    FILE *file;
    const char *path; /* NULL: a temporary file, forgotten at the end of the program */
};

struct executions {
    struct execution *list; /* in the order they were done; free(3) it */
    size_t count;
};

/* All of these end the program when the file cannot be read or written: a server that cannot remember must not execute.
 * journal_read() cuts off a line that a crash left unfinished, and ends the program when anything else is no execution. */
void journal_open(struct journal *journal, const char *path);
struct executions journal_read(const struct journal *journal);

/* Adds a line; `sync` has it on the disk before we go on, so that it holds even if the machine crashes. */
void journal_write(const struct journal *journal, const struct execution *execution, bool sync);
void journal_close(struct journal *journal);

/* Prints every request that was executed more than once, and what it was executed again after. Returns how many. Orders
 * the list by client and request. */
size_t journal_print_repeated(struct executions *all, FILE *out);

#endif
