/* tasks.h - the tasks of motor_calculo: exact, bounded, with whole numbers of any size (GMP). No side effects. */
#ifndef TASKS_H
#define TASKS_H

#include <stdbool.h>

enum {
    TASK_PI_MAX = 50000,          /* digits after the point: a second or two */
    TASK_FIBONACCI_MAX = 1000000, /* its 208988 digits fit into an answer */
};

/* Called several times during a task: `done` of `total` digits are calculated. False: the task shall end now. */
typedef bool task_progress(void *context, int done, int total);

/* "3.14159": so many digits of pi after the point, cut off, not rounded. For the caller to free. NULL: no memory, or ended by
 * `progress`. */
char *task_pi(int digits, task_progress *progress, void *context);

/* The n-th of 0, 1, 1, 2, 3, 5, ... For the caller to free. NULL: no memory. */
char *task_fibonacci(int n);

/* Whether a number, in decimal digits, is prime. False when it is 2^64 or more, or no number. */
bool task_prime(const char *decimal, bool *prime);

#endif
