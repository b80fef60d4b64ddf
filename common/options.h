/* options.h - a program's command line as a table: each row says how an option is written, what --help says about it, and
 * which variable takes its value. For the file with main(). The reading itself is getopt_long(3).
 *
 *     static const struct demo_option table[] = {
 *         {'p', "port", "PORT", "port to listen on (" TCP_PORT "); 0 takes any free one", .port = &port},
 *         {'q', "quiet", NULL, "only the first and the last line", .on = &quiet},
 *         {0},
 *     };
 *     demo_options(argc, argv, &(struct demo_usage){.purpose = "Echoes.", .example = "tcp_server -p 9999"}, table);
 */
#ifndef OPTIONS_H
#define OPTIONS_H
#include "demo.h"

#include <getopt.h>

/* A row with a name is an option; one with `help` alone is a heading; {0} ends the table. Every row has one target. */
struct demo_option {
    char letter;       /* -p, or 0 */
    const char *name;  /* --port */
    const char *value; /* what --help calls its value; NULL: a switch */
    const char *help;  /* may hold several lines */
    bool *on, *off;    /* a switch makes this true, or false */
    const char **text; /* any text */
    const char **port; /* a port number, as getaddrinfo(3) takes it; `min` 1 where 0, any free port, makes no sense */
    size_t *number;    /* a whole number from `min` to `max` */
    int *milliseconds; /* seconds, fractions allowed; `min` 1 where 0 makes no sense */
    void (*read)(const char *option, const char *value); /* anything else; ends the program with DEMO_USAGE */
    long min, max;
};

struct demo_usage {
    const char *arguments; /* as in [HOST]; NULL: none are expected */
    const char *purpose;   /* a sentence or two */
    const char *example;   /* one command */
    int most;              /* how many arguments may follow the options */
    bool options_first;    /* what follows the first argument is an argument, even -1 */
};

enum { OPTIONS_MAX = 32 }; /* rows of a table */

static int option_width(const struct demo_option *o)
{
    return (int)(strlen("  -x, --") + strlen(o->name) + (o->value != NULL ? 1 + strlen(o->value) : 0));
}

/* Prints --help: the usage, the purpose, one line or more for each row, the example. */
static void options_help(const char *program, const struct demo_usage *usage, const struct demo_option *table)
{
    int column = option_width(&(struct demo_option){.name = "version"});
    for (const struct demo_option *o = table; o->help != NULL; o++)
        if (o->name != NULL && option_width(o) > column) column = option_width(o);
    printf("Usage: %s [option...]%s%s\n%s\n\n", program, usage->arguments != NULL ? " " : "",
           usage->arguments != NULL ? usage->arguments : "", usage->purpose);
    for (const struct demo_option *o = table; o->help != NULL; o++) {
        if (o->name == NULL) {
            printf("\n%s\n", o->help);
            continue;
        }
        if (o->letter) printf("  -%c, --%s", o->letter, o->name);
        else printf("      --%s", o->name);
        if (o->value != NULL) printf(" %s", o->value);
        int gap = column + 2 - option_width(o);
        for (const char *line = o->help, *end; *line; line = end + (*end == '\n'), gap = column + 2) {
            end = strchr(line, '\n') != NULL ? strchr(line, '\n') : line + strlen(line);
            printf("%*s%.*s\n", gap, "", (int)(end - line), line);
        }
    }
    printf("%-*s  -h, --help\n\nExample: %s\n", column, "  -V, --version", usage->example);
}

/* Puts the value of one option where its row says. */
static void option_take(const struct demo_option *o, const char *value)
{
    char option[64];
    if (o->letter) snprintf(option, sizeof option, "-%c", o->letter);
    else snprintf(option, sizeof option, "--%s", o->name);
    if (o->on != NULL) *o->on = true;
    else if (o->off != NULL) *o->off = false;
    else if (o->text != NULL) *o->text = value;
    else if (o->port != NULL) demo_number(option, *o->port = value, o->min, 65535);
    else if (o->number != NULL) *o->number = (size_t)demo_number(option, value, o->min, o->max);
    else if (o->milliseconds == NULL) o->read(option, value);
    else if ((*o->milliseconds = demo_seconds(option, value)) < o->min)
        errx(DEMO_USAGE, "%s %s: expected more than 0 seconds", option, value);
}

/* Reads the command line. --help and --version are answered here, and end the program; wrong usage ends it with DEMO_USAGE.
 * Returns the index in argv of the first argument after the options. */
static int demo_options(int argc, char **argv, const struct demo_usage *usage, const struct demo_option *table)
{
    struct option names[OPTIONS_MAX + 3] = {{"version", no_argument, NULL, 'V'}, {"help", no_argument, NULL, 'h'}};
    char letters[2 * OPTIONS_MAX + 4] = "+Vh", *letter = letters + 3;
    const struct demo_option *rows[OPTIONS_MAX + 2] = {NULL,
                                                       NULL}; /* of names[], for the index that getopt_long tells */
    const char *slash = strrchr(argv[0], '/'), *program = slash != NULL ? slash + 1 : argv[0];
    size_t count = 2;
    for (const struct demo_option *o = table; o->help != NULL; o++) {
        if (o->name == NULL) continue;
        if (count == OPTIONS_MAX + 2) errx(DEMO_USAGE, "more than %d options", OPTIONS_MAX);
        rows[count] = o;
        names[count++] =
            (struct option){o->name, o->value != NULL ? required_argument : no_argument, NULL, o->letter};
        if (o->letter) *letter++ = o->letter;
        if (o->letter && o->value != NULL) *letter++ = ':';
    }
    for (int o, index = -1; (o = getopt_long(argc, argv, letters + !usage->options_first, names, &index)) != -1;
         index = -1) {
        if (o == 'V') printf("%s " DEMO_VERSION "\n", program);
        if (o == 'h') options_help(program, usage, table);
        if (o == 'V' || o == 'h') exit(demo_end(DEMO_DONE));
        if (o == '?') errx(DEMO_USAGE, "try: %s --help", program);
        for (size_t i = 2; i < count && index < 0; i++)
            if (rows[i]->letter == o) index = (int)i;
        option_take(rows[index], optarg);
    }
    if (argc - optind <= usage->most) return optind;
    if (usage->most == 1 && usage->arguments != NULL) /* of [HOST], the HOST */
        errx(DEMO_USAGE, "%s: one %.*s is enough; try: %s --help", argv[optind + 1],
             (int)strlen(usage->arguments) - 2, usage->arguments + 1, program);
    if (usage->most > 1)
        errx(DEMO_USAGE, "%s: at most %d arguments are expected; try: %s --help", argv[optind + usage->most],
             usage->most, program);
    errx(DEMO_USAGE, "%s: no argument is expected here; try: %s --help", argv[optind], program);
}
#endif
