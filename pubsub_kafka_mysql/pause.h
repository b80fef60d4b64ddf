/* pause.h - a sleep that ends early when the program should stop. */
#ifndef PAUSE_H
#define PAUSE_H
#include "../common/demo.h"

/* Sleeps for `ms` milliseconds. False: the program should stop. */
static inline bool pause_ms(int ms)
{
    struct pollfd stop; /* belongs to demo_wait(): the stop signal. No other descriptor is waited for */
    return demo_wait(&stop, 0, ms) == 0;
}

#endif
