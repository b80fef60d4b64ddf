/* burst.c - rd_kafka_produce_batch() for many small messages, with the rest of a batch tried again when the queue is full. */
#include "../common/demo.h"

#include "burst.h"

void burst_add(rd_kafka_t *producer, struct burst *burst, const struct row *row,
               void (*submitted)(rd_kafka_resp_err_t error))
{
    rd_kafka_message_t *m = &burst->messages[burst->count++];
    *m = (rd_kafka_message_t){.payload = burst->text + burst->used, .key_len = row->values[0].text.len};
    m->len = row_write(row, m->payload);
    burst->used += m->len;
    m->key = memcpy(burst->text + burst->used, row->values[0].text.bytes, m->key_len);
    burst->used += m->key_len;
    const bool has_room =
        sizeof burst->text - burst->used >= (size_t)2 * ROW_JSON; /* for the longest key and value */
    if (burst->count == BURST || !has_room) burst_publish(producer, burst, submitted);
}

void burst_publish(rd_kafka_t *producer, struct burst *burst, void (*submitted)(rd_kafka_resp_err_t error))
{
    size_t left = burst->count;
    while (left > 0 && !demo_stopping()) {
        const size_t tried = left;
        rd_kafka_produce_batch(burst->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, burst->messages, (int)tried);
        left = 0;
        /* After one message that finds the queue full, librdkafka takes none: the order is kept. */
        for (size_t i = 0; i < tried; i++) {
            if (burst->messages[i].err == RD_KAFKA_RESP_ERR__QUEUE_FULL) burst->messages[left++] = burst->messages[i];
            else submitted(burst->messages[i].err);
        }
        if (left > 0) rd_kafka_poll(producer, QUEUE_FULL_WAIT_MS);
    }
    burst->count = burst->used = 0;
}
