/* result_set.h - prints the rows of a prepared statement as an aligned table, as CSV (RFC 4180), or as one JSON object a
 * line. */
#ifndef RESULT_SET_H
#define RESULT_SET_H
#include "table.h"

#include <mysql.h>

enum format { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };
enum { RESULT_COLUMNS = 16 };

struct result_set {
    enum format format;
    bool without_heads; /* no line with the names of the columns */
    unsigned columns;
    long row_count; /* so far */
    struct column {
        char name[64];
        bool is_number, is_double;
        int decimals; /* of a double: digits after the point, or below 0: as many as it needs */
        char text[1024];
        double number;
        unsigned long len;
        bool is_null;
    } of[RESULT_COLUMNS];
    struct table *table; /* of FORMAT_TABLE, until result_set_end() */
};

/* After mysql_stmt_execute(): learns the columns, and binds room for one row. False: the statement has an error. */
bool result_set_begin(struct result_set *set, MYSQL_STMT *statement);

/* After each mysql_stmt_fetch(): prints the row, or keeps it until all widths are known. Of a text that is longer than its
 * buffer, this prints the beginning. */
void result_set_row(struct result_set *set);

/* Prints what was kept. */
void result_set_end(struct result_set *set);

#endif
