#include "../common/demo.h"

#include "database.h"
#include "questions.h"

enum {
    REJECTED_SHOWN = 60,
};

/* ------------------------------------------------------------------------------------------ From words to a question */

static const struct field *column_named(const struct topic *topic, const char *name)
{
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(topic->fields[i].name, name) == 0) return &topic->fields[i];
    return NULL;
}

static bool read_column(struct question *q, const char *name, char *reason)
{
    if ((q->column = column_named(q->topic, name)) != NULL) return true;
    int len = snprintf(reason, QUESTION_REASON, "%.40s: no column of %s; there are:", name, q->topic->name);
    for (int i = 0; i < FIELDS; i++)
        len += snprintf(reason + len, QUESTION_REASON - (size_t)len, " %s", q->topic->fields[i].name);
    return false;
}

static bool read_limit(struct question *q, const char *text, char *reason)
{
    char *end;
    q->limit = strtol(text, &end, 10);
    if (end != text && !*end && q->limit >= 1 && q->limit <= QUESTION_MOST) return true;
    snprintf(reason, QUESTION_REASON, "%.40s: expected a number of rows from 1 to %d", text, QUESTION_MOST);
    return false;
}

static bool read_filter(struct question *q, char **words, char *reason)
{
    static const char *const ops[][2] = {{"=", "="},   {"!=", "<>"},       {"<>", "<>"},
                                         {"<", "<"},   {"<=", "<="},       {">", ">"},
                                         {">=", ">="}, {"contiene", NULL}, {"contains", NULL}};
    if (!read_column(q, words[1], reason)) return false;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(words[2], ops[i][0]) != 0) continue;
        q->op = ops[i][1];
        q->value = words[3];
        char *end;
        strtod(q->value, &end);
        if (q->op == NULL || q->column->type == FIELD_TEXT || q->column->type == FIELD_MOMENT || (*q->value && !*end))
            return true;
        snprintf(reason, QUESTION_REASON, "%.40s: %s is compared with a number", q->value, q->column->name);
        return false;
    }
    snprintf(reason, QUESTION_REASON, "%.40s: expected one of = != < <= > >= contiene", words[2]);
    return false;
}

bool question_read(struct question *q, size_t count, char **words, char reason[QUESTION_REASON])
{
    static const struct {
        const char *spanish, *english;
        enum question_kind kind;
        size_t least, most; /* words after the first */
    } verbs[] = {
        {"tablas", "tables", QUESTION_TABLES, 0, 0},         {"usar", "use", QUESTION_USE, 1, 1},
        {"ultimos", "last", QUESTION_LAST_ROWS, 0, 1},       {"filtrar", "filter", QUESTION_FILTER, 3, 3},
        {"resumen", "summary", QUESTION_SUMMARY, 0, 1},      {"seguir", "follow", QUESTION_FOLLOW, 0, 0},
        {"rechazados", "rejected", QUESTION_REJECTED, 0, 1}, {"ayuda", "help", QUESTION_HELP, 0, 0},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(words[0], verbs[i].spanish) != 0 && strcmp(words[0], verbs[i].english) != 0) continue;
        if (count - 1 < verbs[i].least || count - 1 > verbs[i].most) {
            snprintf(reason, QUESTION_REASON, "%s takes %zu%s%s (a value with blanks goes into quotes)",
                     verbs[i].spanish, verbs[i].least, verbs[i].most > verbs[i].least ? " or 1" : "",
                     verbs[i].most == 1 ? " word" : " words");
            return false;
        }
        q->kind = verbs[i].kind;
        q->column = NULL;
        q->limit = QUESTION_LAST;
        q->seen_count = 0;
        if (q->kind == QUESTION_FILTER) return read_filter(q, words, reason);
        if (count == 1) return true;
        if (q->kind == QUESTION_SUMMARY) return read_column(q, words[1], reason);
        if (q->kind != QUESTION_USE) return read_limit(q, words[1], reason);
        const struct topic *topic = topic_named(words[1]);
        if (topic == NULL)
            snprintf(reason, QUESTION_REASON, "%.40s: no such table; there are: %s %s %s %s", words[1],
                     topics[0].name, topics[1].name, topics[2].name, topics[3].name);
        else q->topic = topic;
        return topic != NULL;
    }
    snprintf(reason, QUESTION_REASON, "%.40s: not a question", words[0]);
    return false;
}

