/* kafka_processor - a consumer in a group: it takes messages as they come and keeps a data frame of each topic.
 *
 * Consumers of one group compete: each partition belongs to one of them, and when one comes or goes Kafka shares them out
 * anew (a rebalance). Consumers of different groups each get everything. The group's progress is one offset for each
 * partition, which Kafka keeps; who begins again from the beginning gets the same messages again, in the same order.
 *
 *     kafka_processor       in one terminal
 *     kafka_generator       in another: its sibling, publishes
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "broker.h"
#include "frame.h"
#include "rows.h"

#include <getopt.h>
#include <math.h>

enum {
    LAST = 5, /* rows of a frame that are shown */
    POLL_MS = 100,
    SESSION_MS = 6000,
};

static struct options {
    const char *brokers, *group;
    struct topic_choice topics;
    long count;
    int interval_ms;
    bool from_beginning, low_latency, quiet;
} options = {.group = "kafka_processor", .interval_ms = 2000};

/* What is kept of a topic's stream: its length, its last rows, and the figures of its numbers. */
struct frame {
    uint64_t rows, rejected;
    struct row last[LAST]; /* a ring: row number r is at r % LAST */
    struct figures figures[FIELDS];
    bool changed;
};

static struct frame frames[TOPICS];
static struct measure latency;

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"brokers", required_argument, NULL, 'b'},
        {"topic", required_argument, NULL, 't'},
        {"group", required_argument, NULL, 'g'},
        {"count", required_argument, NULL, 'n'},
        {"interval", required_argument, NULL, 'i'},
        {"from-beginning", no_argument, NULL, 'B'},
        {"low-latency", no_argument, NULL, 'L'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "b:t:g:n:i:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'b': options.brokers = optarg; break;
        case 't': topic_choose(&options.topics, optarg); break;
        case 'g': options.group = optarg; break;
        case 'n': options.count = demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 'i': options.interval_ms = demo_seconds("-i", optarg); break;
        case 'B': options.from_beginning = true; break;
        case 'L': options.low_latency = true; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("kafka_processor " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: kafka_processor [option...]\n"
                 "Takes the messages of Kafka topics and shows a data frame of each, while it grows.\n\n"
                 "  -b, --brokers LIST    KAFKA_BROKERS, else " TOPIC_BROKERS "\n"
                 "  -t, --topic TOPIC     only this one; may be given several times\n"
                 "  -g, --group NAME      who is in the same group shares the partitions (kafka_processor)\n"
                 "      --from-beginning  all that Kafka still has, whatever the group has had\n"
                 "  -i, --interval SEC    between two looks at the frames (2)\n"
                 "  -n, --count N         end after N messages\n"
                 "      --low-latency     fetch each at once; with -n, tell how old messages with a time were\n"
                 "  -q, --quiet           frames only at the end\n"
                 "  -V, --version         -h, --help\n\n"
                 "Example: kafka_processor -t datos_clima --from-beginning");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: kafka_processor --help");
        }
    }
    if (optind < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here; try: kafka_processor --help", argv[optind]);
    options.brokers = broker_option(options.brokers);
    topic_choose_rest(&options.topics);
}

/* Kafka gave us partitions, or took them. Called from rd_kafka_consumer_poll() and rd_kafka_consumer_close(). */
static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    static bool replayed; /* partitions that come back in a later rebalance go on where the group is */
    (void)opaque;
    const bool given = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    printf("%s", given ? "assigned:" : rd_kafka_assignment_lost(kafka) ? "lost:" : "gave back:");
    for (int i = 0; i < list->cnt; i++) printf(" %s [%d]", list->elems[i].topic, list->elems[i].partition);
    printf("%s\n", list->cnt == 0 ? " nothing: the group has more members than there are partitions" : "");
    for (int i = 0; given && options.from_beginning && !replayed && i < list->cnt; i++)
        list->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    if (given && list->cnt > 0) replayed = true;
    rd_kafka_assign(kafka, given ? list : NULL);
}

