/* kafka_subscriber - a reader of what was published: it asks the database, not Kafka.
 *
 * It subscribes to no topic: kafka_db_writer did that for it. The publishers may have ended long ago: they are decoupled in
 * time. A query becomes a prepared statement. The names of tables and columns in its text come from our own list (topics.h).
 * The value of filtrar is a ? in the text. It is bound to the ?, and the server never reads it as SQL: no SQL injection is
 * possible.
 *
 *     kafka_generator       in one terminal
 *     kafka_db_writer       in another
 *     kafka_subscriber      in a third: a console; or one query as its arguments
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/lines.h"
#include "../common/options.h"
#include "database.h"
#include "pause.h"
#include "query.h"
#include "result_set.h"
#include "statement.h"

enum { WORDS = 16, FOLLOW_MS = 500 };

static struct {
    struct database_options database;
    const struct topic *topic;
    enum format format;
    bool quiet;
} options = {.database.name = DATABASE_NAME, .topic = &topics[0]};

static void read_topic(const char *option, const char *value) { options.topic = topic_option(option, value); }

static void read_format(const char *option, const char *value)
{
    static const char *const formats[] = {[FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};
    for (int i = 0; i < 3; i++)
        if (strcmp(value, formats[i]) == 0) {
            options.format = (enum format)i;
            return;
        }
    errx(DEMO_USAGE, "%s %s: expected table, csv or json", option, value);
}

static const struct demo_usage usage = {
    .arguments = "[QUERY]",
    .purpose = "Asks about what kafka_db_writer stored: one query, or those of standard input, one a line.",
    .example = "kafka_subscriber -t vehiculo filtrar precio '<' 9000",
    .most = WORDS,
    .options_first = true, /* a query may hold -5 */
};
static const struct demo_option table[] = {
    {'t', "topic", "TOPIC", "the table to begin with (vehiculo)", .read = read_topic},
    {0, "defaults-file", "FILE", "MySQL's options, groups [client] and [pubsub]; else MYSQL_DEFAULTS_FILE",
     .text = &options.database.file},
    {'D', "database", "NAME", "(" DATABASE_NAME ")", .text = &options.database.name},
    {0, "format", "FORMAT", "table, csv or json (a line for each row)", .read = read_format},
    {'q', "quiet", NULL, "no prompt", .on = &options.quiet},
    {.help = QUERY_HELP},
    {0},
};

static MYSQL *database; /* the connection */

/* Connects again if the connection no longer works: the database may have been restarted since the last query. */
static bool ensure_connection(void)
{
    char problem[DATABASE_PROBLEM];
    enum database_trouble trouble;
    if (database != NULL && mysql_ping(database) == 0) return true;
    MYSQL *fresh = database_connect(&options.database, false, &trouble, problem);
    if (fresh == NULL) {
        warnx("%s", problem);
        return false;
    }
    if (database != NULL) mysql_close(database);
    database = fresh;
    return true;
}

/* Warns about a failed call. Returns false, so that the caller can return it. */
static bool warn_failure(const char *what, unsigned error, const char *reason)
{
    char problem[DATABASE_PROBLEM];
    database_problem(problem, what, error, reason);
    warnx("%s", problem);
    return false;
}

/* Prepares the statement, binds the value, executes it, and fetches the rows. */
static bool run_statement(struct statement *s, bool without_heads)
{
    static struct result_set result;
    result = (struct result_set){.format = options.format, .without_heads = without_heads};
    MYSQL_STMT *prepared = mysql_stmt_init(database);
    if (prepared == NULL) return warn_failure("query", mysql_errno(database), mysql_error(database));
    bool fine = mysql_stmt_prepare(prepared, s->sql, strlen(s->sql)) == 0 &&
                mysql_stmt_bind_param(prepared, s->parameters) == 0 && mysql_stmt_execute(prepared) == 0 &&
                result_set_begin(&result, prepared);
    for (int status = 0; fine && status != MYSQL_NO_DATA;) {
        status = mysql_stmt_fetch(prepared);
        /* MYSQL_DATA_TRUNCATED: a text is longer than its buffer; its beginning is shown */
        if (status == 0 || status == MYSQL_DATA_TRUNCATED) result_set_row(&result);
        else fine = status == MYSQL_NO_DATA;
    }
    result_set_end(&result);
    if (!fine && mysql_stmt_errno(prepared) != 0)
        warn_failure("query", mysql_stmt_errno(prepared), mysql_stmt_error(prepared));
    else if (!fine) warn_failure("query", mysql_errno(database), mysql_error(database));
    mysql_stmt_close(prepared);
    if (result.row_count == QUERY_ROWS_MAX)
        warnx("only %d rows: there may be more (filtrar narrows it)", QUERY_ROWS_MAX);
    return fine;
}

