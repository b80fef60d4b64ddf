/* schema.h - creates the tables that are missing, and checks those that exist. */
#ifndef SCHEMA_H
#define SCHEMA_H
#include "database.h"

#include <stdio.h>

enum { SCHEMA_TRACE = 4 }; /* columns before a topic's fields: cluster, partition, offset, time */

/* Creates the tables. Returns NULL if all exist with the columns that we use. Otherwise it returns what failed; the
 * connection has the error, or, if it has none, `problem` says what is wrong. */
const char *schema_make(MYSQL *link, char problem[DATABASE_PROBLEM]);

/* Prints the statements that create the tables, as schema.sql has them. */
void schema_print(FILE *out);

#endif
