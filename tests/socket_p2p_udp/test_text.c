/* Units of p2p_peer.h and p2p_input.h: what of a message is text, and how many rows of the screen a line takes. */
#include "p2p_peer.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_line_end_is_no_text_and_only_one_is_cut(void **state)
{
    (void)state;
    assert_int_equal(p2p_text_len("hola", 4), 4);
    assert_int_equal(p2p_text_len("hola\n", 5), 4);
    assert_int_equal(p2p_text_len("hola\r\n", 6), 4);
    assert_int_equal(p2p_text_len("a\n\n", 3), 2);
    assert_int_equal(p2p_text_len("\n", 1), 0);
    assert_int_equal(p2p_text_len("", 0), 0);
}

static int rows(const char *text, int columns) { return p2p_rows(0, text, strlen(text), columns); }

static void rows_are_counted_in_columns_not_in_bytes(void **state)
{
    (void)state;
    assert_int_equal(rows("", 4), 0);
    assert_int_equal(rows("abc", 4), 0);
    assert_int_equal(rows("abcd", 4), 1); /* the cursor waits in the next row */
    assert_int_equal(rows("abcdefgh", 4), 2);
    assert_int_equal(rows("ñññ", 4), 0);
    assert_int_equal(rows("日本", 4), 1);
    assert_int_equal(rows("a日本", 4), 1); /* the second one does not fit into the first row */
    assert_int_equal(rows("a日", 4), 0);
    assert_int_equal(p2p_rows(2, "ab", 2, 4), 1); /* behind a prompt */
    assert_int_equal(rows("\x01\x02", 4), 1);     /* shown as ^A^B */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_end_is_no_text_and_only_one_is_cut),
        cmocka_unit_test(rows_are_counted_in_columns_not_in_bytes),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