/* Runs the statement of a query. For ultimos and seguir: asks only for rows from the positions in `shown` on, and then sets
 * `shown` to the end of what was printed. */
static bool run_query(const struct query *q, struct positions *shown)
{
    struct positions now = {.count = 0};
    struct statement statement;
    if ((q->kind == QUERY_LAST || q->kind == QUERY_FOLLOW) && !positions_read(database, q->topic, &now))
        return warn_failure("kafka_offsets", mysql_errno(database), mysql_error(database));
    statement_write(&statement, q, shown, &now);
    const bool ran = statement.sql != NULL;                                /* else: usar, or no new row */
    const bool fine = !ran || run_statement(&statement, shown->count > 0); /* the heads come once */
    free(statement.sql);
    if (ran) *shown = now;
    return fine;
}

/* Polls the database every FOLLOW_MS for rows stored since the last time, until the program is stopped.
 * Simplification: of more than QUERY_ROWS_MAX new rows, it skips the oldest, with a warning. */
static bool follow(struct query *q)
{
    struct positions shown = {.count = 0};
    bool fine = run_query(q, &shown);
    q->limit = QUERY_ROWS_MAX;
    while (fine && pause_ms(FOLLOW_MS)) fine = run_query(q, &shown);
    return fine;
}

/* Reads a query and runs it. Returns the exit status: DEMO_USAGE if the words are no query. */
static int run_words(struct query *q, size_t count, char **words)
{
    char reason[QUERY_REASON];
    struct positions from_the_beginning = {.count = 0};
    if (!query_read(q, count, words, reason)) {
        demo_warn_text("", reason, strlen(reason), "; try: ayuda");
        return DEMO_USAGE;
    }
    if (q->kind == QUERY_HELP_TEXT) return puts(QUERY_HELP), DEMO_DONE;
    const bool fine = q->kind == QUERY_FOLLOW ? follow(q) : run_query(q, &from_the_beginning);
    return fine ? DEMO_DONE : DEMO_FAILED;
}

/* Queries from standard input, until it ends. After a wrong one, the next is read. */
static int console(struct query *q)
{
    static struct lines in;
    const bool prompt = isatty(STDIN_FILENO) && !options.quiet;
    int status = DEMO_DONE;
    char *line, *words[WORDS];
    size_t len;
    while (true) {
        if (prompt) printf("%s> ", q->topic->name), fflush(stdout);
        if ((line = lines_next(&in, &len)) == NULL) return status;
        const bool too_long = len > LINES_ROOM;
        if (too_long) warnx("a line of more than %d bytes is no query", LINES_ROOM), status = DEMO_FAILED;
        const size_t count = too_long ? 0 : query_split(line, words, WORDS);
        if (count == 0) continue;
        if (strcmp(words[0], "salir") == 0 || strcmp(words[0], "exit") == 0) return status;
        if (!ensure_connection() || run_words(q, count, words) != DEMO_DONE) status = DEMO_FAILED;
    }
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    const int first = demo_options(argc, argv, &usage, table);
    database_check_options(&options.database);

    /* Acquire everything: any failure here is fatal. */
    if (mysql_library_init(0, NULL, NULL) != 0) errx(DEMO_FAILED, "mysql_library_init");
    if (!ensure_connection()) return DEMO_FAILED;

    /* The model: read a query, prepare its statement, bind the value, execute it, print the rows. No publisher takes part. */
    struct query query = {.topic = options.topic};
    const int status = first < argc ? run_words(&query, (size_t)(argc - first), argv + first) : console(&query);

    /* Give back. */
    mysql_close(database);
    mysql_library_end();
    return demo_end(status);
}
