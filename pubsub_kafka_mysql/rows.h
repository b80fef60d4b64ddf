/* rows.h - a message as JSON and as the row of a table, both ways. */
#ifndef ROWS_H
#define ROWS_H
#include "topics.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    ROW_REASON = 160, /* bytes of a reason, its final NUL included */
    ROW_JSON = 16384, /* bytes that the JSON of any row fits in: six strings, each character escaped at its longest */
};

struct moment { /* UTC */
    unsigned year, month, day, hour, minute, second, microsecond;
};

struct row {
    const struct topic *topic;
    union value {
        struct {
            const char *bytes; /* no final NUL is promised, and NUL may be a character of it */
            size_t len;
        } text;
        int32_t integer;
        double number;
        struct moment moment;
    } values[FIELDS]; /* of the types of topic->fields */
    json_t *json;     /* what row_read() keeps the texts in, else NULL */
};

/* Reads a message of `topic` that came from anywhere. False, with the reason as one line of printable text, if it is no
 * row; otherwise the row is to be freed with row_free(). Members that are no field are ignored. */
bool row_read(struct row *row, const struct topic *topic, const void *bytes, size_t len, char reason[ROW_REASON]);
void row_free(struct row *row);

/* Writes the row as JSON into `json`, returns its length. */
size_t row_write(const struct row *row, char json[ROW_JSON]);

/* 2026-03-01T12:00:00.5Z and nothing else of ISO 8601; T may be a blank, Z may be +00:00. */
bool moment_read(struct moment *moment, const char *text, size_t len);

#endif
