/* Units of tcp_proto.h: the words that end a conversation, and text cut in the middle of a character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp_proto.h"

static enum tcp_word word_of(const char *piece) { return tcp_word_of(piece, strlen(piece)); }

static void words_are_seen_with_any_case_and_line_end(void **state)
{
    (void)state;
    assert_int_equal(word_of("exit"), WORD_EXIT);
    assert_int_equal(word_of("EXIT\n"), WORD_EXIT);
    assert_int_equal(word_of("Exit\r\n"), WORD_EXIT);
    assert_int_equal(word_of("close"), WORD_CLOSE);
    assert_int_equal(word_of("cLoSe\r\n"), WORD_CLOSE);
    assert_int_equal(word_of("close\n"), WORD_CLOSE);
}

static void anything_else_is_data(void **state)
{
    (void)state;
    const char *data[] = {"",      "\n",       "exi",          "exits",  " exit",
                          "exit ", "exit\n\n", "exit\nexit\n", "closed", "close\rx"};
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) assert_int_equal(word_of(data[i]), WORD_NONE);
    assert_int_equal(tcp_word_of("exit\0", 5), WORD_NONE);
}

static void close_is_answered_with_its_line_end(void **state)
{
    (void)state;
    const char *words[][2] = {{"close", "closed"}, {"CLOSE\n", "closed\n"}, {"Close\r\n", "closed\r\n"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char piece[9] = "";
        memcpy(piece, words[i][0], strlen(words[i][0]));
        assert_int_equal(tcp_answer_close(piece, strlen(words[i][0])), strlen(words[i][1]));
        assert_string_equal(piece, words[i][1]);
    }
}

static void line_ends_are_cut_once(void **state)
{
    (void)state;
    assert_int_equal(tcp_without_line_end("a\r\n", 3), 1);
    assert_int_equal(tcp_without_line_end("a\n\n", 3), 2);
    assert_int_equal(tcp_without_line_end("a", 1), 1);
    assert_int_equal(tcp_without_line_end("", 0), 0);
}

static void an_unfinished_character_is_left_for_later(void **state)
{
    (void)state;
    const char *text = "a\xC3\xB1\xE2\x82\xAC\xF0\x9F\x98\x80"; /* a, ñ, €, and a face of four bytes */
    const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (size_t len = 0; len <= 10; len++) assert_int_equal(tcp_whole_text(text, len), whole[len]);
    assert_int_equal(tcp_whole_text("\x80\x80\x80\x80", 4), 4); /* no character at all: nothing to wait for */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_seen_with_any_case_and_line_end), cmocka_unit_test(anything_else_is_data),
        cmocka_unit_test(close_is_answered_with_its_line_end),       cmocka_unit_test(line_ends_are_cut_once),
        cmocka_unit_test(an_unfinished_character_is_left_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
