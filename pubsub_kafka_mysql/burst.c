/* burst.c - rd_kafka_produce_batch() for many small messages, with the rest of a batch tried again when the queue is full. */
#include "../common/demo.h"

#include "burst.h"

enum { FULL_MS = 10 }; /* the longest wait for room in the queue before the next try */

void burst_add(struct burst *burst, const struct row *row)
{
    rd_kafka_message_t *m = &burst->messages[burst->count++];
    *m = (rd_kafka_message_t){.payload = burst->text + burst->used, .key_len = row->values[0].text.len};
    m->len = row_write(row, m->payload);
    burst->used += m->len;
    m->key = memcpy(burst->text + burst->used, row->values[0].text.bytes, m->key_len);
    burst->used += m->key_len;
}

bool burst_is_full(const struct burst *burst)
{
    return burst->count == BURST || sizeof burst->text - burst->used < (size_t)2 * ROW_JSON;
}

void burst_publish(rd_kafka_t *producer, struct burst *burst, void (*queued)(rd_kafka_resp_err_t error))
{
    size_t left = burst->count;
    while (left > 0 && !demo_stopping()) {
        const size_t tried = left;
        rd_kafka_produce_batch(burst->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, burst->messages, (int)tried);
        left = 0;
        for (size_t i = 0; i < tried;
             i++) { /* behind one that finds the queue full it takes none: the order is kept */
            if (burst->messages[i].err == RD_KAFKA_RESP_ERR__QUEUE_FULL) burst->messages[left++] = burst->messages[i];
            else queued(burst->messages[i].err);
        }
        if (left > 0) rd_kafka_poll(producer, FULL_MS);
    }
    burst->count = burst->used = 0;
}
