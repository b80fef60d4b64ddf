/* reqrep_crash.h - --crash-after of reqrep_server: a crash at the moment that matters most. The journal has the execution, and
 * the client has no reply. */
#ifndef REQREP_CRASH_H
#define REQREP_CRASH_H
#include "reqrep_log.h"

/* Call it after each execution, before the reply is sent. Ends the process at once: a crash prints no last line. */
static inline void crash_if_due(size_t crash_after, enum reqrep_outcome outcome)
{
    static size_t executed; /* in this run */
    if (outcome == EXECUTED && ++executed == crash_after) _exit(DEMO_FAILED);
}

#endif
