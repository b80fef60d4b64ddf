/* Unit tests of saludo_proto.h: what the pair agrees on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "saludo_proto.h"

#include <cmocka.h>

static void a_name_gets_a_greeting(void **state)
{
    (void)state;
    char answer[SALUDO_ANSWER];
    assert_int_equal(saludo_answer("ana", 3, answer), strlen("hola, ana"));
    assert_string_equal(answer, "hola, ana");
}

static void the_longest_name_fits(void **state)
{
    (void)state;
    char name[SALUDO_NAME], answer[SALUDO_ANSWER];
    memset(name, 'x', sizeof name);
    assert_int_equal(saludo_answer(name, sizeof name, answer), strlen("hola, ") + SALUDO_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_gets_a_greeting),
        cmocka_unit_test(the_longest_name_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
