/* test_tasks.c - the tasks of motor_calculo: exact digits, exact numbers, and their memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>

#include "task_memory.h"
#include "tasks.h"

/* Published digits; the six nines from the 762nd on are where rounding, or too few guard digits, would show. */
static const char first_100[] = "3.14159265358979323846264338327950288419716939937510"
                                "58209749445923078164062862089986280348253421170679";

static void pi_is_exact_and_not_rounded(void **state)
{
    (void)state;
    for (int digits = 0; digits <= 100; digits++) {
        char *pi = task_pi(digits, NULL, NULL);
        assert_int_equal(strlen(pi), digits > 0 ? 2 + digits : 1);
        assert_memory_equal(pi, first_100, strlen(pi));
        free(pi);
    }
    char *longer = task_pi(1000, NULL, NULL);
    assert_string_equal(longer + 2 + 990, "2164201989"); /* the 991st to the 1000th */
    for (int digits = 755; digits < 775; digits++) {
        char *pi = task_pi(digits, NULL, NULL);
        assert_memory_equal(pi, longer, strlen(pi));
        free(pi);
    }
    assert_memory_equal(longer + 2 + 761, "999999837", 9);
    free(longer);
}

static void pi_at_its_bound(void **state)
{
    (void)state;
    char *longest = task_pi(TASK_PI_MAX, NULL, NULL), *shorter = task_pi(10000, NULL, NULL);
    assert_int_equal(strlen(longest), TASK_PI_MAX + 2);
    assert_memory_equal(longest, shorter, strlen(shorter));
    assert_string_equal(shorter + 2 + 9990, "5256375678"); /* the last ten of ten thousand */
    free(longest);
    free(shorter);
}

static int told, last_done;
static bool note(void *context, int done, int total)
{
    assert_ptr_equal(context, &told);
    assert_int_equal(total, 2000);
    assert_in_range(done, last_done + 1, total);
    last_done = done;
    told++;
    return true;
}

static void progress_only_grows(void **state)
{
    (void)state;
    free(task_pi(2000, note, &told));
    assert_int_equal(told, 9);
    assert_int_equal(last_done, 1800);
}

static bool end_at_the_third(void *count, int done, int total)
{
    (void)done, (void)total;
    return ++*(int *)count < 3;
}

static void a_task_ends_when_progress_says_so(void **state)
{
    (void)state;
    int count = 0;
    assert_null(task_pi(2000, end_at_the_third, &count));
    assert_int_equal(count, 3);
}

static void the_memory_of_a_task_is_taken_before_it(void **state)
{
    (void)state;
    bool prime;
    for (int i = 0; i < 3; i++) {
        assert_true(task_memory_take());
        char *text = i == 0 ? task_pi(TASK_PI_MAX, NULL, NULL) : i == 1 ? task_fibonacci(TASK_FIBONACCI_MAX) : NULL;
        if (i == 2) assert_true(task_prime("18446744073709551557", &prime) && prime);
        assert_in_range(task_memory_give_back(), 100,
                        TASK_MEMORY / 4 * 3); /* GMP for another processor may take more */
        if (i == 1) assert_memory_equal(text, "19532821287077577316", 20); /* the result stays */
        free(text);
    }
}

static void without_memory_no_task_begins(void **state)
{
    (void)state;
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    none = before;
    none.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    const bool taken = task_memory_take();
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_false(taken);
}

static void fibonacci_is_exact(void **state)
{
    (void)state;
    const struct {
        int n;
        const char *text;
    } known[] = {
        {0, "0"}, {1, "1"}, {2, "1"}, {10, "55"}, {93, "12200160415121876738"}, {100, "354224848179261915075"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = task_fibonacci(known[i].n);
        assert_string_equal(text, known[i].text);
        free(text);
    }
    char *largest = task_fibonacci(TASK_FIBONACCI_MAX);
    assert_int_equal(strlen(largest), 208988);
    assert_memory_equal(largest, "19532821287077577316", 20);
    assert_string_equal(largest + 208988 - 9, "242546875");
    free(largest);
}

static void primes_up_to_64_bits(void **state)
{
    (void)state;
    bool prime;
    int count = 0;
    for (int n = 0; n < 1000; n++) {
        char text[12];
        snprintf(text, sizeof text, "%d", n);
        assert_true(task_prime(text, &prime));
        count += prime;
    }
    assert_int_equal(count, 168);
    const char *primes[] = {"2147483647", "18446744073709551557", "007"},
               *composites[] = {"0", "1", "561", "3215031751", "3825123056546413051", "18446744073709551615"};
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) assert_true(task_prime(primes[i], &prime) && prime);
    for (size_t i = 0; i < sizeof composites / sizeof *composites; i++)
        assert_true(task_prime(composites[i], &prime) && !prime);
    const char *beyond[] = {"18446744073709551616",
                            "99999999999999999999",
                            "100000000000000000000",
                            "",
                            "-7",
                            "+7",
                            "7 ",
                            "0x7",
                            "siete"};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) assert_false(task_prime(beyond[i], &prime));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pi_is_exact_and_not_rounded),
        cmocka_unit_test(pi_at_its_bound),
        cmocka_unit_test(progress_only_grows),
        cmocka_unit_test(fibonacci_is_exact),
        cmocka_unit_test(primes_up_to_64_bits),
        cmocka_unit_test(a_task_ends_when_progress_says_so),
        cmocka_unit_test(the_memory_of_a_task_is_taken_before_it),
        cmocka_unit_test(without_memory_no_task_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
