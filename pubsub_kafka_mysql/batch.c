#include "../common/demo.h"

#include "batch.h"
#include "broker.h"

void batch_add(struct batch *batch, struct share *share, rd_kafka_message_t *m)
{
    struct entry *entry = &batch->entries[batch->count];
    entry->share = share;
    entry->offset = m->offset;
    entry->time_ms = rd_kafka_message_timestamp(m, NULL);
    entry->bytes = m->payload;
    entry->len = m->len;
    entry->is_row = row_read(&entry->row, share->topic, m->payload, m->len, entry->reason);
    batch->messages[batch->count++] = m;
    batch->bytes += m->len;
    share->after = m->offset + 1;
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->entries[i].is_row) row_free(&batch->entries[i].row);
        rd_kafka_message_destroy(batch->messages[i]);
    }
    batch->count = batch->bytes = 0;
}

void batch_print(const struct batch *batch, const struct share *shares, size_t share_count)
{
    size_t rejected = 0;
    for (size_t i = 0; i < batch->count; i++) rejected += !batch->entries[i].is_row;
    printf("stored %zu, rejected %zu in one transaction:", batch->count - rejected, rejected);
    for (size_t i = 0; i < share_count; i++) {
        size_t own = 0;
        for (size_t j = 0; j < batch->count; j++) own += batch->entries[j].share == &shares[i];
        if (own > 0)
            printf(" %s [%d] %zu to offset %lld;", shares[i].topic->name, shares[i].partition, own,
                   (long long)shares[i].next - 1);
    }
    printf("\n");
    for (size_t i = 0; i < batch->count; i++) {
        const struct entry *e = &batch->entries[i];
        if (!e->is_row)
            printf("rejected %s [%d] offset %lld: %s\n", e->share->topic->name, e->share->partition,
                   (long long)e->offset, e->reason);
    }
}

struct share *share_of(const rd_kafka_message_t *m, struct share *shares, size_t count)
{
    for (size_t i = 0; m->rkt != NULL && i < count; i++)
        if (shares[i].partition == m->partition && strcmp(shares[i].topic->name, rd_kafka_topic_name(m->rkt)) == 0)
            return &shares[i];
    return NULL;
}

void shares_print(const struct share *shares, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct share *s = &shares[i];
        printf("%s [%d] from ", s->topic->name, s->partition);
        if (s->next == STORE_NEW) printf("its beginning");
        else printf("offset %lld", (long long)s->next);
        printf(", epoch %llu\n", (unsigned long long)s->epoch);
    }
}

void batch_explain_gap(rd_kafka_t *kafka, const rd_kafka_message_t *m, struct share *shares, size_t count)
{
    int64_t low, high;
    const struct share *share = share_of(m, shares, count);
    if (share == NULL) return;
    const char *topic = share->topic->name;
    rd_kafka_resp_err_t error =
        rd_kafka_query_watermark_offsets(kafka, topic, m->partition, &low, &high, BROKER_SECONDS * 1000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        warnx(
            "%s [%d]: Kafka does not have offset %lld, which the database wants next, and does not tell what it has: %s",
            topic, m->partition, (long long)share->next, rd_kafka_err2str(error));
    else if (share->next < low)
        warnx(
            "%s [%d]: the database wants offset %lld next, but Kafka has %lld to %lld (what is between was deleted before "
            "it was stored; to go on without it, set next_offset of that row of kafka_offsets to %lld)",
            topic, m->partition, (long long)share->next, (long long)low, (long long)high, (long long)low);
    else
        warnx(
            "%s [%d]: the database wants offset %lld next, but Kafka has %lld to %lld (the topic was deleted and made anew; "
            "its messages would stand where the old ones do: store them in another database, with -D)",
            topic, m->partition, (long long)share->next, (long long)low, (long long)high);
}
