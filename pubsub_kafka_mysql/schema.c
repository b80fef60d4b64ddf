/* schema.c - the CREATE TABLE statements, made from topics.c; the check of tables that another program may have made. */
#include "../common/demo.h"

#include "schema.h"
#include "topics.h"

enum { COLUMNS = SCHEMA_TRACE + FIELDS };

static const char *const own_tables[] = {
    "CREATE TABLE IF NOT EXISTS kafka_clusters (\n"
    "  kafka_cluster INT NOT NULL AUTO_INCREMENT PRIMARY KEY,\n"
    "  id VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE\n"
    ") ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS kafka_offsets (\n"
    "  kafka_cluster INT NOT NULL,\n"
    "  topic VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n"
    "  kafka_partition INT NOT NULL,\n"
    "  next_offset BIGINT NOT NULL,\n"
    "  epoch BIGINT UNSIGNED NOT NULL,\n"
    "  PRIMARY KEY (kafka_cluster, topic, kafka_partition)\n"
    ") ENGINE=InnoDB",
    "CREATE TABLE IF NOT EXISTS rejected_messages (\n"
    "  kafka_cluster INT NOT NULL,\n"
    "  topic VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n"
    "  kafka_partition INT NOT NULL,\n"
    "  kafka_offset BIGINT NOT NULL,\n"
    "  kafka_time DATETIME(3) NOT NULL,\n"
    "  reason VARCHAR(200) NOT NULL,\n"
    "  bytes LONGBLOB,\n"
    "  PRIMARY KEY (kafka_cluster, topic, kafka_partition, kafka_offset)\n"
    ") ENGINE=InnoDB",
};

/* The columns that the programs use. */
static const char *const own_columns[][2] = {
    {"kafka_clusters", "kafka_cluster, id"},
    {"kafka_offsets", "kafka_cluster, topic, kafka_partition, next_offset, epoch"},
    {"rejected_messages", "kafka_cluster, topic, kafka_partition, kafka_offset, kafka_time, reason, bytes"},
};

static size_t topic_table(char *sql, size_t room, const struct topic *topic)
{
    size_t len = (size_t)snprintf(sql, room,
                                  "CREATE TABLE IF NOT EXISTS %s (\n"
                                  "  kafka_cluster INT NOT NULL,\n"
                                  "  kafka_partition INT NOT NULL,\n"
                                  "  kafka_offset BIGINT NOT NULL,\n"
                                  "  kafka_time DATETIME(3) NOT NULL,\n",
                                  topic->name);
    for (int i = 0; i < FIELDS; i++)
        len += (size_t)snprintf(sql + len, room - len, "  %s %s NOT NULL,\n", topic->fields[i].name,
                                field_sql(topic->fields[i].type));
    len += (size_t)snprintf(sql + len, room - len,
                            "  PRIMARY KEY (kafka_cluster, kafka_partition, kafka_offset)\n"
                            ") ENGINE=InnoDB CHARACTER SET utf8mb4");
    return len;
}

void schema_print(FILE *out)
{
    char sql[2048];
    for (size_t i = 0; i < sizeof own_tables / sizeof *own_tables; i++) fprintf(out, "%s;\n", own_tables[i]);
    for (int i = 0; i < TOPICS; i++) {
        topic_table(sql, sizeof sql, &topics[i]);
        fprintf(out, "%s;\n", sql);
    }
}

/* Counts the columns that have the type we use: a table with this name may have existed before. */
static const char *check_table(MYSQL *link, const struct topic *topic, char problem[DATABASE_PROBLEM])
{
    char sql[1024];
    size_t len = (size_t)snprintf(
        sql, sizeof sql,
        "SELECT COUNT(*) FROM information_schema.columns c JOIN information_schema.tables t "
        "USING (table_schema, table_name) WHERE table_schema = DATABASE() AND "
        "table_name = '%s' AND engine = 'InnoDB' AND (column_name, data_type) IN "
        "(('kafka_cluster','int'),('kafka_partition','int'),('kafka_offset','bigint'),('kafka_time','datetime')",
        topic->name);
    for (int i = 0; i < FIELDS; i++) {
        static const char *const types[] = {"varchar", "int", "double", "datetime"};
        len += (size_t)snprintf(sql + len, sizeof sql - len, ",('%s','%s')", topic->fields[i].name,
                                types[topic->fields[i].type]);
    }
    snprintf(sql + len, sizeof sql - len,
             ") AND COALESCE(character_maximum_length, %d) >= %d AND COALESCE(datetime_precision, 3) >= 3 AND "
             "COALESCE(character_set_name, 'utf8mb4') = 'utf8mb4' AND (column_key = 'PRI' OR "
             "column_name NOT IN ('kafka_cluster', 'kafka_partition', 'kafka_offset'))",
             TEXT_CHARACTERS, TEXT_CHARACTERS);
    if (mysql_query(link, sql) != 0) return topic->name;
    MYSQL_RES *found = mysql_store_result(link);
    if (found == NULL) return topic->name;
    int fitting = atoi(mysql_fetch_row(found)[0]);
    mysql_free_result(found);
    if (fitting == COLUMNS) return NULL;
    snprintf(problem, DATABASE_PROBLEM,
             "database: table %s has another shape than ours: %d of its columns fit, of %d (compare it with "
             "pubsub_kafka_mysql/schema.sql; rename it, or choose another database with -D)",
             topic->name, fitting, COLUMNS);
    return topic->name;
}

const char *schema_make(MYSQL *link, char problem[DATABASE_PROBLEM])
{
    char sql[2048];
    for (size_t i = 0; i < sizeof own_tables / sizeof *own_tables; i++)
        if (mysql_query(link, own_tables[i]) != 0) return "create the tables";
    for (size_t i = 0; i < sizeof own_columns / sizeof *own_columns; i++) {
        snprintf(sql, sizeof sql, "SELECT %s FROM %s LIMIT 0", own_columns[i][1], own_columns[i][0]);
        if (mysql_query(link, sql) != 0) return own_columns[i][0];
        mysql_free_result(mysql_store_result(link));
    }
    for (int i = 0; i < TOPICS; i++) {
        topic_table(sql, sizeof sql, &topics[i]);
        if (mysql_query(link, sql) != 0) return topics[i].name;
        const char *wrong = check_table(link, &topics[i], problem);
        if (wrong != NULL) return wrong;
    }
    return NULL;
}
