/* kafka_db_writer - a consumer whose effect happens exactly once: each message becomes one row of MySQL.
 *
 * Kafka delivers at least once: who dies between storing and committing gets the same messages again. Here the rows and
 * the offset that follows them are one transaction of the database, and the offset to go on from is read there, so both
 * exist or none. Several writers of one group share the partitions; one that comes back too late is fenced (store.h).
 *
 *     kafka_generator       in one terminal: publishes
 *     kafka_db_writer       in another; as many as there are partitions
 *     kafka_subscriber      in a third: asks the database
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "batch.h"
#include "broker.h"
#include "store.h"
#include "writer_options.h"

enum {
    IDLE_MS = 100,             /* the longest wait for a first message, so that a stop is noticed */
    LINGER_MS = 20,            /* for the next one, while some are in hand */
    PING_MS = 4000,            /* between two signs of life to the database, while there is nothing to store */
    RETRY_MS = 1000,           /* between two looks whether what is away is back */
    BATCH_BYTES = 8 << 20,     /* of messages in hand: those of a MiB are not gathered by the thousand */
    POLL_INTERVAL_MS = 120000, /* Kafka's patience with us: longer than any answer of the database takes */
};

static struct writer {
    rd_kafka_t *kafka;
    struct store *store;  /* NULL while the database is away */
    struct share *shares; /* what Kafka assigned to us */
    size_t share_count;
    bool working;     /* the shares are claimed, and their messages on their way */
    int64_t claim_ns; /* not before */
    int64_t ping_ns;  /* the last sign of life to the database */
    unsigned losses;  /* of brokers, when we last made sure which cluster this is */
    char *cluster;
    bool failed, store_away; /* the latter was told */

    struct batch batch;

    long stored, rejected, transactions;
    int64_t first_ns, last_ns;
} writer;

/* Forgets the messages in hand. Nothing is lost: the offset in the database stands before them. */
static void drop_batch(struct writer *w)
{
    batch_clear(&w->batch);
    for (size_t i = 0; i < w->share_count; i++) w->shares[i].after = w->shares[i].next;
}

/* Tells librdkafka what to fetch, and from where: our shares from where the database stands, or nothing for now. */
static void fetch(struct writer *w, bool on)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)w->share_count);
    for (size_t i = 0; on && i < w->share_count; i++) {
        const struct share *share = &w->shares[i];
        rd_kafka_topic_partition_list_add(list, share->topic->name, share->partition)->offset =
            share->next == STORE_NEW ? RD_KAFKA_OFFSET_BEGINNING : share->next;
    }
    rd_kafka_resp_err_t error = rd_kafka_assign(w->kafka, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) warnx("assign: %s", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    w->working = on;
}

/* Puts down what is in hand and claims the shares anew, after a while. */
static void start_over(struct writer *w, int wait_ms)
{
    drop_batch(w);
    if (w->share_count > 0) fetch(w, false);
    w->claim_ns = demo_now_ns() + (int64_t)wait_ms * 1000000;
}

/* The database did not do what we wanted. */
static void trouble(struct writer *w, enum store_result result, const char *problem)
{
    switch (result) {
    case STORE_AGAIN:
        warnx("%s: once more", problem);
        start_over(w, 0);
        break;
    case STORE_FENCED: /* Kafka will tell us soon; should we own it after all, we claim it again later */
        warnx("%s: nothing of this batch is stored by us", problem);
        start_over(w, options.session_ms);
        break;
    case STORE_AWAY:
        if (!w->store_away) warnx("%s: waiting for it", problem);
        w->store_away = true;
        if (w->store != NULL) store_close(w->store);
        w->store = NULL;
        start_over(w, RETRY_MS);
        break;
    default:
        warnx("%s", problem);
        w->failed = true;
        break;
    }
}

/* Connects to the database, if we are not. */
static bool have_store(struct writer *w)
{
    char problem[DATABASE_PROBLEM];
    enum store_result result;
    if (w->store != NULL) return true;
    if ((w->store = store_open(&options.database, &result, problem)) == NULL) trouble(w, result, problem);
    else if (w->store_away) warnx("database: back");
    if (w->store != NULL) w->store_away = false;
    return w->store != NULL;
}

