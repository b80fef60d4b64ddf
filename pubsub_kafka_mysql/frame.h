/* frame.h - tables for people: aligned columns, and the figures of describe() kept over a stream in bounded memory. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ------------------------------------------------------------------------------------------------ Aligned tables */

struct table; /* cells of text, printed when all are known: only then the widths are */

struct table *table_new(size_t columns);
void table_add(struct table *table, const void *text, size_t len, bool right); /* the next cell, row by row */
void table_print(const struct table *table, FILE *out);
void table_free(struct table *table);

/* Columns that a terminal gives to this text, once it is escaped: 2 for a wide character, 0 for a combining one. */
size_t text_width(const void *text, size_t len);

/* -------------------------------------------------------------------------------------------------------- Figures */

enum { SAMPLE = 4096 }; /* values that are kept for the quartiles */

struct figures {
    uint64_t count;
    double mean, squares; /* sum of squared distances from the mean: Welford, exact over any length */
    double min, max;
    double sample[SAMPLE]; /* all values up to SAMPLE; then a random sample of them all: reservoir, algorithm R */
    uint64_t random;
};

void figures_add(struct figures *figures, double value);
double figures_std(const struct figures *figures); /* of a sample, n - 1, as pandas; NAN below two values */

/* The value below which `part` of all lie, interpolated as pandas does; an estimate once count exceeds SAMPLE. */
double figures_quantile(const struct figures *figures, double part);

#endif
