/* batch.h - the messages that kafka_db_writer has in hand, and what it tells of them. */
#ifndef BATCH_H
#define BATCH_H
#include "store.h"

#include <librdkafka/rdkafka.h>

struct batch {
    struct entry entries[STORE_BATCH];
    rd_kafka_message_t *messages[STORE_BATCH]; /* that the entries point into */
    size_t count, bytes;
};

/* Reads and checks a message, and keeps it; the offset after it becomes the share's. */
void batch_add(struct batch *batch, struct share *share, rd_kafka_message_t *message);

/* Forgets the messages. */
void batch_clear(struct batch *batch);

/* One line for a transaction, and one for each message that it rejected. */
void batch_print(const struct batch *batch, const struct share *shares, size_t share_count);

/* The share that a message is of; NULL if it is of none. */
struct share *share_of(const rd_kafka_message_t *message, struct share *shares, size_t count);

/* Where we go on with each. */
void shares_print(const struct share *shares, size_t count);

/* Says why a message that the database wants next cannot be had, and what to do. */
void batch_explain_gap(rd_kafka_t *kafka, const rd_kafka_message_t *message, struct share *shares, size_t count);

#endif
