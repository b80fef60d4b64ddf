/* table.h - a table of text with aligned columns, for people. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table; /* keeps all cells: the widths of the columns are known only at the end */

struct table *table_new(size_t columns);

/* Adds the next cell, row by row: `len` bytes of text, aligned left or right. Control bytes are escaped. */
void table_add(struct table *table, const void *text, size_t len, bool right);
void table_print(const struct table *table, FILE *out);
void table_free(struct table *table);

/* The columns of this text on a terminal, once it is escaped: 2 for a wide character, 0 for a combining one. */
size_t text_width(const void *text, size_t len);

#endif
