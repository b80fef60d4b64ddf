/* burst.h - submits 64 messages of one topic to librdkafka with one call: that takes a tenth less time than 64 calls. */
#ifndef BURST_H
#define BURST_H

#include "rows.h"

#include <librdkafka/rdkafka.h>

enum {
    BURST = 64,              /* messages of one call */
    QUEUE_FULL_WAIT_MS = 10, /* the longest wait for room in the producer's queue before the next try */
};

struct burst {
    rd_kafka_topic_t *topic;
    rd_kafka_message_t messages[BURST]; /* point into `text` */
    size_t count, used;                 /* messages, and bytes of `text` */
    char text[4 * ROW_JSON];            /* keys and values */
};

/* Adds a message. When the burst is full, publishes it with burst_publish(). */
void burst_add(rd_kafka_t *producer, struct burst *burst, const struct row *row,
               void (*submitted)(rd_kafka_resp_err_t error));

/* Puts all messages into the producer's queue, in order. While the queue is full, it serves delivery reports, which make
 * room. Calls `submitted` for each message with librdkafka's answer. When the program should stop, it drops the rest. */
void burst_publish(rd_kafka_t *producer, struct burst *burst, void (*submitted)(rd_kafka_resp_err_t error));

#endif
