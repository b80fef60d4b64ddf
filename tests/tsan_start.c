/* tsan_start.c - linked into every program that is built with the thread sanitizer, so that no signal is lost in it.
 *
 * The sanitizer keeps what it knows of a thread's signals in memory that the thread's first waiting call allocates (SigCtx
 * in its tsan_interceptors_posix.cpp). GCC 12's forgets a signal that comes in just then: its handler is never called, and
 * a program that was asked to stop, or to speak, waits for ever. Here that first call is made before anybody can know us.
 */
#include <poll.h>
#include <stddef.h>

__attribute__((constructor)) static void wait_for_nothing(void) { poll(NULL, 0, 0); }
