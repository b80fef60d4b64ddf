/* database.c - the session that the programs need, and the table of errors with the next step for each. */
#include "../common/demo.h"

#include "database.h"

#include <errmsg.h>
#include <mysqld_error.h>

enum { CONNECT_SECONDS = 5, ANSWER_SECONDS = 30 };

static bool has_option_file = true;

void database_check_options(struct database_options *options)
{
    const char *set = getenv("MYSQL_DEFAULTS_FILE");
    if (options->file == NULL && set != NULL && *set) options->file = set;
    has_option_file = options->file != NULL;
    if (options->file != NULL && access(options->file, R_OK) != 0)
        errx(DEMO_USAGE, "%s: %s (./demo up writes one: build/services/my.cnf)", options->file, strerror(errno));
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t len = strlen(options->name);
    if (len == 0 || len > 64 || strspn(options->name, allowed) != len) /* it becomes part of a statement */
        errx(DEMO_USAGE, "-D %s: a database's name is 1 to 64 letters, digits and _", options->name);
}

/* Errors that only one of the two servers' headers names. */
enum {
    DISK_FULL = 1021,
    MARIADB_CONNECTION_KILLED = 1927,
    MARIADB_STATEMENT_TIMEOUT = 1969,
    MYSQL_STATEMENT_TIMEOUT = 3024,
    MYSQL_SESSION_KILLED = 3169,
    MYSQL_CLIENT_TIMEOUT = 4031,
};

static enum database_trouble sort_error(unsigned error, const char **hint)
{
    const char *no_file =
        "neither --defaults-file nor MYSQL_DEFAULTS_FILE is set: source build/services/env, which ./demo up writes";
    *hint = NULL;
    switch (error) {
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT: *hint = "another transaction was in the way"; return DATABASE_AGAIN;
    case ER_ACCESS_DENIED_ERROR:
        *hint = has_option_file ? "user and password come from --defaults-file, MYSQL_DEFAULTS_FILE or ~/.my.cnf"
                                : no_file;
        return DATABASE_FATAL;
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
        *hint = "that user needs CREATE, SELECT, INSERT and UPDATE there";
        return DATABASE_FATAL;
    case ER_BAD_DB_ERROR: *hint = "kafka_db_writer makes it; another one is chosen with -D"; return DATABASE_FATAL;
    case ER_BAD_FIELD_ERROR:
        *hint =
            "another shape than ours: compare the table with pubsub_kafka_mysql/schema.sql; rename it, or choose another "
            "database with -D";
        return DATABASE_FATAL;
    case ER_NO_SUCH_TABLE: *hint = "kafka_db_writer makes the tables when it starts"; return DATABASE_FATAL;
    case CR_CONN_HOST_ERROR:
    case CR_CONNECTION_ERROR:
    case CR_IPSOCK_ERROR:
        *hint = has_option_file ? "is the database up? start one with: ./demo up mysql" : no_file;
        return DATABASE_AWAY;
    case CR_UNKNOWN_HOST: *hint = "is the host's name right in the option file?"; return DATABASE_AWAY;
    case ER_CON_COUNT_ERROR:
    case ER_TOO_MANY_USER_CONNECTIONS: *hint = "too many connections at once"; return DATABASE_AWAY;
    case ER_MAX_PREPARED_STMT_COUNT_REACHED:
        *hint = "too many prepared statements at once: max_prepared_stmt_count";
        return DATABASE_AWAY;
    case MARIADB_STATEMENT_TIMEOUT:
    case MYSQL_STATEMENT_TIMEOUT:
        *hint = "a statement took longer than the server allows: max_statement_time";
        return DATABASE_AWAY;
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION:
        *hint = "the server is read-only: SET GLOBAL read_only = 0 ends that";
        return DATABASE_AWAY;
    case DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_ERROR_ON_WRITE: *hint = "its disk is full: make room there"; return DATABASE_AWAY;
    case ER_SERVER_SHUTDOWN:
    case ER_QUERY_INTERRUPTED:
    case ER_NET_READ_ERROR:
    case ER_NET_ERROR_ON_WRITE:
    case ER_ABORTING_CONNECTION:
    case MARIADB_CONNECTION_KILLED:
    case MYSQL_SESSION_KILLED:
    case MYSQL_CLIENT_TIMEOUT:
    case CR_SERVER_GONE_ERROR:
    case CR_SERVER_LOST: *hint = "the connection was cut"; return DATABASE_AWAY;
    default: return DATABASE_FATAL;
    }
}

enum database_trouble database_problem(char problem[DATABASE_PROBLEM], const char *what, unsigned error,
                                       const char *reason)
{
    const char *hint;
    enum database_trouble trouble = sort_error(error, &hint);
    FILE *out = fmemopen(problem, DATABASE_PROBLEM, "w");
    if (out == NULL) err(DEMO_FAILED, "database: %s", what);
    fprintf(out, "database: %s: ", what);
    demo_put_text(out, reason, strlen(reason), "");
    fprintf(out, " [%u]", error);
    if (hint != NULL) fprintf(out, " (%s)", hint);
    fclose(out);
    problem[DATABASE_PROBLEM - 1] = '\0';
    return trouble;
}

MYSQL *database_connect(const struct database_options *options, bool writes, enum database_trouble *trouble,
                        char problem[DATABASE_PROBLEM])
{
    MYSQL *link = mysql_init(NULL);
    if (link == NULL) err(DEMO_FAILED, "mysql_init");
    const unsigned connect_s = CONNECT_SECONDS, answer_s = ANSWER_SECONDS;
    mysql_options(link, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(link, MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_options(link, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    if (options->file != NULL) mysql_options(link, MYSQL_READ_DEFAULT_FILE, options->file);
    mysql_options(link, MYSQL_READ_DEFAULT_GROUP, "pubsub"); /* and [client], as every MySQL tool */
    mysql_options(link, MYSQL_SET_CHARSET_NAME, "utf8mb4");  /* MySQL's utf8 ends at three bytes */

    const char *what = "connect";
    bool ready = mysql_real_connect(link, NULL, NULL, NULL, NULL, 0, NULL, CLIENT_FOUND_ROWS) != NULL;
    if (ready) ready = mysql_select_db(link, what = options->name) == 0;
    if (!ready && writes && mysql_errno(link) == ER_BAD_DB_ERROR) {
        char sql[128];
        snprintf(sql, sizeof sql, "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4", options->name);
        ready = mysql_query(link, sql) == 0 && mysql_select_db(link, options->name) == 0;
    }
    /* Strict: a value that does not fit is an error, and is never cut. Times are UTC. The server ends the session of a
     * writer that is silent while it holds a lock (its process is stopped, its host is gone), so that others can go on. */
    if (ready)
        ready = mysql_query(link, "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
                                  "time_zone = '+00:00'") == 0;
    if (ready && writes)
        ready = mysql_query(link, "SET SESSION innodb_lock_wait_timeout = 5, wait_timeout = 15, "
                                  "interactive_timeout = 15") == 0;
    if (ready) return link;
    *trouble = database_problem(problem, what, mysql_errno(link), mysql_error(link));
    mysql_close(link);
    return NULL;
}
