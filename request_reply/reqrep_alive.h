/* reqrep_alive.h - the server's side of the alive test: a client that waits for a long operation asks with a probe whether
 * the server still works on it. */
#ifndef REQREP_ALIVE_H
#define REQREP_ALIVE_H
#include "reqrep_cache.h"
#include "reqrep_jobs.h"
#include "reqrep_log.h"

/* Writes the answer to a probe: the reply itself, WORKING, or UNKNOWN when the server lost the request in a crash. */
static inline enum reqrep_outcome alive_answer(struct reply_cache *cache, const struct jobs *jobs,
                                               const struct reqrep_message *probe, int64_t now_ns,
                                               struct reqrep_message *answer)
{
    if (cache_find(cache, probe, now_ns, answer)) return answer->kind == REPLY ? REPLAYED : STILL_WORKING;
    *answer = *probe;
    answer->kind = jobs_running(jobs, probe) ? WORKING : UNKNOWN;
    return answer->kind == WORKING ? STILL_WORKING : PROBED_IN_VAIN;
}

#endif
