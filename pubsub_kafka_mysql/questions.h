/* questions.h - the subscriber's language: what can be asked of the database, and how it becomes SQL. */
#ifndef QUESTIONS_H
#define QUESTIONS_H
#include "answers.h"
#include "topics.h"

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    QUESTION_REASON = 256,
    QUESTION_VALUE = 1024,
    QUESTION_LAST = 10,
    QUESTION_MOST = 100000,
    QUESTION_PARTITIONS = 256
};

#define QUESTIONS_HELP                                                                                               \
    "  tablas                      (tables)     what is stored, and what was rejected\n"                             \
    "  usar TABLA                  (use)        which table the others are about\n"                                  \
    "  ultimos [N]                 (last)       the last N rows published (10)\n"                                    \
    "  filtrar COLUMNA OP VALOR    (filter)     OP: = != < <= > >= contiene (contains)\n"                            \
    "  resumen [COLUMNA]           (summary)    figures of the numbers; or how often each value of a column "        \
    "occurs\n"                                                                                                       \
    "  seguir                      (follow)     new rows as they come, until Ctrl-C\n"                               \
    "  rechazados [N]              (rejected)   the last N messages that are no rows\n"                              \
    "  ayuda                       (help)       salir (exit)\n"

struct question {
    enum question_kind {
        QUESTION_TABLES,
        QUESTION_USE,
        QUESTION_LAST_ROWS,
        QUESTION_FILTER,
        QUESTION_SUMMARY,
        QUESTION_FOLLOW,
        QUESTION_REJECTED,
        QUESTION_HELP,
    } kind;
    const struct topic *topic;
    enum format format;
    const struct field *column; /* of a filter or summary */
    const char *op;             /* as SQL knows it */
    const char *value;          /* of a filter, as it was typed */
    int64_t limit;
    struct seen { /* follow: of each partition, up to where it was shown */
        int64_t cluster, partition, next;
    } seen[QUESTION_PARTITIONS];
    size_t seen_count;
};

/* Reads a question from words. False: it is none, and why. The words are kept in it. */
bool question_read(struct question *question, size_t count, char **words, char reason[QUESTION_REASON]);

/* Asks the database and prints the answer. False: why not, in `problem`, of DATABASE_PROBLEM bytes. */
bool question_run(MYSQL *link, struct question *question, FILE *out, char *problem);

#endif