static void note_latency(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    int64_t sent_ns;
    struct timespec now;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, HEADER_SENT_NS, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        size != sizeof sent_ns || latency.received >= (size_t)options.count)
        return;
    memcpy(&sent_ns, value, sizeof sent_ns);
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t age_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - sent_ns;
    measure_reply(&latency, age_ns > 0 ? age_ns : 0);
}

/* Adds a message to its topic's frame. */
static void take(const rd_kafka_message_t *m)
{
    struct row row;
    char reason[ROW_REASON];
    const struct topic *topic = topic_named(rd_kafka_topic_name(m->rkt));
    struct frame *frame = &frames[topic - topics];
    frame->changed = true;
    if (!row_read(&row, topic, m->payload, m->len, reason)) {
        frame->rejected++;
        warnx("%s [%d] offset %lld: %s", topic->name, m->partition, (long long)m->offset, reason);
        return;
    }
    struct row *place = &frame->last[frame->rows++ % LAST];
    row_free(place);
    *place = row;
    for (int i = 0; i < FIELDS; i++) {
        const enum field_type type = topic->fields[i].type;
        if (type == FIELD_INT) figures_add(&frame->figures[i], row.values[i].integer);
        if (type == FIELD_NUMBER) figures_add(&frame->figures[i], row.values[i].number);
    }
}

static void add_number(struct table *table, int decimals, double value)
{
    char text[64]; /* "%f" of a number such as 1e300 would not fit, and nobody could read it */
    if (fabs(value) < 1e15) snprintf(text, sizeof text, "%.*f", decimals, value);
    else snprintf(text, sizeof text, "%g", value);
    table_add(table, text, strlen(text), true);
}

static void add_value(struct table *table, enum field_type type, const union value *v)
{
    char text[64];
    const struct moment *m = &v->moment;
    switch (type) {
    case FIELD_INT: add_number(table, 0, v->integer); break;
    case FIELD_NUMBER: add_number(table, 2, v->number); break;
    case FIELD_MOMENT:
        snprintf(text, sizeof text, "%04u-%02u-%02u %02u:%02u:%02u", m->year, m->month, m->day, m->hour, m->minute,
                 m->second);
        table_add(table, text, strlen(text), false);
        break;
    default: table_add(table, v->text.bytes, v->text.len, false);
    }
}

/* The last rows, under the names and types of the columns. */
static void show_rows(const struct topic *topic, const struct frame *frame)
{
    static const char *const types[] = {"string", "int", "number", "time"};
    struct table *table = table_new(FIELDS + 1);
    table_add(table, "", 0, true);
    for (int i = 0; i < FIELDS; i++)
        table_add(table, topic->fields[i].name, strlen(topic->fields[i].name),
                  topic->fields[i].type == FIELD_INT || topic->fields[i].type == FIELD_NUMBER);
    table_add(table, "", 0, true);
    for (int i = 0; i < FIELDS; i++) {
        const enum field_type type = topic->fields[i].type;
        table_add(table, types[type], strlen(types[type]), type == FIELD_INT || type == FIELD_NUMBER);
    }
    for (uint64_t r = frame->rows > LAST ? frame->rows - LAST : 0; r < frame->rows; r++) {
        add_number(table, 0, (double)r);
        for (int i = 0; i < FIELDS; i++) add_value(table, topic->fields[i].type, &frame->last[r % LAST].values[i]);
    }
    table_print(table, stdout);
    table_free(table);
}

