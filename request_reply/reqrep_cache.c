/* reqrep_cache.c - the reply cache of each client, and its bounds: how many replies, how many clients, for how long. */
#include "reqrep_cache.h"

/* A client that is silent for this time may be forgotten when a new one needs its place. At-most-once assumes that no
 * datagram of it is still under way then. */
static const int64_t FORGET_NS = 600LL * 1000000000;

struct remembered {
    uint32_t number;             /* of the request; 0: this place is free */
    struct reqrep_message reply; /* kind WORKING until there is one */
};

struct cached_client {
    uint64_t id;
    uint32_t floor; /* no request up to this one is executed any more */
    int64_t heard_ns;
    struct remembered replies[]; /* cache->history of them, all above `floor` */
};

static struct cached_client *find_client(const struct reply_cache *cache, uint64_t id)
{
    for (size_t i = 0; i < CACHE_CLIENTS && cache->clients[i] != NULL; i++)
        if (cache->clients[i]->id == id) return cache->clients[i];
    return NULL;
}

/* Adds a client: in a free place, or in that of the client silent for the longest time, if it was silent since `before_ns`.
 * NULL: there is no such place. */
static struct cached_client *new_client(struct reply_cache *cache, uint64_t id, int64_t before_ns)
{
    size_t place = 0;
    for (size_t i = 0; i < CACHE_CLIENTS && cache->clients[place] != NULL; i++)
        if (cache->clients[i] == NULL || cache->clients[i]->heard_ns < cache->clients[place]->heard_ns) place = i;
    if (cache->clients[place] != NULL && cache->clients[place]->heard_ns > before_ns) return NULL;

    free(cache->clients[place]);
    struct cached_client *c = calloc(1, sizeof *c + cache->history * sizeof *c->replies);
    if (c == NULL) err(DEMO_FAILED, "a new client");
    c->id = id;
    return cache->clients[place] = c;
}

static void forget_up_to(const struct reply_cache *cache, struct cached_client *c, uint32_t number)
{
    if (number > c->floor) c->floor = number;
    for (size_t i = 0; i < cache->history; i++)
        if (c->replies[i].number <= c->floor) c->replies[i].number = 0;
}

static struct remembered *find_reply(const struct reply_cache *cache, struct cached_client *c, uint32_t number)
{
    for (size_t i = 0; i < cache->history; i++)
        if (c->replies[i].number == number) return &c->replies[i];
    return NULL;
}

/* A place for the reply to a new request: a free one or, when all are taken, that of the oldest reply. NULL when the request
 * is older than all of them: it may have been executed, and its reply forgotten. */
static struct remembered *new_reply(const struct reply_cache *cache, struct cached_client *c, uint32_t number)
{
    if (number <= c->floor) return NULL;
    struct remembered *place = &c->replies[0];
    for (size_t i = 1; i < cache->history; i++)
        if (c->replies[i].number < place->number) place = &c->replies[i];
    if (place->number > number) return NULL;
    place->number = number;
    return place;
}

/* The client of this id; NULL when it is new and there is no place for it. */
static struct cached_client *find_or_add_client(struct reply_cache *cache, uint64_t id, int64_t before_ns)
{
    struct cached_client *c = find_client(cache, id);
    return c != NULL ? c : new_client(cache, id, before_ns);
}

bool cache_find(struct reply_cache *cache, const struct reqrep_message *request, int64_t now_ns,
                struct reqrep_message *reply)
{
    struct cached_client *c = cache->semantics == AT_MOST_ONCE ? find_client(cache, request->client) : NULL;
    if (c == NULL) return false;
    c->heard_ns = now_ns;
    const struct remembered *known = find_reply(cache, c, request->number);
    if (known == NULL) return false;
    *reply = known->reply;
    return true;
}

/* Notes that a request will be executed. False when it must not be executed. */
static bool reserve_place(const struct reply_cache *cache, struct cached_client *c,
                          const struct reqrep_message *request)
{
    if (cache->semantics == AT_MOST_ONCE) {
        struct remembered *place = new_reply(cache, c, request->number);
        if (place == NULL) return false;
        place->reply = *request;
        place->reply.kind = WORKING;
        return true;
    }
    if (request->number <= c->floor) return false;
    c->floor = request->number;
    return true;
}

enum cache_reservation cache_reserve(struct reply_cache *cache, const struct reqrep_message *request, int64_t now_ns)
{
    if (cache->semantics == AT_LEAST_ONCE) return CACHE_RESERVED;
    struct cached_client *c = find_or_add_client(cache, request->client, now_ns - FORGET_NS);
    if (c == NULL) return CACHE_FULL;
    c->heard_ns = now_ns;
    return reserve_place(cache, c, request) ? CACHE_RESERVED : CACHE_TOO_OLD;
}

void cache_store(struct reply_cache *cache, const struct reqrep_message *reply)
{
    if (cache->semantics != AT_MOST_ONCE) return;
    struct cached_client *c = find_client(cache, reply->client);
    struct remembered *place = c != NULL ? find_reply(cache, c, reply->number) : NULL;
    if (place != NULL) place->reply = *reply; /* NULL: acknowledged or displaced during a long operation */
}

void cache_acknowledge(struct reply_cache *cache, const struct reqrep_message *ack)
{
    struct cached_client *c = cache->semantics == AT_MOST_ONCE ? find_client(cache, ack->client) : NULL;
    if (c != NULL) forget_up_to(cache, c, ack->number);
}

void cache_begin(struct reply_cache *cache, const struct executions *past, int64_t now_ns)
{
    if (cache->semantics == AT_LEAST_ONCE) return;
    for (size_t i = 0; i < past->count; i++) {
        const struct execution *e = &past->list[i];
        struct reqrep_message reply = {.kind = REPLY,
                                       .semantics = cache->semantics,
                                       .operation = e->operation,
                                       .client = e->client,
                                       .number = e->request,
                                       .value = e->balance};
        struct cached_client *c = find_or_add_client(cache, e->client, INT64_MAX); /* replaces the oldest when full */
        c->heard_ns = (int64_t)i; /* until all are read, the order of the lines is the age of the clients */
        if (reserve_place(cache, c, &reply)) cache_store(cache, &reply);
    }
    for (size_t i = 0; i < CACHE_CLIENTS && cache->clients[i] != NULL; i++) cache->clients[i]->heard_ns = now_ns;
}

void cache_end(struct reply_cache *cache)
{
    for (size_t i = 0; i < CACHE_CLIENTS; i++) free(cache->clients[i]);
}
