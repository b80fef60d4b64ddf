/* store.h - the database's side of exactly once: each batch of rows and the offsets that follow it are one transaction.
 *
 * kafka_offsets holds, for every partition, the offset of the first message that is not stored yet, and an epoch. Whoever
 * gets a partition claims it: the epoch goes up by one and the offset is read, in one transaction. Whoever stores rows
 * moves the offset on in the same transaction, and only if the epoch is still its own; so a writer that was taken for dead
 * finds its transaction refused, and nothing of it stays. */
#ifndef STORE_H
#define STORE_H
#include "database.h"
#include "rows.h"

enum { STORE_BATCH = 1024 }; /* the most rows of a transaction */

/* A partition that is ours, for the time being. */
struct share {
    const struct topic *topic;
    int32_t partition;
    uint64_t epoch;
    int64_t next;  /* offset of the first message that is not in the database; STORE_NEW before the first */
    int64_t after; /* the same, when the batch in hand is stored; `next` if nothing of it is in hand */
};
#define STORE_NEW (-1)

/* A message in hand: a row, or what Kafka brought and the reason why it is none. */
struct entry {
    const struct share *share;
    int64_t offset, time_ms; /* since 1970: when it was published, as its producer or the broker says */
    bool is_row;
    struct row row;
    const void *bytes; /* NULL in a tombstone */
    size_t len;
    char reason[ROW_REASON];
};

enum store_result { STORE_DONE, STORE_AGAIN, STORE_AWAY, STORE_FATAL, STORE_FENCED };

struct store;

/* Connects, makes or checks the tables. NULL: the reason stands in `result` and `problem`. */
struct store *store_open(const struct database_options *options, enum store_result *result,
                         char problem[DATABASE_PROBLEM]);
void store_close(struct store *store);

/* From now on all is about the Kafka cluster of this id. `others`: how many other clusters the database knows, or -1 if
 * this one was known. Messages of different clusters are told apart by their column kafka_cluster. */
enum store_result store_cluster(struct store *store, const char *id, long *others);

/* Makes the partitions ours: sets epoch and next of each. */
enum store_result store_claim(struct store *store, struct share *shares, size_t count);

/* Stores the batch and moves `next` of the shares on to `after`, all of it or nothing. */
enum store_result store_batch(struct store *store, struct share *shares, size_t share_count,
                              const struct entry *entries, size_t count);

/* A sign of life: the database cuts off who is silent for long (database.c), or has gone itself. */
enum store_result store_ping(struct store *store);

/* Why the last call failed. */
const char *store_problem(const struct store *store);

#endif
