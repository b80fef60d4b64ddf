/* result_set.c - the columns of a prepared statement, and the three formats of kafka_subscriber. */
#include "../common/demo.h"

#include "result_set.h"

#include <jansson.h>
#include <math.h>

enum { DECIMALS_FLOATING = 31 }; /* MySQL: a double without a fixed number of decimals */

bool result_set_begin(struct result_set *set, MYSQL_STMT *statement)
{
    MYSQL_BIND results[RESULT_COLUMNS] = {0};
    MYSQL_RES *meta = mysql_stmt_result_metadata(statement);
    if (meta == NULL) return false;
    const unsigned columns = mysql_num_fields(meta);
    for (unsigned i = 0; i < columns; i++) {
        const MYSQL_FIELD *field = mysql_fetch_field_direct(meta, i);
        struct column *c = &set->of[i];
        snprintf(c->name, sizeof c->name, "%s", field->name);
        c->is_number = IS_NUM(field->type) && field->type != MYSQL_TYPE_TIMESTAMP;
        c->is_double = field->type == MYSQL_TYPE_DOUBLE;
        c->decimals = field->decimals < DECIMALS_FLOATING ? (int)field->decimals : -1;
        results[i] = (MYSQL_BIND){.buffer_type = c->is_double ? MYSQL_TYPE_DOUBLE : MYSQL_TYPE_STRING,
                                  .buffer = c->is_double ? (void *)&c->number : c->text,
                                  .buffer_length = c->is_double ? sizeof c->number : sizeof c->text - 1,
                                  .length = &c->len,
                                  .is_null = (void *)&c->is_null}; /* a byte; char or bool, by the library */
    }
    mysql_free_result(meta);
    if (mysql_stmt_bind_result(statement, results) != 0) return false;
    set->columns = columns;
    if (set->format == FORMAT_TABLE) set->table = table_new(columns);
    return true;
}

/* The shortest text that reads back as the same double; or with its decimals, where the statement has rounded it. */
static void double_to_text(struct column *c)
{
    int precision = 15;
    if (c->decimals >= 0 && fabs(c->number) < 1e15) snprintf(c->text, sizeof c->text, "%.*f", c->decimals, c->number);
    else do
            snprintf(c->text, sizeof c->text, "%.*g", precision, c->number);
        while (precision++ < 17 && strtod(c->text, NULL) != c->number);
    c->len = strlen(c->text);
}

static void put_csv(const char *text, size_t len, bool last)
{
    const bool terminal = isatty(STDOUT_FILENO);
    putchar('"');
    for (size_t plain; len > 0; text += plain, len -= plain) {
        const char *quote = memchr(text, '"', len);
        plain = quote != NULL ? (size_t)(quote - text) : len;
        if (terminal) demo_put_text(stdout, text, plain, "");
        else fwrite(text, 1, plain, stdout);
        if (quote != NULL) fputs("\"\"", stdout), plain++;
    }
    fputs(last ? "\"\n" : "\",", stdout);
}

/* A string of JSON; null for bytes that are no UTF-8. jansson leaves DEL and the controls U+0080 to U+009F as they are,
 * which a terminal obeys: they are escaped here. */
static void put_json_text(const char *text, size_t len)
{
    json_t *string = json_stringn(text, len);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    for (const unsigned char *s = (const unsigned char *)(quoted != NULL ? quoted : "null"); *s; s++) {
        if (*s == 0x7F) fputs("\\u007f", stdout);
        else if (s[0] == 0xC2 && s[1] < 0xA0) printf("\\u%04x", *++s);
        else putchar(*s);
    }
    free(quoted);
    json_decref(string);
}

static void put_heads(const struct result_set *set)
{
    for (unsigned i = 0; i < set->columns; i++) {
        const struct column *c = &set->of[i];
        if (set->format == FORMAT_TABLE) table_add(set->table, c->name, strlen(c->name), c->is_number);
        if (set->format == FORMAT_CSV) put_csv(c->name, strlen(c->name), i + 1 == set->columns);
    }
}

void result_set_row(struct result_set *set)
{
    if (set->row_count++ == 0 && !set->without_heads) put_heads(set);
    for (unsigned i = 0; i < set->columns; i++) {
        struct column *c = &set->of[i];
        const bool last = i + 1 == set->columns;
        if (c->is_double) double_to_text(c);
        if (c->is_null || (c->is_double && !isfinite(c->number)))
            c->len = (unsigned long)sprintf(c->text, "%s", c->is_number ? "null" : "");
        if (c->len > sizeof c->text - 1) c->len = sizeof c->text - 1; /* MYSQL_DATA_TRUNCATED */
        if (set->format == FORMAT_TABLE) table_add(set->table, c->text, c->len, c->is_number);
        if (set->format == FORMAT_CSV) put_csv(c->text, c->len, last);
        if (set->format != FORMAT_JSON) continue;
        printf("%s\"%s\": ", i == 0 ? "{" : ", ", c->name);
        if (c->is_number) fwrite(c->text, 1, c->len, stdout);
        else put_json_text(c->text, c->len);
        if (last) fputs("}\n", stdout);
    }
}

void result_set_end(struct result_set *set)
{
    if (set->row_count == 0 && !set->without_heads) put_heads(set);
    if (set->table == NULL) return;
    table_print(set->table, stdout);
    table_free(set->table);
    set->table = NULL;
}
