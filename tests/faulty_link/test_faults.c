/* Units of link_faults.c and link_options.c: the same seed makes the same faults, and as many of them as was asked for. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link_options.h"

static const struct link_faults TENTH = {
    .seed = 7, .drop = 10, .duplicate = 20, .reorder = 30, .delay_least_ns = 20000000, .delay_most_ns = 200000000};

static void the_same_seed_makes_the_same_faults_on_every_machine(void **state)
{
    (void)state;
    char dropped[60] = "";
    size_t len = 0;
    for (uint64_t n = 1; n <= 100; n++)
        if (link_fate_of(&TENTH, 0, TO_SERVER, n).drop)
            len += (size_t)snprintf(dropped + len, sizeof dropped - len, "%d ", (int)n);
    assert_string_equal(dropped, "1 17 25 26 33 36 64 67 90 93 98 ");
}

static void the_chances_are_what_they_say(void **state)
{
    (void)state;
    const uint64_t n = 100000;
    size_t drop = 0, duplicate = 0, hold = 0, all = 0;
    double delay = 0;
    for (uint64_t i = 1; i <= n; i++) {
        struct link_fate f = link_fate_of(&TENTH, 0, i % 2 ? TO_SERVER : TO_CLIENT, i);
        drop += f.drop;
        duplicate += f.duplicate;
        hold += f.hold;
        all += f.drop && f.duplicate && f.hold; /* they are independent: 0.6 % */
        delay += (double)f.delay_ns;
        assert_in_range(f.delay_ns, 20000000, 200000000);
    }
    assert_in_range(drop, 9500, 10500);
    assert_in_range(duplicate, 19300, 20700);
    assert_in_range(hold, 29300, 30700);
    assert_in_range(all, 480, 720);
    assert_in_range((uint64_t)(delay / (double)n), 109000000, 111000000);
}

static void seeds_directions_and_streams_differ(void **state)
{
    (void)state;
    struct link_faults other = TENTH;
    other.seed = 8;
    int seed = 0, way = 0, stream = 0;
    for (uint64_t n = 1; n <= 1000; n++) {
        bool drop = link_fate_of(&TENTH, 0, TO_SERVER, n).drop;
        seed += drop != link_fate_of(&other, 0, TO_SERVER, n).drop;
        way += drop != link_fate_of(&TENTH, 0, TO_CLIENT, n).drop;
        stream += drop != link_fate_of(&TENTH, 1, TO_SERVER, n).drop;
    }
    assert_in_range(seed, 120, 240); /* 2 * 0.1 * 0.9 of them */
    assert_in_range(way, 120, 240);
    assert_in_range(stream, 120, 240);
}

static void one_chance_leaves_the_others_alone(void **state)
{
    (void)state;
    struct link_faults other = TENTH;
    other.drop = 50;
    for (uint64_t n = 1; n <= 1000; n++) {
        struct link_fate a = link_fate_of(&TENTH, 0, TO_SERVER, n), b = link_fate_of(&other, 0, TO_SERVER, n);
        assert_true(a.duplicate == b.duplicate && a.hold == b.hold && a.delay_ns == b.delay_ns && a.drop <= b.drop);
    }
}

static void one_way_is_towards_the_server(void **state)
{
    (void)state;
    struct link_faults one_way = TENTH;
    one_way.drop = 100;
    one_way.one_way = true;
    struct link_fate back = link_fate_of(&one_way, 0, TO_CLIENT, 1);
    assert_true(link_fate_of(&one_way, 0, TO_SERVER, 1).drop);
    assert_false(back.drop || back.duplicate || back.hold || back.delay_ns);
}

static void named_faults_happen_to_what_they_name_also_on_the_way_back(void **state)
{
    (void)state;
    struct link_faults named = {.seed = 1, .one_way = true};
    link_add_named(&named, "--drop-nth", "2,r5", (struct link_fate){.drop = true}, false);
    link_add_named(&named, "--duplicate-nth", "3", (struct link_fate){.duplicate = true}, false);
    link_add_named(&named, "--delay-nth", "4:200ms,r5:1.5s", (struct link_fate){0}, true);
    for (uint64_t n = 1; n <= 10; n++) {
        struct link_fate to = link_fate_of(&named, 0, TO_SERVER, n), back = link_fate_of(&named, 0, TO_CLIENT, n);
        assert_int_equal(to.drop, n == 2);
        assert_int_equal(to.duplicate, n == 3);
        assert_int_equal(to.delay_ns, n == 4 ? 200000000 : 0);
        assert_int_equal(back.drop, n == 5);
        assert_int_equal(back.delay_ns, n == 5 ? 1500000000 : 0);
        assert_false(back.duplicate || to.hold || back.hold);
    }
}

static void options_are_read(void **state)
{
    (void)state;
    int64_t least, most;
    assert_true(link_percentage("--drop", "12.5%") == 12.5);
    link_delay("--delay", "20ms..0.2s", &least, &most);
    assert_int_equal(least, 20000000);
    assert_int_equal(most, 200000000);
    link_delay("--delay", "50us", &least, &most);
    assert_true(least == 50000 && most == 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_makes_the_same_faults_on_every_machine),
        cmocka_unit_test(the_chances_are_what_they_say),
        cmocka_unit_test(seeds_directions_and_streams_differ),
        cmocka_unit_test(one_chance_leaves_the_others_alone),
        cmocka_unit_test(one_way_is_towards_the_server),
        cmocka_unit_test(named_faults_happen_to_what_they_name_also_on_the_way_back),
        cmocka_unit_test(options_are_read),
    };
    demo_start();
    return demo_end(cmocka_run_group_tests(tests, NULL, NULL));
}
