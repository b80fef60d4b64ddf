/* test_query.c - the words of a query and its SQL: a value is a parameter, never part of the text. */
#include "../../common/demo.h"

#include "query.h"
#include "statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct query query;
static struct statement statement;
static const struct positions none;
static char reason[QUERY_REASON];

/* Reads a line as a query, and writes its statement. The line must live as long as the query. */
static bool reads(char *line)
{
    char *words[16];
    query = (struct query){.topic = topic_named("vehiculo")};
    free(statement.sql);
    statement.sql = NULL;
    if (!query_read(&query, query_split(line, words, 16), words, reason)) return false;
    statement_write(&statement, &query, &none, &none);
    return true;
}

static void asks(const char *text, const char *sql)
{
    static char line[256];
    snprintf(line, sizeof line, "%s", text);
    if (!reads(line)) fail_msg("%s: %s", text, reason);
    if (strstr(statement.sql, sql) == NULL) fail_msg("%s: \"%s\" lacks \"%s\"", text, statement.sql, sql);
}

static void test_equality_is_exact_unless_asked_otherwise(void **state)
{
    (void)state;
    asks("filtrar marca = cafe", "WHERE CAST(marca AS BINARY) = CAST(? AS BINARY) LIMIT");
    asks("filter marca != cafe", "WHERE CAST(marca AS BINARY) <> CAST(? AS BINARY) LIMIT");
    asks("filtrar marca parecido cafe", "WHERE marca = ? LIMIT");
    asks("filter marca similar cafe", "WHERE marca = ? LIMIT");
    asks("resumen marca", "GROUP BY CAST(marca AS BINARY)");
    asks("filtrar precio = 7", "WHERE precio = ? LIMIT");
    asks("resumen anio", "GROUP BY anio");
}

static void test_a_value_is_a_parameter(void **state)
{
    (void)state;
    static char line[] = "filtrar marca = \"'; DROP TABLE vehiculo; --\"";
    assert_true(reads(line));
    assert_null(strstr(statement.sql, "DROP"));
    assert_memory_equal(statement.parameters[0].buffer, "'; DROP TABLE vehiculo; --", 26);
    assert_int_equal(statement.parameters[0].buffer_length, 26);
    asks("filtrar precio < 9000.5", "WHERE precio < ? LIMIT");
    assert_int_equal(statement.parameters[0].buffer_type, MYSQL_TYPE_DOUBLE);
    assert_true(*(double *)statement.parameters[0].buffer == 9000.5);
}

/* Of a table without rows, ultimos shows the names of the columns. seguir shows them with the first row. */
static void test_ultimos_has_heads_without_rows(void **state)
{
    (void)state;
    static const struct positions claimed = {.count = 1, .of = {{.cluster = 1, .next_offset = -1}}};
    asks("ultimos", "FROM vehiculo LIMIT 0) ranges");
    struct statement ours;
    statement_write(&ours, &query, &none, &claimed);
    assert_non_null(strstr(ours.sql, "FROM vehiculo LIMIT 0) ranges"));
    free(ours.sql);
    query.kind = QUERY_FOLLOW;
    statement_write(&ours, &query, &none, &claimed);
    assert_null(ours.sql);
}

static void test_words(void **state)
{
    (void)state;
    char line[] = "  a 'b c'\t\"d'e\" '' f\r", *words[8];
    assert_int_equal(query_split(line, words, 8), 5);
    static const char *const expected[] = {"a", "b c", "d'e", "", "f"};
    for (int i = 0; i < 5; i++) assert_string_equal(words[i], expected[i]);
    char empty[] = " \t\r", two[] = "a b c";
    assert_int_equal(query_split(empty, words, 8), 0);
    assert_int_equal(query_split(two, words, 2), 2);
}

static void refuses(const char *text, const char *why)
{
    static char line[256];
    snprintf(line, sizeof line, "%s", text);
    if (reads(line)) fail_msg("taken for a query: %s", text);
    if (strstr(reason, why) == NULL) fail_msg("%s: the reason is \"%s\", not \"%s\"", text, reason, why);
}

static void test_what_is_no_query(void **state)
{
    (void)state;
    refuses("hola", "hola: not a question");
    refuses("ultimos 0", "from 1 to");
    refuses("ultimos 1 2", "ultimos takes 0 or 1 word");
    refuses("usar coches", "no such table; there are: vehiculo");
    refuses("filtrar marca ~ x", "expected one of = != < <= > >= contiene parecido");
    refuses("filtrar nada = x", "nada: no column of vehiculo; there are: placa");
    refuses("filtrar precio = x", "precio is compared with a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equality_is_exact_unless_asked_otherwise),
        cmocka_unit_test(test_a_value_is_a_parameter),
        cmocka_unit_test(test_ultimos_has_heads_without_rows),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_what_is_no_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
