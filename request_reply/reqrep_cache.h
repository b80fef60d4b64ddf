/* reqrep_cache.h - the reply cache: what the server remembers of each client, so that it can tell a new request from one
 * that arrived before.
 *
 *   maybe           the highest request number of each client; a request that is not above it is not executed. This goes
 *                   beyond the textbook, where maybe has no filter: a request that the network duplicates is executed twice
 *   at-least-once   nothing; every request that arrives is executed
 *   at-most-once    the last replies to each client; a request that has one is answered with it. A request older than all
 *                   of them may have been executed, so it is not executed
 *
 * No socket and no clock in here: requests and the time are arguments, so that a test can play a thousand runs in a second.
 * All times are nanoseconds of demo_now_ns(). */
#ifndef REQREP_CACHE_H
#define REQREP_CACHE_H
#include "../common/demo.h"

#include "reqrep_journal.h"
#include "reqrep_proto.h"

enum {
    CACHE_CLIENTS = 1024, /* remembered at once */
    CACHE_HISTORY = 8,    /* replies to each of them, unless --history says otherwise */
};

struct reply_cache {
    enum reqrep_semantics semantics;
    size_t history;                               /* replies remembered for each client */
    struct cached_client *clients[CACHE_CLIENTS]; /* owned */
};

/* Fills the cache from the executions in the journal, which were read at `now_ns`. cache_end() frees it. */
void cache_begin(struct reply_cache *cache, const struct executions *past, int64_t now_ns);
void cache_end(struct reply_cache *cache);

/* Looks a request (or the request of a probe) up. True: it came before. `reply` is then its reply, or a message of kind
 * WORKING while it is executed. False: the cache does not know it. */
bool cache_find(struct reply_cache *cache, const struct reqrep_message *request, int64_t now_ns,
                struct reqrep_message *reply);

enum cache_reservation {
    CACHE_RESERVED, /* execute it, then store the reply; until then cache_find() says WORKING */
    CACHE_TOO_OLD,  /* do not execute it: it came before, or it is too old to tell */
    CACHE_FULL,     /* too many clients */
};

/* Reserves a place for the reply to a request that cache_find() does not know, if it may be executed. */
enum cache_reservation cache_reserve(struct reply_cache *cache, const struct reqrep_message *request, int64_t now_ns);

void cache_store(struct reply_cache *cache, const struct reqrep_message *reply);

/* The client has the replies up to this request: forgets them. */
void cache_acknowledge(struct reply_cache *cache, const struct reqrep_message *ack);

#endif
