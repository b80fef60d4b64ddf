/* positions.h - how far the writers are: the next offset of each partition of a topic, from table kafka_offsets. A
 * partition's rows are stored in the order of their offsets, so the new rows are those from the last position on. */
#ifndef POSITIONS_H
#define POSITIONS_H
#include "topics.h"

#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>

enum { POSITIONS_MAX = 256 }; /* partitions; those of the newest clusters */

struct positions {
    struct position {
        int64_t cluster, partition, next_offset;
    } of[POSITIONS_MAX];
    size_t count;
};

/* Reads the present positions. False: the connection has an error. */
bool positions_read(MYSQL *database, const struct topic *topic, struct positions *positions);

/* The next offset of this partition in `positions`; 0 if it is not there. */
int64_t positions_offset(const struct positions *positions, const struct position *partition);

#endif
