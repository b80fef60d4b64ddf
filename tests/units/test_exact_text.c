/* exact_text.h: numbers as text that is read as the same number. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "exact_text.h"

static void text_is(double value, const char *expected)
{
    char text[EXACT_TEXT];
    size_t len = double_text(value, text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(text));
}

static void a_double_has_the_digits_that_it_needs(void **state)
{
    (void)state;
    text_is(0, "0");
    text_is(-0.0, "-0");
    text_is(1, "1");
    text_is(10, "10");
    text_is(-1609.344, "-1609.344");
    text_is(0.1, "0.1");
    text_is(0.001, "0.001");
    text_is(9.2, "9.2"); /* with one digit more than it needs it is 9.199999999999999 */
    text_is(0.30000000000000004, "0.30000000000000004");
    text_is(6.2137119223733395, "6.2137119223733395");
    text_is(123456789012345680, "123456789012345680");
    text_is(1e22, "10000000000000000000000");
}

static void a_subnormal_number_has_no_digits_that_it_does_not_need(void **state)
{
    (void)state;
    char expected[EXACT_TEXT];
    sprintf(expected, "0.%0*d5", 323, 0);
    text_is(5e-324, expected);
    sprintf(expected, "-0.%0*d1", 309, 0);
    text_is(-1e-310, expected);
    sprintf(expected, "0.%0*d22250738585072014", 307, 0);
    text_is(DBL_MIN, expected);
}

static void what_is_no_number_has_a_text_too(void **state)
{
    (void)state;
    text_is(INFINITY, "inf");
    text_is(-INFINITY, "-inf");
    text_is(copysign(NAN, 1), "nan");
}

static void a_double_is_read_as_it_was(void **state)
{
    (void)state;
    const double values[] = {DBL_MAX, -DBL_MAX,  DBL_MIN, 5e-324, -5e-324,
                             1.0 / 3, 0.1 + 0.2, 1e-300,  1e300,  DBL_EPSILON};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[EXACT_TEXT];
        assert_true(double_text(values[i], text) < EXACT_TEXT);
        assert_true(strtod(text, NULL) == values[i]);
        assert_null(strchr(text, 'e'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_has_the_digits_that_it_needs),
        cmocka_unit_test(a_subnormal_number_has_no_digits_that_it_does_not_need),
        cmocka_unit_test(what_is_no_number_has_a_text_too),
        cmocka_unit_test(a_double_is_read_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
