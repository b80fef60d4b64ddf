/* statement.c - one SQL statement for each kind of query. */
#include "../common/demo.h"

#include "bind.h"
#include "statement.h"

enum { REJECTED_SHOWN = 60, SUMMARY_ROWS = 20 }; /* bytes of a rejected message; values of a column */

static bool is_number(const struct field *field) { return field->type == FIELD_INT || field->type == FIELD_NUMBER; }

static void write_columns(FILE *sql, const struct topic *topic)
{
    for (int i = 0; i < FIELDS; i++) fprintf(sql, "%s%s", i > 0 ? ", " : "", topic->fields[i].name);
}

static void write_tables(FILE *sql)
{
    for (int i = 0; i < TOPICS; i++)
        fprintf(
            sql,
            "%sSELECT '%s' AS tabla, COUNT(*) AS filas, (SELECT COUNT(*) FROM rejected_messages WHERE topic = '%s') "
            "AS rechazados FROM %s",
            i > 0 ? " UNION ALL " : "", topics[i].name, topics[i].name, topics[i].name);
}

/* How often each value occurs. Two texts are one value only if their bytes are equal. */
static void write_counts(FILE *sql, const struct query *q)
{
    const char *name = q->column->name;
    fprintf(sql, "SELECT %s, COUNT(*) AS filas FROM %s GROUP BY ", name, q->topic->name);
    fprintf(sql, q->column->type == FIELD_TEXT ? "CAST(%s AS BINARY)" : "%s", name);
    fprintf(sql, " ORDER BY filas DESC, %s LIMIT %d", name, SUMMARY_ROWS);
}

/* Rounds to two decimals. Not above 1e15: the server cuts a rounded double to 17 digits, so 1e308 would be 1e17. */
static void write_rounded(FILE *sql, const char *function, const char *column, const char *name)
{
    fprintf(sql, "IF(ABS(%s(%s + 0e0)) < 1e15, ROUND(%s(%s + 0e0), 2), %s(%s + 0e0)) AS %s, ", function, column,
            function, column, function, column, name);
}

static void write_summary(FILE *sql, const struct topic *topic)
{
    const char *separator = "";
    for (int i = 0; i < FIELDS; i++) {
        const char *name = topic->fields[i].name;
        if (!is_number(&topic->fields[i])) continue;
        fprintf(sql, "%sSELECT '%s' AS columna, COUNT(%s) AS filas, ", separator, name, name);
        write_rounded(sql, "AVG", name, "media");
        write_rounded(sql, "STDDEV_SAMP", name, "desviacion");
        fprintf(sql, "MIN(%s) AS minimo, MAX(%s) AS maximo FROM %s", name, name, topic->name);
        separator = " UNION ALL ";
    }
}

/* The database compares texts by its collation: cafe = CAFÉ, and all emoji are equal. So = and != compare bytes. */
static void write_filter(FILE *sql, const struct query *q)
{
    static const char *const operators[] = {
        [OP_EQUAL] = "=",   [OP_NOT_EQUAL] = "<>", [OP_LESS] = "<",   [OP_AT_MOST] = "<=",
        [OP_GREATER] = ">", [OP_AT_LEAST] = ">=",  [OP_SIMILAR] = "="};
    const char *name = q->column->name;
    fputs("SELECT ", sql);
    write_columns(sql, q->topic);
    fprintf(sql, " FROM %s WHERE ", q->topic->name);
    if (q->op == OP_CONTAINS) fprintf(sql, "LOCATE(?, %s) > 0", name); /* LIKE would read % and _ in the value */
    else if (q->column->type == FIELD_TEXT && (q->op == OP_EQUAL || q->op == OP_NOT_EQUAL))
        fprintf(sql, "CAST(%s AS BINARY) %s CAST(? AS BINARY)", name, operators[q->op]);
    else fprintf(sql, "%s %s ?", name, operators[q->op]);
    fprintf(sql, " LIMIT %d", QUERY_ROWS_MAX);
}

static void write_rejected(FILE *sql, const struct query *q)
{
    fprintf(sql,
            "SELECT topic, kafka_partition AS particion, kafka_offset, reason AS motivo, LENGTH(bytes) AS bytes, "
            "LEFT(bytes, %d) AS comienzo FROM rejected_messages ORDER BY kafka_time DESC, kafka_offset DESC LIMIT "
            "%lld",
            REJECTED_SHOWN, (long long)q->limit);
}

/* The rows of a range of offsets of each partition, all together in the order in which they were published. The server
 * reads few rows, however long the table is: each range is one of the primary key. False: all ranges are empty, and seguir
 * has nothing to ask. ultimos asks for no row, to print the names of the columns. */
static bool write_ranges(FILE *sql, const struct query *q, const struct positions *from, const struct positions *to)
{
    const char *separator = "";
    fputs("SELECT ", sql);
    write_columns(sql, q->topic);
    fputs(" FROM (SELECT * FROM (", sql);
    for (size_t i = 0; i < to->count; i++) {
        const struct position *p = &to->of[i];
        const int64_t begin = positions_offset(from, p);
        if (begin >= p->next_offset) continue;
        fprintf(sql,
                "%s(SELECT * FROM %s WHERE kafka_cluster = %lld AND kafka_partition = %lld AND kafka_offset >= %lld "
                "AND kafka_offset < %lld ORDER BY kafka_offset DESC LIMIT %lld)",
                separator, q->topic->name, (long long)p->cluster, (long long)p->partition, (long long)begin,
                (long long)p->next_offset, (long long)q->limit);
        separator = " UNION ALL ";
    }
    const bool any = *separator != '\0';
    if (!any) fprintf(sql, "SELECT * FROM %s LIMIT 0", q->topic->name);
    fprintf(sql,
            ") ranges ORDER BY kafka_time DESC, kafka_offset DESC LIMIT %lld) newest ORDER BY kafka_time, "
            "kafka_offset",
            (long long)q->limit);
    return any || q->kind == QUERY_LAST;
}

void statement_write(struct statement *s, const struct query *q, const struct positions *from,
                     const struct positions *to)
{
    size_t size;
    bool any = true;
    *s = (struct statement){0};
    FILE *sql = open_memstream(&s->sql, &size);
    if (sql == NULL) err(DEMO_FAILED, "a statement");
    switch (q->kind) {
    case QUERY_TABLES: write_tables(sql); break;
    case QUERY_REJECTED: write_rejected(sql, q); break;
    case QUERY_SUMMARY: q->column != NULL ? write_counts(sql, q) : write_summary(sql, q->topic); break;
    case QUERY_LAST:
    case QUERY_FOLLOW: any = write_ranges(sql, q, from, to); break;
    case QUERY_FILTER:
        write_filter(sql, q);
        s->number = strtod(q->value, NULL);
        s->parameters[0] = is_number(q->column) && q->op != OP_CONTAINS ? bind_double(&s->number)
                                                                        : bind_text(q->value, strlen(q->value));
        break;
    default: any = false;
    }
    fclose(sql);
    if (any) return;
    free(s->sql);
    s->sql = NULL;
}