static void forget_shares(struct writer *w)
{
    drop_batch(w);
    free(w->shares);
    w->shares = NULL;
    w->share_count = 0;
    w->working = false;
}

/* Kafka gave us partitions, or took them. Called from rd_kafka_consumer_poll() and rd_kafka_consumer_close(). */
static void on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    struct writer *w = opaque;
    forget_shares(w);
    if (event != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        printf("%s %d partitions\n", rd_kafka_assignment_lost(kafka) ? "lost" : "gave back", list->cnt);
        rd_kafka_assign(kafka, NULL);
        return;
    }
    printf("assigned %d partitions\n", list->cnt);
    w->shares = calloc((size_t)list->cnt + 1, sizeof *w->shares);
    if (w->shares == NULL) err(DEMO_FAILED, "%d partitions", list->cnt);
    for (int i = 0; i < list->cnt; i++)
        w->shares[w->share_count++] =
            (struct share){.topic = topic_named(list->elems[i].topic), .partition = list->elems[i].partition};
    fetch(w, false); /* not before they are claimed */
    w->claim_ns = 0;
}

static void subscribe(struct writer *w)
{
    rd_kafka_conf_t *conf = broker_group_conf(options.brokers, options.group, options.session_ms);
    broker_set(conf, "heartbeat.interval.ms", "1000");
    broker_set_number(conf, "max.poll.interval.ms", POLL_INTERVAL_MS);
    broker_set(conf, "enable.auto.commit", "false"); /* the database is where offsets are kept */
    broker_set(conf, "enable.auto.offset.store", "false");
    broker_set(conf, "auto.offset.reset", "error"); /* never jump over anything in silence */
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_opaque(conf, w);
    w->kafka = broker_open(RD_KAFKA_CONSUMER, conf);
    broker_subscribe(w->kafka, &options.topics);
}

/* Begins with another cluster from nothing: what our handle remembers (the oldest offsets, where the group's coordinator is)
 * is of the one before, which cannot be told good-bye. */