/* --------------------------------------------------------------------------------------- From a question to statements */

/* The statements are written as files in memory. What stands in them are our own names, and numbers. */

static void put_columns(FILE *sql, const struct topic *topic)
{
    for (int i = 0; i < FIELDS; i++) fprintf(sql, "%s%s", i > 0 ? ", " : "", topic->fields[i].name);
}

static bool is_number(const struct field *field) { return field->type == FIELD_INT || field->type == FIELD_NUMBER; }

static void ask_tables(FILE *sql)
{
    for (int i = 0; i < TOPICS; i++)
        fprintf(
            sql,
            "%sSELECT '%s' AS tabla, COUNT(*) AS filas, (SELECT COUNT(*) FROM rejected_messages WHERE topic = '%s') "
            "AS rechazados FROM %s",
            i > 0 ? " UNION ALL " : "", topics[i].name, topics[i].name, topics[i].name);
}

static void ask_summary(FILE *sql, const struct question *q)
{
    if (q->column != NULL) {
        fprintf(sql, "SELECT %s, COUNT(*) AS filas FROM %s GROUP BY %s ORDER BY filas DESC, %s LIMIT 20",
                q->column->name, q->topic->name, q->column->name, q->column->name);
        return;
    }
    const char *separator = "";
    for (int i = 0; i < FIELDS; i++) {
        const char *name = q->topic->fields[i].name;
        if (!is_number(&q->topic->fields[i])) continue;
        fprintf(sql,
                "%sSELECT '%s' AS columna, COUNT(%s) AS filas, ROUND(AVG(%s), 2) AS media, "
                "ROUND(STDDEV_SAMP(%s), 2) AS desviacion, MIN(%s) AS minimo, MAX(%s) AS maximo FROM %s",
                separator, name, name, name, name, name, name, q->topic->name);
        separator = " UNION ALL ";
    }
}

static void ask_filter(FILE *sql, const struct question *q)
{
    fputs("SELECT ", sql);
    put_columns(sql, q->topic);
    fprintf(sql, " FROM %s WHERE ", q->topic->name);
    if (q->op != NULL) fprintf(sql, "%s %s ?", q->column->name, q->op);
    else fprintf(sql, "LOCATE(?, %s) > 0", q->column->name); /* not LIKE: % and _ are characters like any other */
    fprintf(sql, " LIMIT %d", QUESTION_MOST);
}

static void ask_rejected(FILE *sql, const struct question *q)
{
    fprintf(sql,
            "SELECT topic, kafka_partition AS particion, kafka_offset, reason AS motivo, LENGTH(bytes) AS bytes, "
            "LEFT(bytes, %d) AS comienzo FROM rejected_messages ORDER BY kafka_time DESC, kafka_offset DESC LIMIT "
            "%lld",
            REJECTED_SHOWN, (long long)q->limit);
}

/* Reads where the writers are: a partition's rows are stored in the order of their offsets, so that "new" is whatever
 * stands at or above the offset seen last. No number of the whole table grows like that: transactions overlap. */
static bool positions(MYSQL *link, const struct topic *topic, struct seen *now, size_t *count, char *problem)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT kafka_cluster, kafka_partition, next_offset FROM kafka_offsets WHERE topic = '%s' "
             "ORDER BY kafka_cluster DESC, kafka_partition LIMIT %d",
             topic->name, QUESTION_PARTITIONS);
    MYSQL_RES *found = mysql_query(link, sql) == 0 ? mysql_store_result(link) : NULL;
    if (found == NULL) {
        database_problem(problem, "kafka_offsets", mysql_errno(link), mysql_error(link));
        return false;
    }
    *count = 0;
    for (MYSQL_ROW row; (row = mysql_fetch_row(found)) != NULL;)
        now[(*count)++] = (struct seen){.cluster = atoll(row[0]), .partition = atoll(row[1]), .next = atoll(row[2])};
    mysql_free_result(found);
    return true;
}

