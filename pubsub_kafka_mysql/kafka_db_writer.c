/* kafka_db_writer - a consumer whose effect happens exactly once: each record becomes one row of MySQL.
 *
 * A consumer that stores a record and then commits its offset gets it again if it dies in between: at least once. This
 * consumer does not commit to Kafka. It writes the rows and the next offset in one database transaction:
 *
 *     UPDATE kafka_offsets SET next_offset = ... WHERE ... AND epoch = ours AND next_offset = expected
 *     INSERT INTO vehiculo ... VALUES (...), (...), ...
 *     COMMIT
 *
 * So both are stored, or neither, and the writer resumes at the offset in the database. That offset also tells whether a COMMIT
 * was done whose answer was lost. A writer claims each of its partitions in the database, which raises the partition's epoch.
 * If another writer has claimed the partition since, our UPDATE finds no row, and we roll back (fencing: store.h).
 *
 *     kafka_generator       in one terminal: publishes
 *     kafka_db_writer       in another; as many as a topic has partitions
 *     kafka_subscriber      in a third: queries the database
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "batch.h"
#include "broker.h"
#include "recovery.h"
#include "schema.h"
#include "store.h"

enum {
    IDLE_MS = 100,                 /* the longest wait for a first record, so that a stop is noticed */
    LINGER_MS = 20,                /* the longest time that a first record waits for more */
    BATCH_BYTES = 8 << 20,         /* a batch of large records ends at this size */
    MAX_POLL_INTERVAL_MS = 120000, /* librdkafka leaves the group when nothing polls for this long */
};

static struct writer_options options = {
    .group = "kafka_db_writer", .database.name = DATABASE_NAME, .session_ms = 6000};

static void read_topic(const char *option, const char *value) { topic_choose(&options.topics, option, value); }

static bool schema_wanted;
static const struct demo_usage usage = {
    .purpose = "Stores the messages of Kafka topics in tables of MySQL, each exactly once.",
    .example = "kafka_db_writer -t vehiculo -D pubsub",
};
static const struct demo_option table[] = {
    {'b', "brokers", "LIST", "KAFKA_BROKERS, else " TOPIC_BROKERS, .text = &options.brokers},
    {'t', "topic", "TOPIC", "only this one; may be given several times", .read = read_topic},
    {'g', "group", "NAME", "writers of one group share the partitions (kafka_db_writer)", .text = &options.group},
    {0, "defaults-file", "FILE", "MySQL's options, groups [client] and [pubsub]; else MYSQL_DEFAULTS_FILE",
     .text = &options.database.file},
    {'D', "database", "NAME", "made if it is not there (" DATABASE_NAME ")", .text = &options.database.name},
    {'n', "count", "N", "end when N messages are stored or rejected (0: when it is stopped)",
     .number = &options.count, .max = INT32_MAX},
    {'w', "timeout", "SEC", "after this long without a sign of life others take over (6)",
     .milliseconds = &options.session_ms},
    {0, "schema", NULL, "print the statements that make the tables, and end", .on = &schema_wanted},
    {'q', "quiet", NULL, "no line per transaction", .on = &options.quiet},
    {0},
};

/* The group assigned partitions, or revoked them. Called from rd_kafka_consumer_poll() and rd_kafka_consumer_close(). */
static void on_rebalance(rd_kafka_t *consumer, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    struct writer *w = opaque;
    const bool assigned = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    const char *what = assigned ? "assigned" : rd_kafka_assignment_lost(consumer) ? "lost" : "gave back";
    printf("%s %d partition%s\n", what, list->cnt, list->cnt == 1 ? "" : "s");
    writer_set_partitions(w, assigned ? list : NULL);
    /* The callback must call rd_kafka_assign(). An empty list: nothing is fetched before the database has our claim. */
    if (assigned) recovery_assign_nothing(w);
    else rd_kafka_assign(consumer, NULL);
}

static void join_group(struct writer *w)
{
    rd_kafka_conf_t *conf = broker_group_conf(options.brokers, options.group, options.session_ms);
    broker_set(conf, "heartbeat.interval.ms", "1000");
    broker_set_number(conf, "max.poll.interval.ms", MAX_POLL_INTERVAL_MS);
    broker_set(conf, "enable.auto.commit", "false"); /* the offsets are in the database */
    broker_set(conf, "enable.auto.offset.store", "false");
    broker_set(conf, "auto.offset.reset", "error"); /* never skips an offset silently */
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_opaque(conf, w);
    w->consumer = broker_open(RD_KAFKA_CONSUMER, conf);
    broker_subscribe(w->consumer, &options.topics);
}

/* True if the same cluster answers as before. If another cluster does, this replaces the consumer by a new one: the old one
 * remembers offsets and the coordinator of the first cluster, and could not even leave its group. */