static void subscribe_anew(struct writer *w)
{
    forget_shares(w);
    rd_kafka_destroy_flags(w->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    subscribe(w);
}

/* Makes sure which cluster this is: the same address may have another one behind it, whose offsets count from zero. */
static bool know_cluster(struct writer *w)
{
    const unsigned losses = broker_losses();
    char *cluster = broker_cluster(options.brokers);
    if (cluster == NULL) {
        broker_gone("no answer");
        start_over(w, RETRY_MS);
        return false;
    }
    long others;
    enum store_result result = store_cluster(w->store, cluster, &others);
    if (result != STORE_DONE) {
        trouble(w, result, store_problem(w->store));
        free(cluster);
        return false;
    }
    const bool another = w->cluster != NULL && strcmp(w->cluster, cluster) != 0;
    if (w->cluster == NULL || another) {
        warnx("kafka cluster %s, %s", cluster, broker_tier(cluster));
        if (others > 0)
            warnx("this cluster is new to the database, which knows %ld other%s: their rows stay apart by "
                  "kafka_cluster",
                  others, others == 1 ? "" : "s");
    }
    free(w->cluster);
    w->cluster = cluster;
    w->losses = losses;
    if (another) subscribe_anew(w);
    return !another;
}

/* Makes the shares ours in the database, and only then has their messages fetched, from the offsets that it gave. */
static void claim(struct writer *w)
{
    if (!have_store(w) || !know_cluster(w) || w->share_count == 0) return;
    enum store_result result = store_claim(w->store, w->shares, w->share_count);
    if (result != STORE_DONE) {
        trouble(w, result, store_problem(w->store));
        return;
    }
    fetch(w, true);
    shares_print(w->shares, w->share_count);
}

/* A message that is none: news about a topic or a partition. */
static void take_news(struct writer *w, const rd_kafka_message_t *m)
{
    if (m->err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        broker_news(m);
        return;
    }
    batch_explain_gap(w->kafka, m, w->shares, w->share_count);
    w->failed = true;
}

/* Puts one message into the batch, read and checked. */
static void take(struct writer *w, rd_kafka_message_t *m)
{
    struct share *share = NULL;
    if (m->err) take_news(w, m);
    else if (w->working) share = share_of(m, w->shares, w->share_count);
    if (share == NULL || m->offset < share->after) { /* left over from before we gave the partition back */
        rd_kafka_message_destroy(m);
        return;
    }
    batch_add(&w->batch, share, m);
}

/* Gathers what comes until the batch is full, or its first message has waited for a moment. */
static void gather(struct writer *w)
{
    int64_t until_ns = 0;
    const size_t most = options.count > 0 && options.count - w->stored - w->rejected < STORE_BATCH
                            ? (size_t)(options.count - w->stored - w->rejected)
                            : STORE_BATCH;
    while (w->batch.count < most && w->batch.bytes < BATCH_BYTES && !demo_stopping() && !w->failed) {
        const int64_t now_ns = demo_now_ns();
        if (w->batch.count == 0) until_ns = now_ns + (int64_t)LINGER_MS * 1000000;
        else if (now_ns >= until_ns) return;
        rd_kafka_message_t *m =
            rd_kafka_consumer_poll(w->kafka, w->batch.count > 0 ? (int)((until_ns - now_ns) / 1000000) : IDLE_MS);
        if (m == NULL) return;
        take(w, m);
        if (w->first_ns == 0 && w->batch.count > 0) w->first_ns = demo_now_ns();
    }
}

/* While there is nothing to store. */
static void keep_store(struct writer *w)
{
    if (w->store == NULL || demo_now_ns() - w->ping_ns < (int64_t)PING_MS * 1000000) return;
    w->ping_ns = demo_now_ns();
    enum store_result result = store_ping(w->store);
    if (result != STORE_DONE) trouble(w, result, store_problem(w->store));
}

/* The heart: rows and offsets, in one transaction. */
static void store(struct writer *w)
{
    long rejected = 0;
    for (size_t i = 0; i < w->batch.count; i++) rejected += !w->batch.entries[i].is_row;
    enum store_result result = store_batch(w->store, w->shares, w->share_count, w->batch.entries, w->batch.count);
    if (result != STORE_DONE) {
        trouble(w, result, store_problem(w->store));
        return;
    }
    w->stored += (long)w->batch.count - rejected;
    w->rejected += rejected;
    w->transactions++;
    w->last_ns = demo_now_ns();
    if (!options.quiet) batch_print(&w->batch, w->shares, w->share_count);
    drop_batch(w);
}

int main(int argc, char **argv)
{
    struct writer *w = &writer;

    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: what is only away is waited for, anything else is fatal. */
    if (mysql_library_init(0, NULL, NULL) != 0) errx(DEMO_FAILED, "mysql_library_init");
    subscribe(w);
    have_store(w);

    /* The model: claim, gather, store; and again from the offset in the database whenever anything went wrong. */
    while (!demo_stopping() && !w->failed && (options.count == 0 || w->stored + w->rejected < options.count)) {
        const bool unsure = w->losses != broker_losses(); /* a connection was lost: who is there now? */
        if (!w->working && (w->share_count > 0 || unsure) && demo_now_ns() >= w->claim_ns) claim(w);
        gather(w);
        if (w->working && w->losses != broker_losses()) start_over(w, 0);
        if (w->batch.count > 0) store(w);
        else keep_store(w);
    }

    /* Give back, in reverse: the partitions at once to others, then the rest. */
    drop_batch(w);
    rd_kafka_consumer_close(w->kafka);
    rd_kafka_destroy(w->kafka);
    if (w->store != NULL) store_close(w->store);
    mysql_library_end();
    free(w->shares);
    free(w->cluster);
    double seconds = w->last_ns > w->first_ns ? (double)(w->last_ns - w->first_ns) / 1e9 : 1;
    printf("%ld stored, %ld rejected, %ld transactions, %.0f msg/s\n", w->stored, w->rejected, w->transactions,
           (double)(w->stored + w->rejected) / seconds);
    return demo_end(w->failed ? DEMO_FAILED : DEMO_DONE);
}
