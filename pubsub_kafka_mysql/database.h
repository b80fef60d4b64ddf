/* database.h - reaching MySQL or MariaDB, and telling its troubles apart. */
#ifndef DATABASE_H
#define DATABASE_H

#include <mysql.h>
#include <stdbool.h>

#define DATABASE_NAME "pubsub"

struct database_options {
    const char
        *file; /* option file, as of the mysql command line client; NULL: the environment's, or the library's */
    const char *name;
};

/* What to do about a failed call. */
enum database_trouble {
    DATABASE_AGAIN, /* a deadlock: the same transaction may succeed when it is run once more */
    DATABASE_AWAY,  /* it may come back, be writable again, have room again: wait */
    DATABASE_FATAL, /* it will not change by itself */
};

enum { DATABASE_PROBLEM = 640 }; /* bytes of a problem as text */

/* Takes the environment into account, and ends the program with DEMO_USAGE if these options cannot be meant. */
void database_check_options(struct database_options *options);

/* A connection, or NULL and the problem. One that `writes` makes the database if it is not there yet, and loses its locks
 * when it falls silent. */
MYSQL *database_connect(const struct database_options *options, bool writes, enum database_trouble *trouble,
                        char problem[DATABASE_PROBLEM]);

/* Sorts an error of a connection or a statement and writes it down: what failed, the server's reason, the next step. */
enum database_trouble database_problem(char problem[DATABASE_PROBLEM], const char *what, unsigned error,
                                       const char *reason);

#endif
