/* test_bindings.c - the table of the registry: names, URLs, leases, capacity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bindings.h"

static struct bindings b;

static int remove_all(void **state)
{
    (void)state;
    b.count = 0;
    return 0;
}

static void names(void **state)
{
    (void)state;
    const char *right[] = {"a", "conversor", "motor_calculo", "v1.2-x_Y"},
               *wrong[] = {"", "a b", "a/b", "ñ", "a\n", "a%20b"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) assert_true(binding_name_is_valid(right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(binding_name_is_valid(wrong[i]));
    char longest[BINDING_NAME_MAX + 1];
    memset(longest, 'n', sizeof longest);
    longest[BINDING_NAME_MAX] = '\0';
    assert_false(binding_name_is_valid(longest));
    longest[BINDING_NAME_MAX - 1] = '\0';
    assert_true(binding_name_is_valid(longest));
}

static void found_replaced_removed(void **state)
{
    (void)state;
    assert_null(bindings_find(&b, "one"));
    assert_null(bindings_first_to_end(&b));
    bindings_put(&b, "one", "http://h:1/one")->ends_ns = 30;
    bindings_put(&b, "two", "http://h:2/two")->ends_ns = 10;
    bindings_put(&b, "three", "http://h:3/three")->ends_ns = 20;
    assert_string_equal(bindings_first_to_end(&b)->name, "two");
    bindings_put(&b, "two", "http://h:4/two")->ends_ns = 40;
    assert_int_equal(b.count, 3);
    assert_string_equal(bindings_find(&b, "two")->url, "http://h:4/two");
    bindings_remove(&b, bindings_find(&b, "one"));
    assert_null(bindings_find(&b, "one"));
    assert_string_equal(bindings_find(&b, "two")->url, "http://h:4/two");
    assert_string_equal(bindings_first_to_end(&b)->name, "three");
    bindings_remove(&b, bindings_find(&b, "three"));
    bindings_remove(&b, bindings_find(&b, "two"));
    assert_int_equal(b.count, 0);
}

static void capacity(void **state)
{
    (void)state;
    char name[16];
    for (int i = 0; i < BINDINGS_MAX; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_non_null(bindings_put(&b, name, "http://h:1/"));
    }
    assert_null(bindings_put(&b, "one-more", "http://h:1/"));
    assert_non_null(bindings_put(&b, "n0", "http://h:2/"));
    bindings_remove(&b, bindings_find(&b, "n500"));
    assert_non_null(bindings_put(&b, "one-more", "http://h:1/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test_setup(found_replaced_removed, remove_all),
        cmocka_unit_test_setup(capacity, remove_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
