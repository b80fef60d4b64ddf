/* writer_options.h - what kafka_db_writer can be asked to do; only its own main file includes this. */
#ifndef WRITER_OPTIONS_H
#define WRITER_OPTIONS_H
#include "broker.h"
#include "database.h"
#include "schema.h"
#include "topics.h"

#include <getopt.h>

static struct options {
    const char *brokers, *group;
    struct topic_choice topics;
    struct database_options database;
    long count;
    int session_ms;
    bool quiet;
} options = {.group = "kafka_db_writer", .database.name = DATABASE_NAME, .session_ms = 6000};

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"brokers", required_argument, NULL, 'b'},  {"topic", required_argument, NULL, 't'},
        {"group", required_argument, NULL, 'g'},    {"defaults-file", required_argument, NULL, 'F'},
        {"database", required_argument, NULL, 'D'}, {"count", required_argument, NULL, 'n'},
        {"timeout", required_argument, NULL, 'w'},  {"schema", no_argument, NULL, 'S'},
        {"quiet", no_argument, NULL, 'q'},          {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "b:t:g:D:n:w:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'b': options.brokers = optarg; break;
        case 't': topic_choose(&options.topics, optarg); break;
        case 'g': options.group = optarg; break;
        case 'F': options.database.file = optarg; break;
        case 'D': options.database.name = optarg; break;
        case 'n': options.count = demo_number("-n", optarg, 1, INT32_MAX); break;
        case 'w': options.session_ms = demo_seconds("-w", optarg); break;
        case 'S': schema_print(stdout); exit(demo_end(DEMO_DONE));
        case 'q': options.quiet = true; break;
        case 'V': puts("kafka_db_writer " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: kafka_db_writer [option...]\n"
                 "Stores the messages of Kafka topics in tables of MySQL, each exactly once.\n\n"
                 "  -b, --brokers LIST        KAFKA_BROKERS, else " TOPIC_BROKERS "\n"
                 "  -t, --topic TOPIC         only this one; may be given several times\n"
                 "  -g, --group NAME          writers of one group share the partitions (kafka_db_writer)\n"
                 "      --defaults-file FILE  MySQL's options, groups [client] and [pubsub]; else "
                 "MYSQL_DEFAULTS_FILE\n"
                 "  -D, --database NAME       made if it is not there (" DATABASE_NAME ")\n"
                 "  -n, --count N             end when N messages are stored or rejected\n"
                 "  -w, --timeout SEC         after this long without a sign of life others take over (6)\n"
                 "      --schema              print the statements that make the tables, and end\n"
                 "  -q, --quiet               no line per transaction\n"
                 "  -V, --version             -h, --help\n\n"
                 "Example: kafka_db_writer -t vehiculo -D pubsub");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: kafka_db_writer --help");
        }
    }
    if (optind < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here; try: kafka_db_writer --help", argv[optind]);
    options.brokers = broker_option(options.brokers);
    database_check_options(&options.database);
    topic_choose_rest(&options.topics);
}

#endif
