/* statement.h - a query as the text of an SQL statement. The text holds names of topics.h and whole numbers only. What a
 * user typed is never in it: the text has a ? there, and the value is bound to the prepared statement. */
#ifndef STATEMENT_H
#define STATEMENT_H
#include "positions.h"
#include "query.h"

#include <mysql.h>

struct statement {
    char *sql; /* NULL: there is nothing to ask for. To be freed */
    MYSQL_BIND parameters[1];
    double number; /* `parameters` may point to it */
};

/* Writes the statement of a query. Those of QUERY_LAST and QUERY_FOLLOW ask for the rows from the positions `from` up to
 * `to`; the others do not look at these. `statement` must not move: its parameters point into it and into the query. */
void statement_write(struct statement *statement, const struct query *query, const struct positions *from,
                     const struct positions *to);

#endif
