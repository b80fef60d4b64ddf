/* store.c - prepared statements of the writer: claim a partition, update its offset, insert many rows with one statement. */
#include "../common/demo.h"

#include "bind.h"
#include "schema.h"
#include "store.h"

enum {
    COLUMNS = SCHEMA_TRACE + FIELDS,
    SIZES = 11,               /* prepared INSERTs of a table: of 1, 2, 4 ... 1024 rows */
    SQL_MAX = 32768,          /* bytes of the longest of them, with room to spare */
    REJECTED_BYTES = 8 << 20, /* kept of a rejected message: less than any server's max_allowed_packet */
};

struct store {
    MYSQL *link;
    int32_t cluster;
    MYSQL_STMT *claim, *read, *update, *reject, *insert[TOPICS][SIZES];
    MYSQL_BIND binds[STORE_BATCH * COLUMNS];
    MYSQL_TIME times[STORE_BATCH * COLUMNS];
    char problem[DATABASE_PROBLEM];
};

const char *store_problem(const struct store *s) { return s->problem; }

static enum store_result result_of(enum database_trouble trouble)
{
    return trouble == DATABASE_AGAIN ? STORE_AGAIN : trouble == DATABASE_AWAY ? STORE_AWAY : STORE_FATAL;
}

/* Rolls the transaction back, and says what to do next. If the rollback fails, the connection is lost, and the server rolls
 * back. */
static enum store_result failed(struct store *s, const char *what, MYSQL_STMT *statement)
{
    enum store_result result =
        result_of(database_problem(s->problem, what, statement ? mysql_stmt_errno(statement) : mysql_errno(s->link),
                                   statement ? mysql_stmt_error(statement) : mysql_error(s->link)));
    if (mysql_rollback(s->link) != 0 && result == STORE_AGAIN) result = STORE_AWAY;
    return result;
}

/* Executes a statement with bound values. Prepares it first, unless an earlier call has. */
static bool execute(struct store *s, MYSQL_STMT **statement, const char *sql, MYSQL_BIND *binds)
{
    if (*statement == NULL) {
        if ((*statement = mysql_stmt_init(s->link)) == NULL) err(DEMO_FAILED, "mysql_stmt_init");
        if (mysql_stmt_prepare(*statement, sql, strlen(sql)) != 0) return false;
    }
    return mysql_stmt_bind_param(*statement, binds) == 0 && mysql_stmt_execute(*statement) == 0;
}

enum store_result store_cluster(struct store *s, const char *id, long *others)
{
    char quoted[512], sql[768];
    mysql_real_escape_string(s->link, quoted, id, strnlen(id, 200));
    snprintf(sql, sizeof sql, "INSERT IGNORE INTO kafka_clusters (id) VALUES ('%s')", quoted);
    if (mysql_query(s->link, sql) != 0) return failed(s, "kafka_clusters", NULL);
    bool known = mysql_affected_rows(s->link) == 0;
    snprintf(sql, sizeof sql,
             "SELECT kafka_cluster, (SELECT COUNT(*) FROM kafka_clusters) - 1 FROM kafka_clusters WHERE id = '%s'",
             quoted);
    if (mysql_query(s->link, sql) != 0) return failed(s, "kafka_clusters", NULL);
    MYSQL_RES *found = mysql_store_result(s->link);
    MYSQL_ROW row = found ? mysql_fetch_row(found) : NULL;
    if (row != NULL) {
        s->cluster = atoi(row[0]);
        *others = known ? -1 : atol(row[1]);
    }
    mysql_free_result(found);
    if (row == NULL || mysql_commit(s->link) != 0) return failed(s, "kafka_clusters", NULL);
    return STORE_DONE;
}

