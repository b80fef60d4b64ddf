/* kafka_processor - a consumer in a group: it polls records and keeps a data frame of each topic.
 *
 * Consumers of one group compete. Each partition is assigned to one of them; when a member joins or leaves, the group
 * divides the partitions again (a rebalance). Every group gets every record. The group's progress is
 * one offset for each partition. A consumer marks a record as processed, and librdkafka commits the marks to Kafka once a
 * second. A crash loses the marks not yet committed: those records come again (at-least-once).
 *
 *     kafka_processor       in one terminal
 *     kafka_generator       in another: its sibling, publishes
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../common/options.h"
#include "broker.h"
#include "frame.h"
#include "latency.h"
#include "outage.h"

enum {
    POLL_MS = 100, /* the longest wait for a record, so that a stop is noticed */
    /* Without a heartbeat for this long, the group excludes a member. Kafka accepts no less (its default limit). */
    SESSION_MS = 6000,
};

static struct {
    const char *brokers, *group;
    struct topic_choice topics;
    size_t count;
    int interval_ms;
    bool from_beginning, low_latency, quiet;
} options = {.group = "kafka_processor", .interval_ms = 2000};

static void read_topic(const char *option, const char *value) { topic_choose(&options.topics, option, value); }

static const struct demo_usage usage = {
    .purpose = "Takes the messages of Kafka topics and shows a data frame of each, while it grows.",
    .example = "kafka_processor -t datos_clima --from-beginning",
};
static const struct demo_option table[] = {
    {'b', "brokers", "LIST", "KAFKA_BROKERS, else " TOPIC_BROKERS, .text = &options.brokers},
    {'t', "topic", "TOPIC", "only this one; may be given several times", .read = read_topic},
    {'g', "group", "NAME", "members of one group share the partitions (kafka_processor)", .text = &options.group},
    {0, "from-beginning", NULL, "all that Kafka still has, from before the group's offsets, too",
     .on = &options.from_beginning},
    {'i', "interval", "SEC", "between two prints of the frames (2)", .milliseconds = &options.interval_ms},
    {'n', "count", "N", "end after N messages (0: when it is stopped)", .number = &options.count, .max = MEASURE_MAX},
    {0, "low-latency", NULL, "fetch each at once; with -n, tell how old messages with a time were",
     .on = &options.low_latency},
    {'q', "quiet", NULL, "frames only at the end", .on = &options.quiet},
    {0},
};

static struct frame frames[TOPICS];
static size_t received;            /* records */
static int64_t first_ns, last_ns;  /* when the first and the last record came */
static bool measured;              /* --low-latency with -n */
static struct measure message_age; /* one sample for each message with a time: its age, not a round trip */

/* The group assigned partitions to this consumer, or revoked them. Called from rd_kafka_consumer_poll() and _close(). With
 * this callback librdkafka assigns nothing by itself: the callback must call rd_kafka_assign(). */
static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *partitions,
                         void *opaque)
{
    static bool had_assignment; /* replay only at the first one; later ones go on from the group's offsets */
    (void)opaque;
    const bool assigned = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    printf("%s", assigned ? "assigned:" : rd_kafka_assignment_lost(consumer) ? "lost:" : "gave back:");
    for (int i = 0; i < partitions->cnt; i++)
        printf(" %s [%d]", partitions->elems[i].topic, partitions->elems[i].partition);
    printf("%s\n", partitions->cnt == 0 ? " nothing: more members than a topic has partitions" : "");
    if (assigned && options.from_beginning && !had_assignment)
        for (int i = 0; i < partitions->cnt; i++) partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
    if (assigned && partitions->cnt > 0) had_assignment = true;
    rd_kafka_assign(consumer, assigned ? partitions : NULL);
}

static rd_kafka_t *open_consumer(void)
{
    rd_kafka_conf_t *conf = broker_group_conf(options.brokers, options.group, SESSION_MS);
    broker_set(conf, "auto.offset.reset", "earliest");     /* a group without offsets begins at the oldest record */
    broker_set(conf, "enable.auto.offset.store", "false"); /* take_record() marks what is processed */
    broker_set(conf, "auto.commit.interval.ms", "1000");   /* a thread of librdkafka commits the marks */
    broker_set(conf, "queued.min.messages", "300000");     /* prefetched; then the fetcher pauses for up to 1 s */
    if (options.low_latency) broker_set(conf, "fetch.wait.max.ms", "1"); /* how long a broker holds an empty answer */
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    return broker_open(RD_KAFKA_CONSUMER, conf);
}

/* Reads the record's value as a row, and adds it to the frame of its topic. */
static void update_frame(const rd_kafka_message_t *record)
{
    struct row row;
    char reason[ROW_REASON];
    const struct topic *topic = topic_named(rd_kafka_topic_name(record->rkt));
    struct frame *frame = &frames[topic - topics];
    if (row_read(&row, topic, record->payload, record->len, reason)) {
        frame_add(frame, row);
        return;
    }
    frame->rejected++;
    frame->changed = true;
    warnx("%s [%d] offset %lld: %s", topic->name, record->partition, (long long)record->offset, reason);
}

/* Processes one record, and marks it as processed. An event in place of a record is only reported. */
static void take_record(const rd_kafka_message_t *record)
{
    int64_t age_ns;
    if (record->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        broker_warn_event(record);
        return;
    }
    last_ns = demo_now_ns();
    if (received++ == 0) first_ns = last_ns;
    if (measured && latency_of(record, &age_ns)) measure_reply(&message_age, age_ns);
    update_frame(record);
    /* Marks offset + 1, in memory only; the next auto-commit sends it to Kafka. */
    rd_kafka_offset_store(record->rkt, record->partition, record->offset);
    outage_clear();
}

static void print_frames(void)
{
    for (int i = 0; i < TOPICS; i++) frame_print(&frames[i], &topics[i]);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    options.brokers = broker_list(options.brokers);
    topic_choose_default(&options.topics);
    measured = options.low_latency && options.count > 0;

    /* Acquire everything: any failure here is fatal. */
    rd_kafka_t *consumer = open_consumer();
    broker_must_answer(consumer, options.brokers);
    char *cluster = broker_cluster_id(options.brokers);
    if (cluster != NULL) warnx("kafka cluster %s, %s; group %s", cluster, broker_kind(cluster), options.group);
    free(cluster);
    if (measured) measure_begin(&message_age, options.count);

    /* The model: subscribe; then poll a record, update the frame, mark its offset as processed. librdkafka commits the
     * marks once a second. */
    broker_subscribe(consumer, &options.topics);
    int64_t printed_ns = demo_now_ns();
    while (!demo_stopping() && (options.count == 0 || received < options.count)) {
        rd_kafka_message_t *record = rd_kafka_consumer_poll(consumer, POLL_MS);
        if (record != NULL) {
            take_record(record);
            rd_kafka_message_destroy(record);
        }
        if (!options.quiet && demo_now_ns() - printed_ns > (int64_t)options.interval_ms * 1000000) {
            print_frames();
            printed_ns = demo_now_ns();
        }
    }

    /* Give back, in reverse: closing commits the marks and leaves the group, so that others get the partitions at once. */
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    print_frames();
    for (int i = 0; i < TOPICS; i++) frame_free(&frames[i]);
    printf("%zu received, %.0f msg/s", received,
           (double)received / (last_ns > first_ns ? (double)(last_ns - first_ns) / 1e9 : 1));
    if (measured) printf(", latency "), measure_spread(&message_age);
    putchar('\n');
    return demo_end(DEMO_DONE);
}