/* The rows of some stretch of each partition, all together in the order of their publishing. Few rows are touched, however
 * long the table is: each stretch is a range of the primary key. False: there is none. */
static bool ask_stretches(FILE *sql, const struct question *q, const struct seen *now, size_t count)
{
    const char *separator = "";
    fputs("SELECT ", sql);
    put_columns(sql, q->topic);
    fputs(" FROM (SELECT * FROM (", sql);
    for (size_t i = 0; i < count; i++) {
        int64_t from = 0;
        for (size_t j = 0; j < q->seen_count; j++)
            if (q->seen[j].cluster == now[i].cluster && q->seen[j].partition == now[i].partition)
                from = q->seen[j].next;
        if (from >= now[i].next) continue;
        fprintf(
            sql,
            "%s(SELECT * FROM %s WHERE kafka_cluster = %lld AND kafka_partition = %lld AND kafka_offset >= %lld AND "
            "kafka_offset < %lld ORDER BY kafka_offset DESC LIMIT %lld)",
            separator, q->topic->name, (long long)now[i].cluster, (long long)now[i].partition, (long long)from,
            (long long)now[i].next, (long long)q->limit);
        separator = " UNION ALL ";
    }
    fprintf(sql,
            ") stretches ORDER BY kafka_time DESC, kafka_offset DESC LIMIT %lld) newest ORDER BY kafka_time, "
            "kafka_offset",
            (long long)q->limit);
    return *separator != '\0';
}

bool question_run(MYSQL *link, struct question *q, FILE *out, char *problem)
{
    char *text = NULL;
    size_t size;
    bool fine = true, some = true;
    struct seen now[QUESTION_PARTITIONS];
    size_t now_count = 0;
    MYSQL_BIND value = {0};
    double number;
    FILE *sql = open_memstream(&text, &size);
    if (sql == NULL) err(DEMO_FAILED, "a question");

    switch (q->kind) {
    case QUESTION_TABLES: ask_tables(sql); break;
    case QUESTION_SUMMARY: ask_summary(sql, q); break;
    case QUESTION_REJECTED: ask_rejected(sql, q); break;
    case QUESTION_FILTER:
        ask_filter(sql, q);
        number = strtod(q->value, NULL);
        value = is_number(q->column) && q->op != NULL
                    ? (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &number}
                    : (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                                   .buffer = (void *)q->value,
                                   .buffer_length = strlen(q->value)};
        break;
    case QUESTION_LAST_ROWS:
    case QUESTION_FOLLOW:
        fine = positions(link, q->topic, now, &now_count, problem);
        some = fine && ask_stretches(sql, q, now, now_count);
        break;
    case QUESTION_USE: some = false; break;
    case QUESTION_HELP:
        fputs(QUESTIONS_HELP, out);
        some = false;
        break;
    }
    fclose(sql);
    struct answer answer = {
        .out = out, .format = q->format, .headed = q->kind == QUESTION_FOLLOW && q->seen_count > 0};
    if (fine && some) fine = answer_ask(link, &answer, text, &value, problem);
    if (answer.rows == QUESTION_MOST) warnx("only %d rows: there may be more (filtrar narrows it)", QUESTION_MOST);
    if (answer.table != NULL) {
        table_print(answer.table, out);
        table_free(answer.table);
    }
    if (fine && q->kind == QUESTION_FOLLOW) {
        memcpy(q->seen, now, now_count * sizeof *now);
        q->seen_count = now_count;
        q->limit = QUESTION_MOST;
    }
    free(text);
    return fine;
}