enum store_result store_claim(struct store *s, struct partition *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct partition *partition = &partitions[i];
        const int64_t new = STORE_NEW;
        MYSQL_BIND key[] = {bind_i32(&s->cluster), bind_text(partition->topic->name, strlen(partition->topic->name)),
                            bind_i32(&partition->id), bind_i64(&new)};
        if (!execute(s, &s->claim,
                     "INSERT INTO kafka_offsets (kafka_cluster, topic, kafka_partition, next_offset, epoch) "
                     "VALUES (?, ?, ?, ?, 1) ON DUPLICATE KEY UPDATE epoch = epoch + 1",
                     key))
            return failed(s, "claim a partition", s->claim);
        if (!execute(s, &s->read,
                     "SELECT next_offset, epoch FROM kafka_offsets "
                     "WHERE kafka_cluster = ? AND topic = ? AND kafka_partition = ? FOR UPDATE",
                     key))
            return failed(s, "read an offset", s->read);
        MYSQL_BIND result[] = {bind_i64(&partition->next_offset), bind_u64(&partition->epoch)};
        bool got = mysql_stmt_bind_result(s->read, result) == 0 && mysql_stmt_fetch(s->read) == 0;
        if (!got || mysql_stmt_free_result(s->read) != 0) return failed(s, "read an offset", s->read);
        partition->batch_end = partition->next_offset;
    }
    return mysql_commit(s->link) == 0 ? STORE_DONE : failed(s, "commit the claims", NULL);
}

/* Moves the offset of a partition to the end of the batch: a compare-and-set on epoch and offset. The row stays locked until
 * the commit. */
static enum store_result update_offset(struct store *s, const struct partition *partition)
{
    MYSQL_BIND values[] = {bind_i64(&partition->batch_end),
                           bind_i32(&s->cluster),
                           bind_text(partition->topic->name, strlen(partition->topic->name)),
                           bind_i32(&partition->id),
                           bind_u64(&partition->epoch),
                           bind_i64(&partition->next_offset)};
    if (!execute(s, &s->update,
                 "UPDATE kafka_offsets SET next_offset = ? "
                 "WHERE kafka_cluster = ? AND topic = ? AND kafka_partition = ? AND epoch = ? AND next_offset = ?",
                 values))
        return failed(s, "update an offset", s->update);
    if (mysql_stmt_affected_rows(s->update) == 1) return STORE_DONE;
    mysql_rollback(s->link);
    snprintf(s->problem, sizeof s->problem, "%s [%d]: another writer took this partition over (ours was epoch %llu)",
             partition->topic->name, partition->id, (unsigned long long)partition->epoch);
    return STORE_FENCED;
}

/* Inserts `count` rows of one topic, a power of two, with one statement. */
static enum store_result insert_rows(struct store *s, const struct record *const *rows, size_t count, int size)
{
    const struct topic *topic = rows[0]->row.topic;
    for (size_t r = 0; r < count; r++) {
        MYSQL_BIND *bind = &s->binds[r * COLUMNS];
        MYSQL_TIME *time = &s->times[r * COLUMNS];
        *bind++ = bind_i32(&s->cluster);
        *bind++ = bind_i32(&rows[r]->partition->id);
        *bind++ = bind_i64(&rows[r]->offset);
        *bind++ = bind_time_ms(rows[r]->time_ms, time);
        for (int i = 0; i < FIELDS; i++)
            *bind++ = bind_field(topic->fields[i].type, &rows[r]->row.values[i], time + 1 + i);
    }
    MYSQL_STMT **statement = &s->insert[topic - topics][size];
    char sql[SQL_MAX];
    if (*statement == NULL) {
        size_t len = (size_t)snprintf(
            sql, sizeof sql, "INSERT INTO %s (kafka_cluster, kafka_partition, kafka_offset, kafka_time", topic->name);
        for (int i = 0; i < FIELDS; i++)
            len += (size_t)snprintf(sql + len, sizeof sql - len, ", %s", topic->fields[i].name);
        for (size_t r = 0; r < count; r++)
            len +=
                (size_t)snprintf(sql + len, sizeof sql - len, "%s(?,?,?,?,?,?,?,?,?,?)", r == 0 ? ") VALUES " : ",");
    }
    return execute(s, statement, sql, s->binds) ? STORE_DONE : failed(s, topic->name, *statement);
}

