/* schema.h - the tables: made where they are missing, checked where they were there before. */
#ifndef SCHEMA_H
#define SCHEMA_H
#include "database.h"

#include <stdio.h>

enum {
    SCHEMA_TRACE = 4
}; /* columns of a topic's table before its fields: where in Kafka the message stood, and when */

/* Makes the tables. NULL if they are there, and of our shape; otherwise what failed: the connection has an error, or, if it
 * has none, `problem` tells what is wrong. */
const char *schema_make(MYSQL *link, char problem[DATABASE_PROBLEM]);

/* The statements that make the tables, as schema.sql shows them. */
void schema_print(FILE *out);

#endif
