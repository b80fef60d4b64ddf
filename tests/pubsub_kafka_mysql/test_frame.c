/* test_frame.c - tables are aligned, whatever characters they hold; the figures are those of a textbook. */
#include "../../common/demo.h"

#include "figures.h"
#include "table.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(text_width("León", 5), 4);
    assert_int_equal(text_width("東京", 6), 4);
    assert_int_equal(text_width("🌞", 4), 2);
    assert_int_equal(text_width("e\xCC\x81", 3), 1); /* a combining accent */
    assert_int_equal(text_width("\x1B[2J", 4), 7);   /* \x1B and the rest, as shown */
    assert_int_equal(text_width("", 0), 0);
}

static void test_table(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct table *table = table_new(3);
    static const char *const cells[] = {"ciudad", "n", "fin", "東京", "12345", "a", "Bogotá\n", "7", ""};
    for (int i = 0; i < 9; i++) table_add(table, cells[i], strlen(cells[i]), i % 3 == 1);
    table_print(table, out);
    table_free(table);
    fclose(out);
    assert_string_equal(text, "ciudad        n  fin\n"
                              "東京      12345  a\n"
                              "Bogotá\\n      7  \n");
    free(text);
}

static void test_figures(void **state)
{
    (void)state;
    static struct figures f;
    assert_true(isnan(figures_quantile(&f, 0.5)));
    static const double values[] = {4, 1, 3, 2};
    for (int i = 0; i < 4; i++) figures_add(&f, values[i]);
    assert_true(f.count == 4 && f.mean == 2.5 && f.min == 1 && f.max == 4);
    assert_true(fabs(figures_std(&f) - 1.2909944487358056) < 1e-12); /* pandas: Series([4, 1, 3, 2]).std() */
    assert_true(figures_quantile(&f, 0.25) == 1.75 && figures_quantile(&f, 0.5) == 2.5 &&
                figures_quantile(&f, 1) == 4);
}

static void test_quartiles_of_a_long_stream(void **state)
{
    (void)state;
    static struct figures f;
    const int count = 1000000;
    for (int i = 0; i < count; i++) figures_add(&f, i); /* in order: a sample of the first ones only would be seen */
    assert_true(fabs(f.mean - 499999.5) < 1e-3 && f.min == 0 && f.max == count - 1);
    for (int q = 1; q <= 3; q++) /* 4096 of them: standard error below 0.8 %, five of those */
        assert_true(fabs(figures_quantile(&f, q / 4.0) / count - q / 4.0) < 0.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_quartiles_of_a_long_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