/* Inserts all rows of one topic. Every count is a sum of powers of two, so eleven prepared statements suffice. */
static enum store_result insert_topic(struct store *s, const struct topic *topic, const struct record *records,
                                      size_t count)
{
    const struct record *rows[STORE_BATCH];
    size_t left = 0, done = 0;
    for (size_t i = 0; i < count; i++)
        if (records[i].is_row && records[i].row.topic == topic) rows[left++] = &records[i];
    for (int size = SIZES - 1; left > 0; size--) {
        const size_t chunk = (size_t)1 << size;
        if (left < chunk) continue;
        enum store_result result = insert_rows(s, rows + done, chunk, size);
        if (result != STORE_DONE) return result;
        done += chunk;
        left -= chunk;
    }
    return STORE_DONE;
}

static enum store_result insert_rejected(struct store *s, const struct record *e)
{
    char reason[ROW_REASON + 32];
    size_t kept = e->len < REJECTED_BYTES ? e->len : REJECTED_BYTES;
    snprintf(reason, sizeof reason, kept < e->len ? "%s (cut, of %zu bytes)" : "%s", e->reason, e->len);
    const char *topic = e->partition->topic->name;
    MYSQL_TIME time;
    MYSQL_BIND values[] = {bind_i32(&s->cluster),           bind_text(topic, strlen(topic)),
                           bind_i32(&e->partition->id),     bind_i64(&e->offset),
                           bind_time_ms(e->time_ms, &time), bind_text(reason, strlen(reason)),
                           bind_bytes(e->bytes, kept)};
    const char *sql =
        "INSERT INTO rejected_messages (kafka_cluster, topic, kafka_partition, kafka_offset, kafka_time, "
        "reason, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)";
    return execute(s, &s->reject, sql, values) ? STORE_DONE : failed(s, "rejected_messages", s->reject);
}

enum store_result store_update_offsets(struct store *s, const struct partition *partitions, size_t count)
{
    enum store_result result = STORE_DONE;
    for (size_t i = 0; i < count && result == STORE_DONE; i++)
        if (partitions[i].batch_end != partitions[i].next_offset) result = update_offset(s, &partitions[i]);
    return result;
}

enum store_result store_insert(struct store *s, const struct record *records, size_t count)
{
    enum store_result result = STORE_DONE;
    for (int i = 0; i < TOPICS && result == STORE_DONE; i++) result = insert_topic(s, &topics[i], records, count);
    for (size_t i = 0; i < count && result == STORE_DONE; i++)
        if (!records[i].is_row) result = insert_rejected(s, &records[i]);
    return result;
}

enum store_result store_commit(struct store *s, struct partition *partitions, size_t count)
{
    if (mysql_commit(s->link) != 0) return failed(s, "commit", NULL);
    for (size_t i = 0; i < count; i++) partitions[i].next_offset = partitions[i].batch_end;
    return STORE_DONE;
}

enum store_result store_ping(struct store *s)
{
    return mysql_ping(s->link) == 0 ? STORE_DONE : failed(s, "ping", NULL);
}

struct store *store_open(const struct database_options *options, enum store_result *result,
                         char problem[DATABASE_PROBLEM])
{
    enum database_trouble trouble;
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL) err(DEMO_FAILED, "store");
    if ((s->link = database_connect(options, true, &trouble, problem)) == NULL) {
        *result = result_of(trouble);
        free(s);
        return NULL;
    }
    const char *wrong = schema_make(s->link, s->problem);
    *result = wrong == NULL ? STORE_DONE : mysql_errno(s->link) != 0 ? failed(s, wrong, NULL) : STORE_FATAL;
    if (*result == STORE_DONE && mysql_autocommit(s->link, 0) != 0) *result = failed(s, "begin a transaction", NULL);
    if (*result == STORE_DONE) return s;
    memcpy(problem, s->problem, sizeof s->problem);
    store_close(s);
    return NULL;
}

void store_close(struct store *s)
{
    if (s->claim != NULL) mysql_stmt_close(s->claim);
    if (s->read != NULL) mysql_stmt_close(s->read);
    if (s->update != NULL) mysql_stmt_close(s->update);
    if (s->reject != NULL) mysql_stmt_close(s->reject);
    for (int i = 0; i < TOPICS * SIZES; i++)
        if (s->insert[i / SIZES][i % SIZES] != NULL) mysql_stmt_close(s->insert[i / SIZES][i % SIZES]);
    mysql_close(s->link);
    free(s);
}
