/* test_database.c - each error of the database is sorted: wait, try again, or end; the server's text is escaped. */
#include "../../common/demo.h"

#include "database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char problem[DATABASE_PROBLEM];

static void sorts(unsigned error, enum database_trouble trouble, const char *hint)
{
    if (database_problem(problem, "ask", error, "reason") != trouble)
        fail_msg("%u is sorted wrong: %s", error, problem);
    if (strstr(problem, hint) == NULL) fail_msg("%u: \"%s\" lacks \"%s\"", error, problem, hint);
}

static void test_what_passes_is_waited_for(void **state)
{
    (void)state;
    sorts(1969, DATABASE_AWAY, "max_statement_time");
    sorts(3024, DATABASE_AWAY, "max_statement_time");
    sorts(1461, DATABASE_AWAY, "max_prepared_stmt_count");
    sorts(1290, DATABASE_AWAY, "read-only");
    sorts(1213, DATABASE_AGAIN, "another transaction");
    sorts(1064, DATABASE_FATAL, "database: ask: reason [1064]");
}

static void test_the_text_of_the_server_is_escaped(void **state)
{
    (void)state;
    database_problem(problem, "ask", 1064, "near '\x1B[2J\n\xFFñ'");
    assert_string_equal(problem, "database: ask: near '\\x1B[2J\\n\\xFFñ' [1064]");
    char longest[512];
    memset(longest, '\x1B', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    database_problem(problem, "ask", 1969, longest);
    assert_non_null(strstr(problem, "[1969] (a statement took"));
}

static void test_without_an_option_file_the_hint_says_so(void **state)
{
    (void)state;
    struct database_options options = {.name = DATABASE_NAME};
    unsetenv("MYSQL_DEFAULTS_FILE");
    database_check_options(&options);
    sorts(2002, DATABASE_AWAY, "source build/services/env");
    sorts(1045, DATABASE_FATAL, "source build/services/env");
    setenv("MYSQL_DEFAULTS_FILE", "/dev/null", 1);
    database_check_options(&options);
    sorts(2002, DATABASE_AWAY, "is the database up?");
    sorts(1045, DATABASE_FATAL, "user and password come from");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_passes_is_waited_for),
        cmocka_unit_test(test_the_text_of_the_server_is_escaped),
        cmocka_unit_test(test_without_an_option_file_the_hint_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
