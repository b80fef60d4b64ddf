/* positions.c - reads table kafka_offsets for kafka_subscriber. */
#include "../common/demo.h"

#include "positions.h"

bool positions_read(MYSQL *database, const struct topic *topic, struct positions *positions)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT kafka_cluster, kafka_partition, next_offset FROM kafka_offsets WHERE topic = '%s' "
             "ORDER BY kafka_cluster DESC, kafka_partition LIMIT %d",
             topic->name, POSITIONS_MAX);
    positions->count = 0;
    MYSQL_RES *found = mysql_query(database, sql) == 0 ? mysql_store_result(database) : NULL;
    if (found == NULL) return false;
    for (MYSQL_ROW row; (row = mysql_fetch_row(found)) != NULL;)
        positions->of[positions->count++] =
            (struct position){.cluster = atoll(row[0]), .partition = atoll(row[1]), .next_offset = atoll(row[2])};
    mysql_free_result(found);
    return true;
}

int64_t positions_offset(const struct positions *positions, const struct position *partition)
{
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *p = &positions->of[i];
        if (p->cluster == partition->cluster && p->partition == partition->partition) return p->next_offset;
    }
    return 0;
}
