/* last_calls.h - lets a program that was asked to stop make remote calls once more, to give back what others keep for it. */
#ifndef LAST_CALLS_H
#define LAST_CALLS_H
#include "../common/demo.h"

/* A remote call gives up while the stop pipe is readable: this empties the pipe. From now on SIGINT and SIGTERM have their
 * default action: they kill. */
static inline void last_calls_begin(void)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    char signals[2]; /* a byte of each, from demo_start()'s handler */
    if (demo_stop && read(demo_stop_pipe[0], signals, sizeof signals) > 0) demo_stop = 0;
}

#endif
