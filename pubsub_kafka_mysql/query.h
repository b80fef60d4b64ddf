/* query.h - the language of kafka_subscriber: what the words of a query mean. */
#ifndef QUERY_H
#define QUERY_H
#include "topics.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    QUERY_REASON = 256,      /* bytes of a reason, with its final NUL */
    QUERY_ROWS = 10,         /* rows of ultimos and rechazados, unless a number is given */
    QUERY_ROWS_MAX = 100000, /* rows of any answer */
};

#define QUERY_HELP                                                                                                   \
    "  tablas                      (tables)     what is stored, and what was rejected\n"                             \
    "  usar TABLA                  (use)        which table the others are about\n"                                  \
    "  ultimos [N]                 (last)       the last N rows published (10)\n"                                    \
    "  filtrar COLUMNA OP VALOR    (filter)     OP: = != < <= > >= contiene (contains) parecido (similar: as =,\n"   \
    "                                           but A, a and á are equal)\n"                                        \
    "  resumen [COLUMNA]           (summary)    figures of the numbers; or how often each value of a column "        \
    "occurs\n"                                                                                                       \
    "  seguir                      (follow)     new rows as they come, until Ctrl-C\n"                               \
    "  rechazados [N]              (rejected)   the last N messages that are no rows\n"                              \
    "  ayuda                       (help)       salir (exit)"

struct query {
    enum query_kind {
        QUERY_TABLES,
        QUERY_USE,
        QUERY_LAST,
        QUERY_FILTER,
        QUERY_SUMMARY,
        QUERY_FOLLOW,
        QUERY_REJECTED,
        QUERY_HELP_TEXT,
    } kind;
    const struct topic *topic;  /* stays until QUERY_USE changes it */
    const struct field *column; /* of a filter or summary; NULL: a summary of all numbers */
    enum query_operator {
        OP_EQUAL,
        OP_NOT_EQUAL,
        OP_LESS,
        OP_AT_MOST,
        OP_GREATER,
        OP_AT_LEAST,
        OP_CONTAINS,
        OP_SIMILAR
    } op;
    const char *value; /* of a filter, as it was typed */
    int64_t limit;     /* rows */
};

/* Reads a query. `query` begins as the query before it, or with a topic. It keeps pointers into the words. Returns false,
 * and why, if the words are no query. */
bool query_read(struct query *query, size_t count, char **words, char reason[QUERY_REASON]);

/* Splits a line at blanks, in place. 'two words' and "two words" are one word. Returns how many words, at most `most`. */
size_t query_split(char *line, char **words, size_t most);

#endif
