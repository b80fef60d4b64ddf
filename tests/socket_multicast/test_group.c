/* Units of mcast_proto.h and mcast_address.h: the number in front of a datagram, and which addresses are groups. */
#include "mcast_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_number(const char *datagram, size_t prefix, uint32_t expected)
{
    uint32_t number = 0;
    assert_int_equal(mcast_get_number(datagram, strlen(datagram), &number), prefix);
    assert_int_equal(number, expected);
}

static void a_number_a_blank_and_the_text(void **state)
{
    (void)state;
    assert_number("1 hola", 2, 1);
    assert_number("42 ", 3, 42);
    assert_number("7  x", 2, 7); /* one blank: the second one is text */
    assert_number("0 x", 2, 0);
    assert_number("007 x", 4, 7);
    assert_number("4294967295 x", 11, UINT32_MAX);
}

static void anything_else_has_no_number(void **state)
{
    (void)state;
    const char *plain[] = {"",     "hola", "1",     "12345",        " 1 x",          "-1 x",
                           "+1 x", "1\tx", "1hola", "4294967296 x", "99999999999 x", "1.5 x"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) assert_number(plain[i], 0, 0);
}

static void a_datagram_is_not_read_past_its_end(void **state)
{
    (void)state;
    uint32_t number = 9;
    assert_int_equal(mcast_get_number("12 x", 2, &number), 0);
    assert_int_equal(mcast_get_number("12 x", 3, &number), 3);
    assert_int_equal(number, 12);
}

static void what_is_put_is_got(void **state)
{
    (void)state;
    const uint32_t numbers[] = {0, 1, 9, 10, 123456789, UINT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char bytes[MCAST_NUMBER + 1];
        uint32_t number = 1 + numbers[i];
        size_t len = mcast_put_number(bytes, numbers[i]);
        assert_in_range(len, 2, MCAST_NUMBER);
        assert_int_equal(mcast_get_number(bytes, len, &number), len);
        assert_int_equal(number, numbers[i]);
    }
}

static bool is_group(int family, const char *text)
{
    struct mcast_address address = {.any.sa_family = (sa_family_t)family};
    void *bytes = family == AF_INET ? (void *)&address.v4.sin_addr : (void *)&address.v6.sin6_addr;
    assert_int_equal(inet_pton(family, text, bytes), 1);
    return mcast_is_group(&address.any);
}

static void group_addresses(void **state)
{
    (void)state;
    assert_true(is_group(AF_INET, "224.0.0.0"));
    assert_true(is_group(AF_INET, MCAST_GROUP));
    assert_true(is_group(AF_INET, "239.255.255.255"));
    assert_false(is_group(AF_INET, "223.255.255.255"));
    assert_false(is_group(AF_INET, "240.0.0.0"));
    assert_false(is_group(AF_INET, "127.0.0.1"));
    assert_true(is_group(AF_INET6, MCAST_GROUP_IPV6));
    assert_true(is_group(AF_INET6, "ff02::1"));
    assert_false(is_group(AF_INET6, "::1"));
    assert_false(is_group(AF_INET6, "fe80::1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_a_blank_and_the_text),
        cmocka_unit_test(anything_else_has_no_number),
        cmocka_unit_test(a_datagram_is_not_read_past_its_end),
        cmocka_unit_test(what_is_put_is_got),
        cmocka_unit_test(group_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
