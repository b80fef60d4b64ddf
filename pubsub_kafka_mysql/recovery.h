/* recovery.h - the state of kafka_db_writer, and what it does after any failure: it drops the batch, stops fetching,
 * claims its partitions again, and resumes at the offsets in the database. */
#ifndef RECOVERY_H
#define RECOVERY_H
#include "batch.h"
#include "store.h"
#include "topics.h"

struct writer_options {
    const char *brokers, *group;
    struct topic_choice topics;
    struct database_options database;
    size_t count;
    int session_ms;
    bool quiet;
};

struct writer {
    const struct writer_options *options;
    rd_kafka_t *consumer;
    struct store *store;          /* NULL while the database is away */
    struct partition *partitions; /* assigned by the group */
    size_t partition_count;
    bool fetching; /* the partitions are claimed, and librdkafka fetches their records */
    struct batch batch;
    bool failed; /* for a reason that will not change by itself */

    size_t stored, rejected, transactions;
    int64_t first_ns, last_ns; /* the first record came; the last one was stored */

    int64_t claim_ns; /* the partitions are claimed, not before this time */
    int64_t ping_ns;  /* the next sign of life to the database */
    bool away_reported;
    char *cluster;   /* the id of the Kafka cluster, once it is known */
    unsigned losses; /* of connections to brokers, when the cluster's id was asked for */
};

/* Drops the batch and stops fetching; the partitions are claimed again after `wait_ms`. Nothing is lost: the
 * offsets in the database tell whether the batch is stored (also after a COMMIT whose answer was lost). */
void recovery_drop_batch(struct writer *writer, int wait_ms);

/* rd_kafka_assign() with an empty list: librdkafka fetches nothing. The writer remains a member of the group. */
void recovery_assign_nothing(struct writer *writer);

/* Empties the batch, and replaces the writer's partitions by those that the group assigned; NULL: none. */
void writer_set_partitions(struct writer *writer, const rd_kafka_topic_partition_list_t *assigned);

/* Reports an event that came in place of a record, and frees it. The writer fails if Kafka does not have the offset that
 * the database wants: skipping records would lose them silently. `partition`: the event's, or NULL. */
void handle_event(struct writer *writer, rd_kafka_message_t *event, const struct partition *partition);

/* Reacts to a failure of the database. */
void recover_from_store(struct writer *writer, enum store_result result, const char *problem);

/* Connects to the database, unless it is connected. False: it is away, which was reported. */
bool recovery_connect_database(struct writer *writer);

/* Asks for the id of the cluster. After a lost connection, another cluster may have the same address. Its offsets begin
 * at zero again. */
enum cluster { CLUSTER_SAME, CLUSTER_ANOTHER, CLUSTER_UNKNOWN } recovery_check_cluster(struct writer *writer);

/* True when the partitions may be claimed now. */
bool recovery_may_claim(const struct writer *writer);

/* True after a connection to Kafka was lost: the batch may come from a cluster that is no longer there. */
bool kafka_was_lost(const struct writer *writer);

/* Prints the last line: how many records were stored and rejected, and how fast. */
void writer_print_totals(const struct writer *writer);

/* While there is nothing to store: keeps the session alive, and notices early that the database is away. */
void recovery_ping(struct writer *writer);

#endif
