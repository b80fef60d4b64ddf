/* Units of mcast_count.h: losses, duplicates, reorderings and restarts of one sender, and the table of senders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mcast_count.h"

#include <netinet/in.h>

static struct mcast_sender s;

static int fresh(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    return 0;
}

static void take(uint32_t number, enum mcast_arrival fate, uint32_t gap)
{
    uint32_t missing = 99;
    assert_int_equal(mcast_count(&s, number, &missing), fate);
    assert_int_equal(missing, gap);
}

static void assert_counts(uint64_t lost, uint64_t duplicated, uint64_t reordered, uint64_t restarted)
{
    assert_int_equal(s.counts.lost, lost);
    assert_int_equal(s.counts.duplicated, duplicated);
    assert_int_equal(s.counts.reordered, reordered);
    assert_int_equal(s.counts.restarted, restarted);
}

static void in_order(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 1000; n++) take(n, MCAST_IN_ORDER, 0);
    assert_counts(0, 0, 0, 0);
}

static void what_came_before_we_listened_is_not_lost(void **state)
{
    (void)state;
    take(500, MCAST_IN_ORDER, 0);
    take(501, MCAST_IN_ORDER, 0);
    take(499, MCAST_LATE, 0); /* overtaken by the first one we heard, but never counted as lost */
    assert_counts(0, 0, 1, 0);
    take(499, MCAST_DUPLICATE, 0);
    assert_counts(0, 1, 1, 0);
}

static void a_gap_is_a_loss(void **state)
{
    (void)state;
    take(1, MCAST_IN_ORDER, 0);
    take(3, MCAST_AFTER_GAP, 1);
    take(10, MCAST_AFTER_GAP, 6);
    assert_counts(7, 0, 0, 0);
}

static void a_late_one_is_a_reordering_and_no_loss(void **state)
{
    (void)state;
    take(1, MCAST_IN_ORDER, 0);
    take(4, MCAST_AFTER_GAP, 2);
    take(3, MCAST_LATE, 0);
    assert_counts(1, 0, 1, 0);
    take(3, MCAST_DUPLICATE, 0);
    take(2, MCAST_LATE, 0);
    take(5, MCAST_IN_ORDER, 0);
    assert_counts(0, 1, 2, 0);
}

static void duplicates(void **state)
{
    (void)state;
    take(0, MCAST_IN_ORDER, 0);
    take(0, MCAST_DUPLICATE, 0);
    take(1, MCAST_IN_ORDER, 0);
    take(0, MCAST_DUPLICATE, 0);
    take(1, MCAST_DUPLICATE, 0);
    assert_counts(0, 3, 0, 0);
}

static void the_edge_of_the_window(void **state)
{
    (void)state;
    take(1, MCAST_IN_ORDER, 0);
    take(2 + MCAST_WINDOW, MCAST_AFTER_GAP, MCAST_WINDOW);
    take(3, MCAST_LATE, 0); /* the oldest that is remembered */
    assert_counts(MCAST_WINDOW - 1, 0, 1, 0);
    take(3, MCAST_DUPLICATE, 0);
    take(2, MCAST_LATE, 0); /* too old to know: it stays lost */
    assert_counts(MCAST_WINDOW - 1, 1, 2, 0);
    take(1 + MCAST_WINDOW, MCAST_LATE, 0);
    assert_counts(MCAST_WINDOW - 2, 1, 3, 0);
}

static void a_jump_over_the_whole_window_forgets_it(void **state)
{
    (void)state;
    take(1, MCAST_IN_ORDER, 0);
    take(1 + MCAST_WINDOW, MCAST_AFTER_GAP, MCAST_WINDOW - 1);
    take(1 + 2 * MCAST_WINDOW, MCAST_AFTER_GAP, MCAST_WINDOW - 1);
    take(2 * MCAST_WINDOW, MCAST_LATE, 0);
    take(UINT32_MAX, MCAST_AFTER_GAP, UINT32_MAX - 2 - 2 * MCAST_WINDOW);
}

static void two_old_ones_in_a_row_are_a_new_beginning(void **state)
{
    (void)state;
    take(1000, MCAST_IN_ORDER, 0);
    take(1, MCAST_LATE, 0); /* maybe a straggler */
    assert_counts(0, 0, 1, 0);
    take(2, MCAST_RESTARTED, 0); /* no */
    assert_counts(0, 0, 0, 1);
    take(1, MCAST_DUPLICATE, 0);
    take(3, MCAST_IN_ORDER, 0);
    take(5, MCAST_AFTER_GAP, 1);
    assert_counts(1, 1, 0, 1);
}

static void a_straggler_is_no_new_beginning(void **state)
{
    (void)state;
    take(1000, MCAST_IN_ORDER, 0);
    take(1, MCAST_LATE, 0);
    take(1001, MCAST_IN_ORDER, 0);
    take(2, MCAST_LATE, 0); /* not right after the other */
    take(1002, MCAST_IN_ORDER, 0);
    take(0, MCAST_LATE, 0);
    take(0, MCAST_LATE, 0);
    assert_counts(0, 0, 4, 0);
}

