/* reqrep_answer.h - the answers that the server gives without executing anything: a refusal, and its side of the alive test.
 * In that test a client that waits for a long operation asks with a probe whether the server still works on it. */
#ifndef REQREP_ANSWER_H
#define REQREP_ANSWER_H
#include "reqrep_cache.h"
#include "reqrep_jobs.h"
#include "reqrep_log.h"

/* Writes the reply to a request that is not executed; `reason` is its status, `semantics` are those of the server. */
static inline enum reqrep_outcome refuse(const struct reqrep_message *request, enum reqrep_semantics semantics,
                                         enum reqrep_status reason, struct reqrep_message *reply)
{
    *reply = reqrep_reply(request, semantics, reason, 0);
    return REFUSED;
}

/* Writes the answer to a long operation when all places for jobs are taken. At-least-once: a repeated request that is under way
 * gets WORKING. At-most-once: the cache remembers the refusal, so that a duplicate is not executed after it. */
static inline enum reqrep_outcome refuse_job(struct reply_cache *cache, const struct jobs *jobs,
                                             const struct reqrep_message *request, struct reqrep_message *reply)
{
    if (jobs_running(jobs, request)) {
        *reply = *request;
        reply->kind = WORKING;
        return ANSWERED_WORKING;
    }
    refuse(request, cache->semantics, REFUSED_BUSY, reply);
    cache_store(cache, reply);
    return REFUSED;
}

/* Writes the answer to a probe: the reply itself, WORKING, or UNKNOWN when the server lost the request in a crash. */
static inline enum reqrep_outcome answer_probe(struct reply_cache *cache, const struct jobs *jobs,
                                               const struct reqrep_message *probe, int64_t now_ns,
                                               struct reqrep_message *answer)
{
    if (cache_find(cache, probe, now_ns, answer)) return answer->kind == REPLY ? REPLAYED : ANSWERED_WORKING;
    *answer = *probe;
    answer->kind = jobs_running(jobs, probe) ? WORKING : UNKNOWN;
    return answer->kind == WORKING ? ANSWERED_WORKING : ANSWERED_UNKNOWN;
}

#endif
