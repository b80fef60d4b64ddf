/* reqrep_jobs.h - long operations, which go on while the server answers other requests. An audit takes as long as its
 * argument says; its result is computed when that time is over. No socket and no clock in here. */
#ifndef REQREP_JOBS_H
#define REQREP_JOBS_H
#include "../common/demo.h"

#include "reqrep_peer.h"
#include "reqrep_proto.h"

enum { JOBS = 64 }; /* at once */

struct job {
    struct reqrep_message request; /* kind 0: this place is free */
    int64_t due_ns;
    struct reqrep_peer from; /* where its reply goes */
};

struct jobs {
    struct job list[JOBS];
};

bool jobs_full(const struct jobs *jobs);

/* Starts a request that takes request->value milliseconds from `now_ns` on; call it only when there is room. `answer` tells
 * the client that the server works on it. */
void jobs_start(struct jobs *jobs, const struct reqrep_message *request, const struct reqrep_peer *from,
                int64_t now_ns, struct reqrep_message *answer);

/* Is the job of this client and request under way? */
bool jobs_running(const struct jobs *jobs, const struct reqrep_message *request);

/* The job that ends next; NULL: there is none. */
const struct job *jobs_next(const struct jobs *jobs);

/* How long poll(2) may wait for it, in milliseconds; -1: there is none. */
int jobs_timeout_ms(const struct jobs *jobs, int64_t now_ns);

/* Frees the place of a job. */
void jobs_end(struct jobs *jobs, const struct job *job);

#endif
