/* reqrep_journal.h - what the server has executed, one line of text each, in a file that outlives the server.
 *
 * The line is written before the reply is sent, and the balance is that of the last line. So writing the line is the
 * execution: after a crash it is either done and remembered, or not done. A line that a crash left unfinished was not done.
 * Each line ends with a checksum (CRC-32), so that a damaged line is noticed. */
#ifndef REQREP_JOURNAL_H
#define REQREP_JOURNAL_H
#include "../common/demo.h"

#include "reqrep_proto.h"

struct execution {
    uint64_t client;
    int64_t argument, balance; /* balance: afterwards */
    uint32_t request;
    enum reqrep_operation operation;
    uint8_t attempt; /* which transmission of the request caused it */
    char at[28];     /* when: 2026-01-31T12:00:00.123456Z and the final NUL */
};

struct journal {
    FILE *file;
    const char *path; /* NULL: a temporary file, deleted when the program ends */
};

struct executions {
    struct execution *list; /* in the order of execution; free(3) it */
    size_t count;
};

enum { JOURNAL_LINE = 160 }; /* bytes, more than the longest line has */

enum journal_line { LINE_GOOD, LINE_DAMAGED, LINE_FOREIGN };

/* One line, with its '\n', as it stands in the file. Returns its length. */
size_t journal_format(const struct execution *execution, char line[JOURNAL_LINE]);

/* Reads a line back, without its '\n'. LINE_DAMAGED: the checksum is wrong; LINE_FOREIGN: it is no line of a journal. */
enum journal_line journal_parse(const char *line, struct execution *execution);

/* The functions below end the program when the file cannot be read or written: a server that cannot remember must not
 * execute. journal_read() cuts off an unfinished last line; any other line that is not good ends the program. */
void journal_open(struct journal *journal, const char *path);
struct executions journal_read(const struct journal *journal);

/* Adds a line. With `sync` it is on the disk when the function returns, and survives a crash of the machine. */
void journal_write(const struct journal *journal, const struct execution *execution, bool sync);
void journal_close(struct journal *journal);

/* Prints every request that was executed more than once, and why. Returns how many. Sorts the list by client and request. */
size_t journal_print_repeated(struct executions *all, FILE *out);

/* Reads the journal once more and prints what was executed more than once. False, with a message: the semantics forbid it. */
bool journal_check(const struct journal *journal, enum reqrep_semantics semantics, bool quiet);

#endif
