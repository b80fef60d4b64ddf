/* recovery.c - waits, connects again, and checks the cluster: all that is not the normal course of kafka_db_writer. */
#include "../common/demo.h"

#include "broker.h"
#include "outage.h"
#include "recovery.h"

enum {
    PING_MS = 4000,  /* between two signs of life to the database */
    RETRY_MS = 1000, /* between two tries to reach what is away */
};

static int64_t after_ms(int ms) { return demo_now_ns() + (int64_t)ms * 1000000; }

static void empty_batch(struct writer *w)
{
    batch_clear(&w->batch);
    for (size_t i = 0; i < w->partition_count; i++) w->partitions[i].batch_end = w->partitions[i].next_offset;
}

void recovery_assign_nothing(struct writer *w)
{
    rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
    rd_kafka_assign(w->consumer, none);
    rd_kafka_topic_partition_list_destroy(none);
    w->fetching = false;
}

void recovery_drop_batch(struct writer *w, int wait_ms)
{
    empty_batch(w);
    if (w->partition_count > 0) recovery_assign_nothing(w);
    w->claim_ns = after_ms(wait_ms);
}

void writer_set_partitions(struct writer *w, const rd_kafka_topic_partition_list_t *assigned)
{
    empty_batch(w);
    free(w->partitions);
    w->partitions = NULL;
    w->partition_count = assigned != NULL ? (size_t)assigned->cnt : 0;
    w->fetching = false;
    w->claim_ns = 0;
    if (w->partition_count == 0) return;
    w->partitions = calloc(w->partition_count, sizeof *w->partitions);
    if (w->partitions == NULL) err(DEMO_FAILED, "%zu partitions", w->partition_count);
    for (size_t i = 0; i < w->partition_count; i++) {
        w->partitions[i].topic = topic_named(assigned->elems[i].topic);
        w->partitions[i].id = assigned->elems[i].partition;
    }
}

void handle_event(struct writer *w, rd_kafka_message_t *event, const struct partition *partition)
{
    const bool gap = event->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
    if (gap && partition != NULL) partition_warn_gap(w->consumer, partition);
    else broker_warn_event(event);
    w->failed |= gap;
    rd_kafka_message_destroy(event);
}

void recover_from_store(struct writer *w, enum store_result result, const char *problem)
{
    switch (result) {
    case STORE_AGAIN:
        warnx("%s: once more", problem);
        recovery_drop_batch(w, 0);
        break;
    case STORE_FENCED: /* the group will say so soon; if not, the partition is claimed again after a session */
        warnx("%s: nothing of this batch is stored by us", problem);
        recovery_drop_batch(w, w->options->session_ms);
        break;
    case STORE_AWAY:
        if (!w->away_reported) warnx("%s: waiting for it", problem);
        w->away_reported = true;
        if (w->store != NULL) store_close(w->store);
        w->store = NULL;
        recovery_drop_batch(w, RETRY_MS);
        break;
    default:
        warnx("%s", problem);
        w->failed = true;
        break;
    }
}

bool recovery_connect_database(struct writer *w)
{
    char problem[DATABASE_PROBLEM];
    enum store_result result;
    if (w->store != NULL) return true;
    if ((w->store = store_open(&w->options->database, &result, problem)) == NULL) {
        recover_from_store(w, result, problem);
        return false;
    }
    if (w->away_reported) warnx("database: back");
    w->away_reported = false;
    return true;
}

enum cluster recovery_check_cluster(struct writer *w)
{
    const unsigned losses = outage_losses();
    char *id = broker_cluster_id(w->options->brokers);
    if (id == NULL) {
        outage_begin("no answer");
        recovery_drop_batch(w, RETRY_MS);
        return CLUSTER_UNKNOWN;
    }
    long others;
    enum store_result result = store_cluster(w->store, id, &others);
    if (result != STORE_DONE) {
        recover_from_store(w, result, store_problem(w->store));
        free(id);
        return CLUSTER_UNKNOWN;
    }
    const bool another = w->cluster != NULL && strcmp(w->cluster, id) != 0;
    if (w->cluster == NULL || another) {
        warnx("kafka cluster %s, %s", id, broker_kind(id));
        if (others > 0)
            warnx("this cluster is new to the database, which knows %ld other%s: their rows stay apart by "
                  "kafka_cluster",
                  others, others == 1 ? "" : "s");
    }
    free(w->cluster);
    w->cluster = id;
    w->losses = losses;
    return another ? CLUSTER_ANOTHER : CLUSTER_SAME;
}

bool recovery_may_claim(const struct writer *w)
{
    return (w->partition_count > 0 || kafka_was_lost(w)) && demo_now_ns() >= w->claim_ns;
}

bool kafka_was_lost(const struct writer *w) { return w->losses != outage_losses(); }

void recovery_ping(struct writer *w)
{
    if (w->store == NULL || demo_now_ns() < w->ping_ns) return;
    w->ping_ns = after_ms(PING_MS);
    enum store_result result = store_ping(w->store);
    if (result != STORE_DONE) recover_from_store(w, result, store_problem(w->store));
}

void writer_print_totals(const struct writer *w)
{
    const double seconds = w->last_ns > w->first_ns ? (double)(w->last_ns - w->first_ns) / 1e9 : 1;
    printf("%zu stored, %zu rejected, %zu transaction%s, %.0f msg/s\n", w->stored, w->rejected, w->transactions,
           w->transactions == 1 ? "" : "s", (double)(w->stored + w->rejected) / seconds);
}
