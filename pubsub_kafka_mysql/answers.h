/* answers.h - what a statement finds, as an aligned table, as CSV (RFC 4180) or as a JSON object a line. */
#ifndef ANSWERS_H
#define ANSWERS_H
#include "frame.h"

#include <mysql.h>

enum { COLUMNS_MAX = 16 };
enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

struct answer {
    FILE *out;
    enum format format;
    bool headed;
    unsigned columns;
    long rows; /* so far */
    bool numbers[COLUMNS_MAX];
    char heads[COLUMNS_MAX][64];
    struct table *table; /* of FORMAT_TABLE */
};

/* Runs one statement with bound values and gives its rows to `answer`. False: why not, in `problem`, of DATABASE_PROBLEM
 * bytes. */
bool answer_ask(MYSQL *link, struct answer *answer, const char *sql, MYSQL_BIND *values, char *problem);

#endif