static void the_numbers_wrap_around(void **state)
{
    (void)state;
    take(UINT32_MAX - 1, MCAST_IN_ORDER, 0);
    take(UINT32_MAX, MCAST_IN_ORDER, 0);
    take(0, MCAST_LATE, 0);
    take(1, MCAST_RESTARTED, 0);
    take(2, MCAST_IN_ORDER, 0);
    take(UINT32_MAX, MCAST_AFTER_GAP, UINT32_MAX - 3);
    take(0, MCAST_LATE, 0); /* UINT32_MAX + 1 in 32 bits: no suspicion may be left over */
    assert_counts(UINT32_MAX - 3, 0, 1, 1);
}

/* A pseudo-random number below `limit`, the same sequence in each run (xorshift, Marsaglia 2003). */
static int draw(int limit)
{
    static uint32_t x = 2463534242;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return (int)(x % (uint32_t)limit);
}

enum { NUMBERS = 2000 };

/* A network that loses, duplicates and delays datagrams, by less than the window. A count that remembers every number must
 * come to the same result. */
static void as_a_naive_model_counts(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct {
            uint32_t number;
            int due;
        } way[2 * NUMBERS], moved;
        int count = 0, spread = 1 + draw(MCAST_WINDOW - 1);
        for (int n = 0; n < NUMBERS; n++) {
            for (int copies = draw(10) == 0 ? 0 : draw(10) == 0 ? 2 : 1; copies > 0; copies--) {
                way[count].number = (uint32_t)n + 1;
                way[count++].due = n + (draw(4) == 0 ? draw(spread) : 0);
            }
        }
        for (int i = 1; i < count; i++) { /* insertion sort: stable */
            moved = way[i];
            int j = i;
            for (; j > 0 && way[j - 1].due > moved.due; j--) way[j] = way[j - 1];
            way[j] = moved;
        }

        bool came[NUMBERS + 2] = {false};
        uint32_t highest = 0;
        uint64_t lost = 0, duplicated = 0, reordered = 0;
        fresh(NULL);
        for (int i = 0; i < count; i++) {
            uint32_t n = way[i].number, gap;
            if (came[n]) duplicated++;
            else if (n < highest) reordered++;
            came[n] = true;
            if (n > highest) highest = n;
            mcast_count(&s, n, &gap);
        }
        for (uint32_t n = way[0].number; n <= highest; n++) lost += !came[n];
        assert_counts(lost, duplicated, reordered, 0);
    }
}

static struct sockaddr_in address_of(int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = (in_port_t)port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct mcast_sender *heard(struct mcast_senders *all, int port)
{
    struct sockaddr_in address = address_of(port);
    struct mcast_sender *sender = mcast_sender_at(all, &address, sizeof address);
    assert_ptr_equal(sender, all->known);
    assert_memory_equal(&sender->address, &address, sizeof address);
    sender->counts.received++;
    return sender;
}

static void each_sender_is_counted_by_itself(void **state)
{
    (void)state;
    static struct mcast_senders all;
    uint32_t gap;
    for (uint32_t n = 1; n <= 10; n++)
        for (int port = 1; port <= MCAST_SENDERS; port++)
            assert_int_equal(mcast_count(heard(&all, port), n * (uint32_t)port, &gap),
                             n == 1 || port == 1 ? MCAST_IN_ORDER : MCAST_AFTER_GAP);
    assert_int_equal(all.count, MCAST_SENDERS);
    for (int port = 1; port <= MCAST_SENDERS; port++) {
        assert_int_equal(heard(&all, port)->counts.received, 11);
        assert_int_equal(all.known->counts.lost, 9 * (port - 1));
    }
}

static void too_many_senders_replace_who_was_silent_longest(void **state)
{
    (void)state;
    static struct mcast_senders all;
    for (int port = 1; port <= MCAST_SENDERS; port++) heard(&all, port);
    heard(&all, 1); /* now 2 has been silent longest */
    for (int stranger = 1000; stranger < 1003; stranger++) heard(&all, stranger);
    assert_int_equal(all.count, MCAST_SENDERS);
    assert_int_equal(all.forgotten, 3);
    assert_int_equal(all.forgotten_counts.received, 3);
    assert_int_equal(heard(&all, 1)->counts.received, 3);
    assert_int_equal(heard(&all, 2)->counts.received, 1); /* forgotten: begins anew, in the place of 5 */
    assert_int_equal(heard(&all, 6)->counts.received, 2);
    assert_int_equal(all.forgotten, 4);

    uint64_t received = all.forgotten_counts.received;
    for (size_t i = 0; i < all.count; i++) received += all.known[i].counts.received;
    assert_int_equal(received, MCAST_SENDERS + 7); /* nothing is left out of the sum */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(in_order, fresh),
        cmocka_unit_test_setup(what_came_before_we_listened_is_not_lost, fresh),
        cmocka_unit_test_setup(a_gap_is_a_loss, fresh),
        cmocka_unit_test_setup(a_late_one_is_a_reordering_and_no_loss, fresh),
        cmocka_unit_test_setup(duplicates, fresh),
        cmocka_unit_test_setup(the_edge_of_the_window, fresh),
        cmocka_unit_test_setup(a_jump_over_the_whole_window_forgets_it, fresh),
        cmocka_unit_test_setup(two_old_ones_in_a_row_are_a_new_beginning, fresh),
        cmocka_unit_test_setup(a_straggler_is_no_new_beginning, fresh),
        cmocka_unit_test_setup(the_numbers_wrap_around, fresh),
        cmocka_unit_test(as_a_naive_model_counts),
        cmocka_unit_test(each_sender_is_counted_by_itself),
        cmocka_unit_test(too_many_senders_replace_who_was_silent_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