/* The figures of the columns with numbers, one row each. */
static void describe(const struct topic *topic, const struct frame *frame)
{
    /* ~: estimated from a sample, because more values came than are kept */
    const char *exact[] = {"", "count", "mean", "std", "min", "25%", "50%", "75%", "max"};
    const char *estimated[] = {"", "count", "mean", "std", "min", "~25%", "~50%", "~75%", "max"};
    enum { HEADS = sizeof exact / sizeof *exact };
    struct table *table = table_new(HEADS);
    const char *const *heads = frame->rows > SAMPLE ? estimated : exact;
    for (int i = 0; i < HEADS; i++) table_add(table, heads[i], strlen(heads[i]), i > 0);
    for (int i = 0; i < FIELDS; i++) {
        const struct figures *f = &frame->figures[i];
        if (topic->fields[i].type != FIELD_INT && topic->fields[i].type != FIELD_NUMBER) continue;
        table_add(table, topic->fields[i].name, strlen(topic->fields[i].name), false);
        add_number(table, 0, (double)f->count);
        const double values[] = {f->mean,
                                 figures_std(f),
                                 f->min,
                                 figures_quantile(f, 0.25),
                                 figures_quantile(f, 0.5),
                                 figures_quantile(f, 0.75),
                                 f->max};
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) add_number(table, 2, values[v]);
    }
    table_print(table, stdout);
    table_free(table);
}

static void show_frames(void)
{
    for (int i = 0; i < TOPICS; i++) {
        struct frame *frame = &frames[i];
        if (!frame->changed) continue;
        frame->changed = false;
        printf("\n%s: %llu rows x %d columns", topics[i].name, (unsigned long long)frame->rows, FIELDS);
        printf(frame->rejected > 0 ? ", %llu rejected\n" : "\n", (unsigned long long)frame->rejected);
        if (frame->rows == 0) continue;
        show_rows(&topics[i], frame);
        describe(&topics[i], frame);
    }
}

static rd_kafka_t *open_consumer(void)
{
    rd_kafka_conf_t *conf = broker_group_conf(options.brokers, options.group, SESSION_MS);
    broker_set(conf, "auto.offset.reset", "earliest"); /* a group that is new gets everything */
    /* When so many messages of a partition wait for us, librdkafka fetches no more of it for a second. We would have taken
     * the 100,000 of its default long before that. */
    broker_set(conf, "queued.min.messages", "300000");
    if (options.low_latency) broker_set(conf, "fetch.wait.max.ms", "1"); /* how long a broker holds an empty answer */
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    return broker_open(RD_KAFKA_CONSUMER, conf);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    rd_kafka_t *kafka = open_consumer();
    broker_must_answer(kafka, options.brokers);
    char *cluster = broker_cluster(options.brokers);
    if (cluster != NULL) warnx("kafka cluster %s, %s; group %s", cluster, broker_tier(cluster), options.group);
    free(cluster);
    const bool ages = options.low_latency && options.count > 0;
    if (ages) measure_begin(&latency, (size_t)options.count);
    broker_subscribe(kafka, &options.topics);

    /* The model: messages come when they come; a frame grows by each. */
    long taken = 0;
    int64_t first_ns = 0, last_ns = 0, shown_ns = demo_now_ns();
    while (!demo_stopping() && (options.count == 0 || taken < options.count)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(kafka, POLL_MS);
        const int64_t now_ns = demo_now_ns();
        if (m != NULL && !m->err) {
            broker_back();
            if (ages) note_latency(m);
            take(m);
            last_ns = now_ns;
            if (taken++ == 0) first_ns = now_ns;
        } else if (m != NULL) {
            broker_news(m);
        }
        if (m != NULL) rd_kafka_message_destroy(m);
        if (!options.quiet && now_ns - shown_ns > (int64_t)options.interval_ms * 1000000) {
            show_frames();
            shown_ns = now_ns;
        }
    }

    /* Give back, in reverse: leaving the group commits how far we came, and gives the partitions to others at once. */
    rd_kafka_consumer_close(kafka);
    rd_kafka_destroy(kafka);
    show_frames();
    for (int i = 0; i < TOPICS; i++)
        for (int r = 0; r < LAST; r++) row_free(&frames[i].last[r]);
    printf("%ld received, %.0f msg/s", taken,
           (double)taken / (last_ns > first_ns ? (double)(last_ns - first_ns) / 1e9 : 1));
    if (ages) printf(", latency "), measure_spread(&latency);
    putchar('\n');
    return demo_end(DEMO_DONE);
}
