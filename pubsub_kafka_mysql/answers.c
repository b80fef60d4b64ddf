#include "../common/demo.h"

#include "answers.h"
#include "database.h"

#include <jansson.h>

enum { CELL = 1024 }; /* bytes of a value: VARCHAR(200) at 4 bytes a character, and more */

static void put_csv(const struct answer *a, const char *text, size_t len, bool last)
{
    fputc('"', a->out);
    if (isatty(fileno(a->out))) demo_put_text(a->out, text, len, "");
    else
        for (size_t i = 0; i < len; i++) fprintf(a->out, text[i] == '"' ? "\"\"" : "%c", text[i]);
    fputs(last ? "\"\n" : "\",", a->out);
}

static void put_heads(struct answer *a)
{
    for (unsigned i = 0; i < a->columns && !a->headed; i++) {
        if (a->format == FORMAT_TABLE) table_add(a->table, a->heads[i], strlen(a->heads[i]), a->numbers[i]);
        if (a->format == FORMAT_CSV) put_csv(a, a->heads[i], strlen(a->heads[i]), i + 1 == a->columns);
    }
    a->headed = true;
}

/* A number as it is, anything else as a string; null for what is no UTF-8, which JSON cannot say. */
static void put_json(const struct answer *a, unsigned i, const char *text, size_t len)
{
    json_t *string = json_stringn(text, len);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    fprintf(a->out, "%s\"%s\": %s%s", i == 0 ? "{" : ", ", a->heads[i],
            a->numbers[i] ? text
            : quoted      ? quoted
                          : "null",
            i + 1 == a->columns ? "}\n" : "");
    free(quoted);
    json_decref(string);
}

static void put_row(struct answer *a, char cells[][CELL], const unsigned long *lens)
{
    for (unsigned i = 0; i < a->columns; i++) {
        if (a->format == FORMAT_TABLE) table_add(a->table, cells[i], lens[i], a->numbers[i]);
        else if (a->format == FORMAT_CSV) put_csv(a, cells[i], lens[i], i + 1 == a->columns);
        else put_json(a, i, cells[i], lens[i]);
    }
}

/* Runs one prepared statement with bound values and prints its rows. */
bool answer_ask(MYSQL *link, struct answer *a, const char *sql, MYSQL_BIND *values, char *problem)
{
    static char cells[COLUMNS_MAX][CELL];
    unsigned long lens[COLUMNS_MAX] = {0};
    bool nulls[COLUMNS_MAX] = {false};
    MYSQL_BIND results[COLUMNS_MAX] = {0};
    MYSQL_RES *meta = NULL;
    MYSQL_STMT *statement = mysql_stmt_init(link);
    bool fine = statement != NULL && mysql_stmt_prepare(statement, sql, strlen(sql)) == 0 &&
                (values == NULL || mysql_stmt_bind_param(statement, values) == 0) &&
                mysql_stmt_execute(statement) == 0 && (meta = mysql_stmt_result_metadata(statement)) != NULL;
    if (fine) {
        a->columns = mysql_num_fields(meta);
        for (unsigned i = 0; i < a->columns; i++) {
            const MYSQL_FIELD *field = mysql_fetch_field_direct(meta, i);
            snprintf(a->heads[i], sizeof a->heads[i], "%s", field->name);
            a->numbers[i] = IS_NUM(field->type) && field->type != MYSQL_TYPE_TIMESTAMP;
            results[i] = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                                      .buffer = cells[i],
                                      .buffer_length = CELL - 1,
                                      .length = &lens[i],
                                      .is_null = (void *)&nulls[i]}; /* a byte; char or bool, by the library */
        }
        if (a->format == FORMAT_TABLE && a->table == NULL) a->table = table_new(a->columns);
        put_heads(a);
        fine = mysql_stmt_bind_result(statement, results) == 0;
    }
    int got = 0;
    while (fine && ((got = mysql_stmt_fetch(statement)) == 0 || got == MYSQL_DATA_TRUNCATED)) {
        for (unsigned i = 0; i < a->columns; i++) {
            if (nulls[i]) lens[i] = (unsigned long)sprintf(cells[i], "%s", a->numbers[i] ? "null" : "");
            if (lens[i] > CELL - 1) lens[i] = CELL - 1;
            cells[i][lens[i]] = '\0';
        }
        put_row(a, cells, lens);
        a->rows++;
    }
    if (!fine || got == 1)
        database_problem(problem, "ask", statement ? mysql_stmt_errno(statement) : mysql_errno(link),
                         statement ? mysql_stmt_error(statement) : mysql_error(link));
    if (meta != NULL) mysql_free_result(meta);
    if (statement != NULL) mysql_stmt_close(statement);
    return fine && got != 1;
}
