/* batch.h - the records that kafka_db_writer has polled and not stored yet, and the lines it prints about them. */
#ifndef BATCH_H
#define BATCH_H
#include "store.h"

#include <librdkafka/rdkafka.h>

struct batch {
    struct record records[STORE_BATCH];
    rd_kafka_message_t *messages[STORE_BATCH]; /* the records point into these */
    size_t count, rejected, bytes;
};

/* Reads and checks a message of this partition, adds it, and owns it. Moves the partition's batch_end behind it. */
void batch_add(struct batch *batch, struct partition *partition, rd_kafka_message_t *message);

/* Frees all messages. */
void batch_clear(struct batch *batch);

/* Prints one line for a stored transaction, and one for each record that it rejected. */
void batch_print(const struct batch *batch, const struct partition *partitions, size_t count);

/* The partition that a message comes from, or NULL. */
struct partition *partition_of(const rd_kafka_message_t *message, struct partition *partitions, size_t count);

/* The partitions as librdkafka's list, each at its next offset. The caller destroys the list. */
rd_kafka_topic_partition_list_t *partitions_at_next_offsets(const struct partition *partitions, size_t count);

/* Prints the offset at which each partition resumes. */
void partitions_print(const struct partition *partitions, size_t count);

/* Warns that Kafka does not have the offset that the database wants next, and says what to do. */
void partition_warn_gap(rd_kafka_t *consumer, const struct partition *partition);

#endif
