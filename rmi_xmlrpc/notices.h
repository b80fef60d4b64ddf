/* notices.h - callbacks: notices of a task's progress, delivered to an object of the client that asked for the task.
 *
 * The task must not wait for the listener. It puts a notice into a queue, and a thread of that listener makes the call. A
 * slow listener loses the oldest notices, one that is gone loses all. */
#ifndef NOTICES_H
#define NOTICES_H

#include <stdbool.h>

struct notices;

/* For the object at `url`; NULL when there are too many listeners already. Ends with notices_close(). */
struct notices *notices_open(const char *url, const char *task);

/* Never waits. */
void notices_put(struct notices *notices, int done, int total);

/* The task is done: notices that were not delivered are dropped. Does not wait either. */
void notices_close(struct notices *notices);

/* Waits for the threads, at most for one delivery, and tells what happened to all notices. */
void notices_finish(unsigned long *delivered, unsigned long *dropped);

#endif
