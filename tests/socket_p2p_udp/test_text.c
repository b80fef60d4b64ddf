/* Units of p2p_peer.h, p2p_input.h and p2p_guard.h: what of a message is text, how many rows of the screen a line takes,
 * which characters make one key, and how many echoes a peer gets. */
#include "p2p_guard.h"
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

static size_t key(const wchar_t *characters) { return p2p_key_length(characters, wcslen(characters)); }

static void a_key_is_taken_when_it_is_whole(void **state)
{
    (void)state;
    assert_int_equal(key(L""), 0);
    assert_int_equal(key(L"año"), 1);
    assert_int_equal(key(L"\x1b"), 0); /* Escape, or the beginning of an arrow */
    assert_int_equal(key(L"\x1b["), 0);
    assert_int_equal(key(L"\x1b[D"), 3);
    assert_int_equal(key(L"\x1bODx"), 3);
    assert_int_equal(key(L"\x1b[3"), 0);
    assert_int_equal(key(L"\x1b[3~x"), 4); /* Delete */
    assert_int_equal(key(L"\x1b[1;5"), 0);
    assert_int_equal(key(L"\x1b[1;5C"), 6); /* Ctrl and the arrow to the right */
    assert_int_equal(key(L"\x1b[ñ"), 3);
    assert_int_equal(key(L"\x1b"
                         L"bx"),
                     2);               /* Alt-B */
    assert_int_equal(key(L"\x16"), 0); /* Ctrl-V takes the next character as it is */
    assert_int_equal(key(L"\x16\x1b"), 2);
}

enum { SECOND = 1000 * 1000 * 1000 };

static void a_peer_gets_a_burst_of_echoes_and_then_so_many_each_second(void **state)
{
    (void)state;
    static struct p2p_echo_limit limit;
    bool first;
    for (int i = 0; i < P2P_ECHO_BURST; i++) assert_true(p2p_echo_allowed(&limit, "a:1", 0, &first));
    assert_false(first);
    assert_false(p2p_echo_allowed(&limit, "a:1", 0, &first));
    assert_true(first);
    assert_false(p2p_echo_allowed(&limit, "a:1", 0, &first));
    assert_false(first); /* said once */
    for (int i = 0; i < P2P_ECHO_PER_SECOND; i++) assert_true(p2p_echo_allowed(&limit, "a:1", SECOND, &first));
    assert_false(p2p_echo_allowed(&limit, "a:1", SECOND, &first));
    assert_false(first);
    assert_true(p2p_echo_allowed(&limit, "b:1", SECOND, &first)); /* another peer has a limit of its own */
    assert_false(p2p_echo_allowed(&limit, "a:1", SECOND, &first));
}

static void a_goodbye_and_a_few_other_peers_do_not_fill_it_again(void **state)
{
    (void)state;
    static struct p2p_echo_limit limit;
    bool first;
    char peer[16];
    while (p2p_echo_allowed(&limit, "a:1", 0, &first)) continue;
    for (int i = 1; i < P2P_ECHO_PEERS; i++) {
        snprintf(peer, sizeof peer, "b:%d", i);
        assert_true(p2p_echo_allowed(&limit, peer, 0, &first));
    }
    assert_false(p2p_echo_allowed(&limit, "a:1", 0, &first));
    assert_false(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_end_is_no_text_and_only_one_is_cut),
        cmocka_unit_test(a_peer_gets_a_burst_of_echoes_and_then_so_many_each_second),
        cmocka_unit_test(a_goodbye_and_a_few_other_peers_do_not_fill_it_again),
        cmocka_unit_test(a_key_is_taken_when_it_is_whole),
        cmocka_unit_test(rows_are_counted_in_columns_not_in_bytes),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
