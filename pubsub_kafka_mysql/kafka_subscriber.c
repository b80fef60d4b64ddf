/* kafka_subscriber - asks the database about what was published: the end of the line, decoupled in time.
 *
 * Who publishes, who stores and who asks need not run together. The questions are SQL statements made of two kinds of
 * parts: names of tables and columns, which are taken from our own list and never from what was typed; and values, which
 * are bound to a prepared statement and so are never read as SQL, whatever they hold.
 *
 *     kafka_generator       in one terminal
 *     kafka_db_writer       in another
 *     kafka_subscriber      in a third: a console; or one question as its arguments
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "database.h"
#include "questions.h"

#include <getopt.h>

enum { LINE = 4096, WORDS = 16, FOLLOW_MS = 500 };

static struct options {
    struct database_options database;
    struct question question; /* format, and to begin with topic */
    bool quiet;
} options = {.database.name = DATABASE_NAME, .question.topic = &topics[0]};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"defaults-file", required_argument, NULL, 'F'},
        {"database", required_argument, NULL, 'D'},
        {"topic", required_argument, NULL, 't'},
        {"format", required_argument, NULL, 'f'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "+D:t:qVh", names, NULL)) != -1;) { /* +: a question may hold -5 */
        switch (o) {
        case 'F': options.database.file = optarg; break;
        case 'D': options.database.name = optarg; break;
        case 't': options.question.topic = topic_option("-t", optarg); break;
        case 'f':
            if (strcmp(optarg, "csv") == 0) options.question.format = FORMAT_CSV;
            else if (strcmp(optarg, "json") == 0) options.question.format = FORMAT_JSON;
            else if (strcmp(optarg, "table") != 0)
                errx(DEMO_USAGE, "--format %s: expected table, csv or json", optarg);
            break;
        case 'q': options.quiet = true; break;
        case 'V': puts("kafka_subscriber " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: kafka_subscriber [option...] [QUESTION]\n"
                 "Asks about what kafka_db_writer stored: one question, or those of standard input, one a "
                 "line.\n\n" QUESTIONS_HELP "\n"
                 "  -t, --topic TOPIC         the table to begin with (vehiculo)\n"
                 "      --defaults-file FILE  MySQL's options, groups [client] and [pubsub]; else "
                 "MYSQL_DEFAULTS_FILE\n"
                 "  -D, --database NAME       (" DATABASE_NAME ")\n"
                 "      --format FORMAT       table, csv or json (a line for each row)\n"
                 "  -q, --quiet               no prompt\n"
                 "  -V, --version             -h, --help\n\n"
                 "Example: kafka_subscriber -t vehiculo filtrar precio '<' 9000");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: kafka_subscriber --help");
        }
    }
    database_check_options(&options.database);
}

/* Asks one question and prints the answer. Returns the exit status it deserves. */
static int answer(MYSQL *link, struct question *q)
{
    char problem[DATABASE_PROBLEM];
    if (question_run(link, q, stdout, problem)) return DEMO_DONE;
    warnx("%s", problem);
    return DEMO_FAILED;
}

/* New rows as they are stored, until we are asked to stop. */
static int follow(MYSQL *link, struct question *q)
{
    int status = answer(link, q);
    while (status == DEMO_DONE && demo_wait((struct pollfd[1]){0}, 0, FOLLOW_MS) == 0) status = answer(link, q);
    return status;
}

/* One question in words. DEMO_USAGE: it was none, and why was said. */
static int ask(MYSQL *link, struct question *q, size_t count, char **words)
{
    char reason[QUESTION_REASON];
    if (!question_read(q, count, words, reason)) {
        fputs("kafka_subscriber: ", stderr);
        demo_put_text(stderr, reason, strlen(reason), "");
        fputs("; try: ayuda\n", stderr);
        return DEMO_USAGE;
    }
    if (q->kind == QUESTION_FOLLOW) return follow(link, q);
    return answer(link, q);
}

/* Splits a line at blanks; 'one word' and "one word" keep theirs. */
static size_t split(char *line, char **words)
{
    size_t count = 0;
    for (char *s = line; count < WORDS;) {
        s += strspn(s, " \t");
        if (!*s) break;
        const char quote[] = {*s == '\'' || *s == '"' ? *s++ : ' ', '\0'};
        words[count++] = s;
        s += strcspn(s, quote);
        if (*s) *s++ = '\0';
    }
    return count;
}

/* Makes sure that the database still listens: it may have been restarted while nobody asked. */
static bool still_connected(MYSQL **link)
{
    char problem[DATABASE_PROBLEM];
    enum database_trouble trouble;
    if (mysql_ping(*link) == 0) return true;
    MYSQL *again = database_connect(&options.database, false, &trouble, problem);
    if (again == NULL) {
        warnx("%s", problem);
        return false;
    }
    mysql_close(*link);
    *link = again;
    return true;
}

/* Questions from standard input, until it ends or says so. A wrong one is told, and the next is asked for. */
static int console(MYSQL **link, struct question *q)
{
    const bool prompt = isatty(STDIN_FILENO) && !options.quiet;
    int status = DEMO_DONE;
    char line[LINE], *words[WORDS];
    for (;;) {
        if (prompt) printf("%s> ", q->topic->name), fflush(stdout);
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
        if (demo_wait(fds, 1, -1) < 0 || fgets(line, sizeof line, stdin) == NULL) return status;
        if (strchr(line, '\n') == NULL && strlen(line) == sizeof line - 1) {
            warnx("a line of more than %d bytes is no question", LINE - 2);
            for (int c; (c = getchar()) != EOF && c != '\n';) continue;
            status = DEMO_FAILED;
            continue;
        }
        line[strcspn(line, "\r\n")] = '\0';
        size_t count = split(line, words);
        if (count == 0) continue;
        if (strcmp(words[0], "salir") == 0 || strcmp(words[0], "exit") == 0) return status;
        if (!still_connected(link) || ask(*link, q, count, words) != DEMO_DONE) status = DEMO_FAILED;
    }
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    char problem[DATABASE_PROBLEM];
    enum database_trouble trouble;
    if (mysql_library_init(0, NULL, NULL) != 0) errx(DEMO_FAILED, "mysql_library_init");
    MYSQL *link = database_connect(&options.database, false, &trouble, problem);
    if (link == NULL) errx(DEMO_FAILED, "%s", problem);

    /* The model: questions and answers, and nobody who published is asked. */
    int status = optind < argc ? ask(link, &options.question, (size_t)(argc - optind), argv + optind)
                               : console(&link, &options.question);

    /* Give back. */
    mysql_close(link);
    mysql_library_end();
    return demo_end(status);
}
