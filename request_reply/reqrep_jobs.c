/* reqrep_jobs.c - the table of long operations. Simplification: it is searched from end to end. */
#include "reqrep_jobs.h"

bool jobs_full(const struct jobs *jobs)
{
    for (size_t i = 0; i < JOBS; i++)
        if (!jobs->list[i].request.kind) return false;
    return true;
}

void jobs_start(struct jobs *jobs, const struct reqrep_message *request, const struct reqrep_peer *from,
                int64_t now_ns, struct reqrep_message *answer)
{
    struct job *job = jobs->list;
    while (job->request.kind) job++;
    *job = (struct job){.request = *request, .from = *from, .due_ns = now_ns + request->value * 1000000};
    *answer = *request;
    answer->kind = WORKING;
}

bool jobs_running(const struct jobs *jobs, const struct reqrep_message *request)
{
    for (const struct job *job = jobs->list; job < jobs->list + JOBS; job++)
        if (job->request.kind && job->request.client == request->client && job->request.number == request->number)
            return true;
    return false;
}

const struct job *jobs_next(const struct jobs *jobs)
{
    const struct job *next = NULL;
    for (const struct job *job = jobs->list; job < jobs->list + JOBS; job++)
        if (job->request.kind && (next == NULL || job->due_ns < next->due_ns)) next = job;
    return next;
}

int jobs_timeout_ms(const struct jobs *jobs, int64_t now_ns)
{
    const struct job *next = jobs_next(jobs);
    return next != NULL ? demo_timeout_ms(next->due_ns, now_ns) : -1;
}

void jobs_end(struct jobs *jobs, const struct job *job) { jobs->list[job - jobs->list].request.kind = 0; }