static bool check_cluster_or_rejoin(struct writer *w)
{
    const enum cluster cluster = recovery_check_cluster(w);
    if (cluster == CLUSTER_ANOTHER) {
        writer_set_partitions(w, NULL);
        rd_kafka_destroy_flags(w->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        join_group(w);
    }
    return cluster == CLUSTER_SAME;
}

/* Claims the partitions in the database, and assigns them to the consumer at the offsets that the database holds. */
static void claim_and_resume(struct writer *w)
{
    if (!recovery_connect_database(w) || !check_cluster_or_rejoin(w) || w->partition_count == 0) return;
    enum store_result result = store_claim(w->store, w->partitions, w->partition_count);
    if (result != STORE_DONE) {
        recover_from_store(w, result, store_problem(w->store));
        return;
    }
    rd_kafka_topic_partition_list_t *list = partitions_at_next_offsets(w->partitions, w->partition_count);
    rd_kafka_resp_err_t error = rd_kafka_assign(w->consumer, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) warnx("assign: %s", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    w->fetching = true;
    partitions_print(w->partitions, w->partition_count);
}

/* How many more records -n allows; at most a batch. */
static size_t records_wanted(const struct writer *w)
{
    const size_t done = w->stored + w->rejected;
    return options.count == 0 || options.count - done > STORE_BATCH ? STORE_BATCH : options.count - done;
}

/* Polls records until the batch is full, or its first record has waited for LINGER_MS. Polls without partitions too:
 * on_rebalance() runs in there, and may empty the batch. */
static void collect_batch(struct writer *w)
{
    int64_t until_ns = 0;
    while (w->batch.count < records_wanted(w) && w->batch.bytes < BATCH_BYTES && !demo_stopping() && !w->failed) {
        const int64_t now_ns = demo_now_ns();
        if (w->batch.count == 0) until_ns = now_ns + (int64_t)LINGER_MS * 1000000;
        else if (now_ns >= until_ns) return;
        rd_kafka_message_t *m =
            rd_kafka_consumer_poll(w->consumer, w->batch.count > 0 ? (int)((until_ns - now_ns) / 1000000) : IDLE_MS);
        if (m == NULL) return;
        struct partition *p = partition_of(m, w->partitions, w->partition_count);
        if (m->err) handle_event(w, m, p);
        else if (w->fetching && p != NULL && m->offset >= p->batch_end) batch_add(&w->batch, p, m);
        else rd_kafka_message_destroy(m); /* fetched before the partitions were claimed again */
        if (w->first_ns == 0 && w->batch.count > 0) w->first_ns = demo_now_ns();
    }
}

/* Stores the batch in one transaction, which the first statement begins. After a failure the next claim tells where to resume. */
static void store_current_batch(struct writer *w)
{
    const struct batch *batch = &w->batch;
    enum store_result result = store_update_offsets(w->store, w->partitions, w->partition_count);
    if (result == STORE_DONE) result = store_insert(w->store, batch->records, batch->count);
    if (result == STORE_DONE) result = store_commit(w->store, w->partitions, w->partition_count);
    if (result != STORE_DONE) {
        recover_from_store(w, result, store_problem(w->store));
        return;
    }
    w->stored += batch->count - batch->rejected;
    w->rejected += batch->rejected;
    w->transactions++;
    w->last_ns = demo_now_ns();
    if (!options.quiet) batch_print(batch, w->partitions, w->partition_count);
    batch_clear(&w->batch);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    if (schema_wanted) return schema_print(stdout), demo_end(DEMO_DONE);
    options.brokers = broker_list(options.brokers);
    database_check_options(&options.database);
    topic_choose_default(&options.topics);

    /* Acquire everything: what is away is waited for, any other failure is fatal. */
    static struct writer writer = {.options = &options}, *w = &writer;
    if (mysql_library_init(0, NULL, NULL) != 0) errx(DEMO_FAILED, "mysql_library_init");
    join_group(w);
    recovery_connect_database(w);

    /* The model: claim the partitions, resume at the database's offsets, poll a batch, store it. */
    while (!demo_stopping() && !w->failed && records_wanted(w) > 0) {
        if (!w->fetching && recovery_may_claim(w)) claim_and_resume(w);
        collect_batch(w);
        /* Another cluster may have this address now, with other records at the same offsets. */
        if (w->fetching && kafka_was_lost(w)) recovery_drop_batch(w, 0);
        if (w->batch.count > 0) store_current_batch(w);
        else recovery_ping(w);
    }

    /* Give back, in reverse: leave the group, so that others get the partitions at once; then the rest. */
    writer_set_partitions(w, NULL);
    rd_kafka_consumer_close(w->consumer);
    rd_kafka_destroy(w->consumer);
    if (w->store != NULL) store_close(w->store);
    mysql_library_end();
    free(w->cluster);
    writer_print_totals(w);
    return demo_end(w->failed ? DEMO_FAILED : DEMO_DONE);
}
