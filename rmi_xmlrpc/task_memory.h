/* task_memory.h - the memory of a task of motor_calculo, taken before the task begins.
 *
 * GMP cannot report that there is no memory: it calls abort(3), which ends the server and the tasks of all its clients. Its
 * allocation functions may not fail, and may not longjmp(3) (GMP manual, "Custom Allocation"). So each task takes all that it
 * can need beforehand, and where that fails only this task fails. */
#ifndef TASK_MEMORY_H
#define TASK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes for one task. The largest, fibonacci(1000000), asks GMP for 1.9 MB from its begin to its end, pi(50000) for 0.2 MB.
 * Pages that a task does not touch cost no memory: 16 tasks at once use 30 MB at most, and 64 MiB of address space. */
enum { TASK_MEMORY = 4 << 20 };

/* From now on, GMP's numbers in this thread live there. False: there is no memory. */
bool task_memory_take(void);

/* Frees all numbers of the task. Returns how many bytes GMP asked for. */
size_t task_memory_give_back(void);

#endif
