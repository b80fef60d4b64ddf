/* notices.h - calls back: notices of a task's progress on their way to the caller's own object.
 *
 * The task must not wait for whoever listens: it leaves a notice in a queue, and a thread of the listener's own delivers. A
 * listener that is slow misses the oldest notices, one that is gone the rest; the task does not notice. */
#ifndef NOTICES_H
#define NOTICES_H

#include <stdbool.h>

struct notices;

/* For the object at `url`; NULL when too many listeners, slow ones perhaps, are served already. */
struct notices *notices_open(const char *url, const char *task);

/* Never waits. */
void notices_put(struct notices *notices, int done, int total);

/* The task is done: what has not been delivered is of no use any more. Does not wait either. */
void notices_close(struct notices *notices);

/* Waits for the threads, which is at most for one delivery, and tells what became of all notices. */
void notices_finish(unsigned long *delivered, unsigned long *dropped);

#endif
