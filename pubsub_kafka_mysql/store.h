/* store.h - the database's side of exactly once: a batch of rows and the offsets that follow it are one transaction.
 *
 * Table kafka_offsets holds, for each partition, the offset of the first record that is not stored yet, and an epoch. A
 * writer that is assigned a partition claims it: one transaction raises the epoch by one and reads the offset. A writer
 * that stores rows moves the offset on in the same transaction, and only if the epoch is still its own. So the
 * transaction of a writer that was wrongly taken for dead is refused, and nothing of it stays: that writer is fenced. */
#ifndef STORE_H
#define STORE_H
#include "database.h"
#include "rows.h"

enum { STORE_BATCH = 1024 }; /* the most records of a transaction */

#define STORE_NEW (-1) /* the next offset of a partition of which nothing is stored yet: begin at its oldest record */

/* A partition that the group assigned to this writer. */
struct partition {
    const struct topic *topic;
    int32_t id;
    uint64_t epoch;
    int64_t next_offset; /* of the first record that is not in the database, or STORE_NEW */
    int64_t batch_end;   /* the same, once the batch in memory is stored */
};

/* A record of Kafka in memory: a row, or bytes and the reason why they are no row. */
struct record {
    const struct partition *partition;
    int64_t offset, time_ms; /* `time_ms`: published, since 1970, as the producer or the broker says */
    bool is_row;
    struct row row;
    const void *bytes; /* NULL in a tombstone */
    size_t len;
    char reason[ROW_REASON];
};

enum store_result {
    STORE_DONE,
    STORE_AGAIN,  /* rolled back; the same may succeed at once */
    STORE_AWAY,   /* the database cannot be used now; wait for it */
    STORE_FATAL,  /* it will not change by itself */
    STORE_FENCED, /* rolled back; another writer has claimed a partition */
};

struct store;

/* Connects, and makes or checks the tables. NULL: see `result` and `problem`. */
struct store *store_open(const struct database_options *options, enum store_result *result,
                         char problem[DATABASE_PROBLEM]);
void store_close(struct store *store);

/* Chooses the Kafka cluster that the following calls are about. Column kafka_cluster tells the rows of clusters apart.
 * `others`: how many other clusters the database knows, or -1 if it knew this one. */
enum store_result store_cluster(struct store *store, const char *id, long *others);

/* Claims partitions: sets epoch, next_offset and batch_end of each. */
enum store_result store_claim(struct store *store, struct partition *partitions, size_t count);

/* Stores a batch: these three calls, in this order, are one transaction, all of it or nothing. The first statement begins it.
 * After a call that does not return STORE_DONE it is rolled back, and the next ones must not follow. Only a COMMIT whose answer
 * was lost may have been done: the offset in the database tells. */

/* Moves the offset of each partition from next_offset to batch_end, if the epoch is still ours. This comes first, so that a
 * fenced writer sends no row. */
enum store_result store_update_offsets(struct store *store, const struct partition *partitions, size_t count);

/* Inserts the rows into the tables of their topics, and the others into rejected_messages. */
enum store_result store_insert(struct store *store, const struct record *records, size_t count);

/* Commits. Then next_offset of each partition is its batch_end. */
enum store_result store_commit(struct store *store, struct partition *partitions, size_t count);

/* Keeps the session alive: the database ends sessions that are silent for 15 s (database.c). */
enum store_result store_ping(struct store *store);

/* Why the last call failed. */
const char *store_problem(const struct store *store);

#endif
