/* database.h - connects to MySQL or MariaDB, and sorts its errors: try again, wait, or end. */
#ifndef DATABASE_H
#define DATABASE_H

#include <mysql.h>
#include <stdbool.h>

#define DATABASE_NAME "pubsub"

struct database_options {
    const char *file; /* an option file as of the mysql command line client; NULL: the client library's own files */
    const char *name;
};

/* What to do after a failed call. */
enum database_trouble {
    DATABASE_AGAIN, /* a deadlock: the same transaction may succeed when it is run once more */
    DATABASE_AWAY,  /* down, read-only, full, busy: wait */
    DATABASE_FATAL, /* it will not change by itself */
};

enum {
    DATABASE_PROBLEM = 2560
}; /* bytes of a problem as text: the server's reason has 511, escaped 4 times as many */

/* Takes the option file from MYSQL_DEFAULTS_FILE if there is none yet. Ends the program with DEMO_USAGE if an option is
 * wrong. */
void database_check_options(struct database_options *options);

/* Returns a connection, or NULL and the problem. With `writes`, it creates the database if it does not exist, and the
 * server ends the session, and its locks, after 15 s of silence. */
MYSQL *database_connect(const struct database_options *options, bool writes, enum database_trouble *trouble,
                        char problem[DATABASE_PROBLEM]);

/* Sorts the error of a connection or a statement. Writes one line: what failed, the server's reason with control bytes
 * escaped, the error's number, the next step. */
enum database_trouble database_problem(char problem[DATABASE_PROBLEM], const char *what, unsigned error,
                                       const char *reason);

#endif
