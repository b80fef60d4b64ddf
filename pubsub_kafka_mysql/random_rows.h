/* random_rows.h - random, plausible rows of each topic. The same seed makes the same rows. */
#ifndef RANDOM_ROWS_H
#define RANDOM_ROWS_H
#include "rows.h"

enum { RANDOM_TEXT = 64 }; /* bytes of a text that is made of two words */

struct random_rows {
    uint64_t state;                 /* of the random numbers */
    uint64_t made;                  /* rows so far */
    char text[FIELDS][RANDOM_TEXT]; /* the last row's texts point into these */
};

struct random_rows random_rows_begin(uint64_t seed);

/* Makes the next row. Its texts are valid until the next call. */
void random_row(struct random_rows *random, struct row *row, const struct topic *topic);

#endif
