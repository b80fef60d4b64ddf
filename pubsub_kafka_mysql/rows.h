/* rows.h - converts the JSON value of a message to the row of a table, and back. */
#ifndef ROWS_H
#define ROWS_H
#include "topics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    ROW_REASON = 160, /* bytes of a reason, with its final NUL */
    ROW_JSON = 16384, /* the longest JSON of a row, in bytes: six strings with every character escaped */
};

struct moment { /* UTC */
    unsigned year, month, day, hour, minute, second, microsecond;
};

struct row {
    const struct topic *topic;
    union value {
        struct {
            const char *bytes; /* may hold NUL characters, and need not end with one */
            size_t len;
        } text;
        int32_t integer;
        double number;
        struct moment moment;
    } values[FIELDS]; /* their types are those of topic->fields */
    json_t *json;     /* owns the texts after row_read(), else NULL */
};

/* Reads the value of a message, which any program may have written. NULL `bytes` are a tombstone. Returns false if it is
 * no row of `topic`, and why in `reason`: one line of printable ASCII. Otherwise the caller frees the row with row_free().
 * Members that are no field are ignored. */
bool row_read(struct row *row, const struct topic *topic, const void *bytes, size_t len, char reason[ROW_REASON]);
void row_free(struct row *row);

/* Writes the row as JSON, without a final NUL. Returns its length in bytes. */
size_t row_write(const struct row *row, char json[ROW_JSON]);

/* Reads a time such as 2026-03-01T12:00:00.5Z. T may be a blank, Z may be +00:00. Other forms of ISO 8601 are refused. */
bool moment_read(struct moment *moment, const char *text, size_t len);

#endif
