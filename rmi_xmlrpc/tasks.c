/* tasks.c - digits of pi, Fibonacci numbers and primes, calculated with GMP. */
#include "tasks.h"

#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 10 }; /* of the progress that a task reports */

/* sum += factor * unity * arctan(1 / x), by the series 1/x - 1/3x^3 + 1/5x^5 - ... False when `progress` ended it. */
static bool add_arctan(mpz_t sum, long factor, unsigned long x, const mpz_t unity, int digits,
                       task_progress *progress, void *context)
{
    mpz_t power, term;
    mpz_init(term);
    mpz_init_set(power, unity);
    mpz_mul_si(power, power, factor);
    mpz_tdiv_q_ui(power, power, x);
    const size_t all = mpz_sizeinbase(power, 2);
    int reported = 0;
    bool going_on = true;
    for (unsigned long n = 1; mpz_sgn(power) != 0 && going_on; n += 2) {
        mpz_tdiv_q_ui(term, power, n);
        if (n % 4 == 1) mpz_add(sum, sum, term);
        else mpz_sub(sum, sum, term);
        mpz_tdiv_q_ui(power, power, x * x);
        const int step = (int)((all - mpz_sizeinbase(power, 2)) * STEPS /
                               all); /* each term is shorter by the same number of bits */
        if (progress != NULL && step > reported && reported < STEPS)
            going_on = progress(context, (int)((long long)digits * (reported = step) / STEPS), digits);
    }
    mpz_clears(power, term, NULL);
    return going_on;
}

char *task_pi(int digits, task_progress *progress, void *context)
{
    char *text = NULL;
    mpz_t unity, pi, guard, rest;
    mpz_inits(unity, pi, guard, rest, NULL);
    for (unsigned long more = 20; text == NULL; more *= 2) {
        /* Machin, 1706: pi = 16 arctan(1/5) - 4 arctan(1/239), in units of the last digit, with `more` digits to guard. */
        mpz_ui_pow_ui(unity, 10, (unsigned long)digits + more);
        mpz_set_ui(pi, 0);
        add_arctan(pi, -4, 239, unity, digits, NULL, NULL);
        if (!add_arctan(pi, 16, 5, unity, digits, progress, context)) break;

        /* Each division cuts off less than one unit: all of them together, for so many digits, less than 10^10. This error
         * can change a digit before the guard only when the guard is nearly all nines or zeros. A longer guard decides. */
        mpz_ui_pow_ui(guard, 10, more);
        mpz_tdiv_qr(pi, rest, pi, guard);
        mpz_ui_pow_ui(unity, 10, 10);
        mpz_sub(guard, guard, unity);
        if (mpz_cmp(rest, unity) < 0 || mpz_cmp(rest, guard) > 0) continue;
        text = malloc((size_t)digits + 4);
        if (text == NULL) break;
        mpz_get_str(text + 1, 10, pi); /* 314159, one place to the right */
        text[0] = '3';
        text[1] = digits > 0 ? '.' : '\0';
    }
    mpz_clears(unity, pi, guard, rest, NULL);
    return text;
}

char *task_fibonacci(int n)
{
    mpz_t fibonacci;
    mpz_init(fibonacci);
    mpz_fib_ui(fibonacci, (unsigned long)n);
    char *text = malloc(mpz_sizeinbase(fibonacci, 10) + 1); /* one more than the digits at most */
    if (text != NULL) mpz_get_str(text, 10, fibonacci);
    mpz_clear(fibonacci);
    return text;
}

bool task_prime(const char *decimal, bool *prime)
{
    mpz_t number;
    size_t digits = strspn(decimal, "0123456789");
    bool right = digits > 0 && digits <= 20 && decimal[digits] == '\0';
    mpz_init(number);
    if (right) right = mpz_set_str(number, decimal, 10) == 0 && mpz_sizeinbase(number, 2) <= 64;
    if (right) *prime = mpz_probab_prime_p(number, 25) > 0; /* includes Baillie-PSW, which is exact below 2^64 */
    mpz_clear(number);
    return right;
}
