/* batch.c - keeps records until their transaction is committed, and prints what was stored, rejected, or is missing. */
#include "../common/demo.h"

#include "batch.h"
#include "broker.h"

void batch_add(struct batch *batch, struct partition *partition, rd_kafka_message_t *m)
{
    struct record *record = &batch->records[batch->count];
    record->partition = partition;
    record->offset = m->offset;
    record->time_ms = rd_kafka_message_timestamp(m, NULL);
    record->bytes = m->payload;
    record->len = m->len;
    record->is_row = row_read(&record->row, partition->topic, m->payload, m->len, record->reason);
    batch->messages[batch->count++] = m;
    batch->rejected += !record->is_row;
    batch->bytes += m->len;
    partition->batch_end = m->offset + 1;
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->records[i].is_row) row_free(&batch->records[i].row);
        rd_kafka_message_destroy(batch->messages[i]);
    }
    batch->count = batch->rejected = batch->bytes = 0;
}

void batch_print(const struct batch *batch, const struct partition *partitions, size_t count)
{
    printf("stored %zu, rejected %zu in one transaction:", batch->count - batch->rejected, batch->rejected);
    for (size_t i = 0; i < count; i++) {
        const struct partition *p = &partitions[i];
        size_t own = 0;
        for (size_t j = 0; j < batch->count; j++) own += batch->records[j].partition == p;
        if (own > 0)
            printf(" %s [%d] %zu to offset %lld;", p->topic->name, p->id, own, (long long)p->next_offset - 1);
    }
    putchar('\n');
    for (size_t i = 0; i < batch->count; i++) {
        const struct record *r = &batch->records[i];
        if (!r->is_row)
            printf("rejected %s [%d] offset %lld: %s\n", r->partition->topic->name, r->partition->id,
                   (long long)r->offset, r->reason);
    }
}

struct partition *partition_of(const rd_kafka_message_t *m, struct partition *partitions, size_t count)
{
    for (size_t i = 0; m->rkt != NULL && i < count; i++)
        if (partitions[i].id == m->partition && strcmp(partitions[i].topic->name, rd_kafka_topic_name(m->rkt)) == 0)
            return &partitions[i];
    return NULL;
}

rd_kafka_topic_partition_list_t *partitions_at_next_offsets(const struct partition *partitions, size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, partitions[i].topic->name, partitions[i].id)->offset =
            partitions[i].next_offset == STORE_NEW ? RD_KAFKA_OFFSET_BEGINNING : partitions[i].next_offset;
    return list;
}

void partitions_print(const struct partition *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct partition *p = &partitions[i];
        printf("%s [%d] from ", p->topic->name, p->id);
        if (p->next_offset == STORE_NEW) printf("its beginning");
        else printf("offset %lld", (long long)p->next_offset);
        printf(", epoch %llu\n", (unsigned long long)p->epoch);
    }
}

void partition_warn_gap(rd_kafka_t *consumer, const struct partition *p)
{
    int64_t oldest, end;
    const char *topic = p->topic->name;
    const long long next = (long long)p->next_offset;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(consumer, topic, p->id, &oldest, &end, BROKER_SECONDS * 1000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        warnx("%s [%d]: Kafka does not have offset %lld, which the database wants next, and does not tell what it "
              "has: %s",
              topic, p->id, next, rd_kafka_err2str(error));
    else if (next < oldest)
        warnx("%s [%d]: the database wants offset %lld next, but Kafka has %lld to %lld (what is between was deleted "
              "before it was stored; to go on without it, set next_offset of that row of kafka_offsets to %lld)",
              topic, p->id, next, (long long)oldest, (long long)end, (long long)oldest);
    else
        warnx("%s [%d]: the database wants offset %lld next, but Kafka has %lld to %lld (the topic was deleted and "
              "made anew; its messages would stand where the old ones do: store them in another database, with -D)",
              topic, p->id, next, (long long)oldest, (long long)end);
}
