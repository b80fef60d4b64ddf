/* Units of udp_proto.h and udp_late.h: numbers in datagrams, the gaps between them, the memory of what was sent. */
#include "udp_late.h" /* first: it sets the feature macros */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "udp_proto.h"

static void a_number_is_in_network_byte_order(void **state)
{
    (void)state;
    char datagram[UDP_NUMBERED];
    udp_put_number(datagram, 0x01FF0380);
    assert_memory_equal(datagram, "udp#\x01\xFF\x03\x80", UDP_NUMBERED);
    uint32_t number = 0;
    assert_true(udp_get_number(datagram, sizeof datagram, &number));
    assert_int_equal(number, 0x01FF0380);
}

static void other_datagrams_have_none(void **state)
{
    (void)state;
    uint32_t number = 7;
    assert_false(udp_get_number("", 0, &number));
    assert_false(udp_get_number("udp#123", 7, &number));
    assert_false(udp_get_number("UDP#1234", 8, &number));
    assert_int_equal(number, 7);
}

static struct udp_gaps gaps_of(const uint32_t *numbers, size_t count)
{
    struct udp_gaps gaps = {0};
    for (size_t i = 0; i < count; i++) udp_count_number(&gaps, numbers[i]);
    return gaps;
}

static void what_is_missing_below_the_highest_number_is_lost(void **state)
{
    (void)state;
    const struct {
        uint32_t numbers[6];
        size_t count, lost;
    } cases[] = {
        {{0}, 0, 0},          {{0, 1, 2}, 3, 0},          {{0, 3}, 2, 2},       {{2}, 1, 2},
        {{0, 2, 1, 3}, 4, 0}, {{0, 1, 0, 1, 2, 4}, 6, 1}, {{0, 1, 1, 2}, 4, 0}, {{0xFFFFFFFF}, 1, 0xFFFFFFFF},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct udp_gaps gaps = gaps_of(cases[i].numbers, cases[i].count);
        assert_int_equal(gaps.received, cases[i].count);
        assert_int_equal(gaps.lost, cases[i].lost);
    }
}

static void what_was_sent_lately_is_remembered(void **state)
{
    (void)state;
    struct udp_memory memory = {.count = 0};
    assert_false(udp_remembers(&memory, "", 0));
    udp_remember(&memory, "", 0);
    udp_remember(&memory, "uno", 3);
    assert_true(udp_remembers(&memory, "", 0));
    assert_true(udp_remembers(&memory, "uno", 3));
    assert_false(udp_remembers(&memory, "uno\0", 4));
    assert_false(udp_remembers(&memory, "dos", 3));
    for (int c = 0; c < UDP_REMEMBERED / 4; c++)
        for (int i = 0; i < 4; i++) udp_remember(&memory, (char[]){(char)c}, 1);
    assert_false(udp_remembers(&memory, "uno", 3)); /* long ago */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_in_network_byte_order),
        cmocka_unit_test(other_datagrams_have_none),
        cmocka_unit_test(what_is_missing_below_the_highest_number_is_lost),
        cmocka_unit_test(what_was_sent_lately_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
