/* reqrep_service.c - see reqrep_service.h. */
#include "reqrep_service.h"

/* How long a client that is silent is remembered when others need its place. Nothing that it sent before can still be
 * on its way by then: that is an assumption about the network, and at-most-once rests on it. */
static const int64_t FORGET_NS = 600LL * 1000000000;

struct remembered {
    uint32_t request;            /* 0: this place is free */
    struct reqrep_message reply; /* kind WORKING while there is none */
};

struct service_client {
    uint64_t id;
    uint32_t floor; /* nothing up to this request is executed any more */
    int64_t heard_ns;
    struct remembered replies[]; /* service.history of them, all above `floor` */
};

static struct service_client *find_client(const struct service *s, uint64_t id)
{
    for (size_t i = 0; i < SERVICE_CLIENTS && s->clients[i] != NULL; i++)
        if (s->clients[i]->id == id) return s->clients[i];
    return NULL;
}

/* A place for a new client: a free one, or that of the one who was silent for the longest time, if since `before_ns`. */
static struct service_client *new_client(struct service *s, uint64_t id, int64_t before_ns)
{
    size_t place = 0;
    for (size_t i = 0; i < SERVICE_CLIENTS && s->clients[place] != NULL; i++)
        if (s->clients[i] == NULL || s->clients[i]->heard_ns < s->clients[place]->heard_ns) place = i;
    if (s->clients[place] != NULL && s->clients[place]->heard_ns > before_ns) return NULL;

    free(s->clients[place]);
    struct service_client *c = calloc(1, sizeof *c + s->history * sizeof *c->replies);
    if (c == NULL) err(DEMO_FAILED, "a new client");
    c->id = id;
    return s->clients[place] = c;
}

static void forget_up_to(const struct service *s, struct service_client *c, uint32_t request)
{
    if (request > c->floor) c->floor = request;
    for (size_t i = 0; i < s->history; i++)
        if (c->replies[i].request <= c->floor) c->replies[i].request = 0;
}

static struct remembered *find_reply(const struct service *s, struct service_client *c, uint32_t request)
{
    for (size_t i = 0; i < s->history; i++)
        if (c->replies[i].request == request) return &c->replies[i];
    return NULL;
}

/* A place for the reply to a request that has none yet: a free one or, when all are taken, that of the oldest reply. NULL
 * when the request is older than all of them, since then it may have been executed, and its reply forgotten. */
static struct remembered *new_reply(const struct service *s, struct service_client *c, uint32_t request)
{
    if (request <= c->floor) return NULL;
    struct remembered *place = &c->replies[0];
    for (size_t i = 1; i < s->history; i++)
        if (c->replies[i].request < place->request) place = &c->replies[i];
    if (place->request > request) return NULL;
    place->request = request;
    return place;
}

/* Notes, by the semantics, that a request will be executed, so that it is not executed again. NULL if it must not be. */
static struct service_client *admit(struct service *s, struct service_client *c, const struct reqrep_message *in)
{
    if (s->semantics == AT_MOST_ONCE) {
        struct remembered *place = new_reply(s, c, in->request);
        if (place == NULL) return NULL;
        place->reply = *in;
        place->reply.kind = WORKING;
    } else {
        if (in->request <= c->floor) return NULL;
        c->floor = in->request;
    }
    return c;
}

void service_begin(struct service *s, const struct executions *past, int64_t now_ns)
{
    for (size_t i = 0; i < past->count; i++) {
        const struct execution *e = &past->list[i];
        s->balance = e->balance;
        s->executed++;
        if (s->semantics == AT_LEAST_ONCE) continue;
        struct service_client *c = find_client(s, e->client);
        if (c == NULL) c = new_client(s, e->client, INT64_MAX); /* in place of the oldest, if they are too many */
        c->heard_ns = (int64_t)i;                               /* until all are read, their order is their age */
        struct reqrep_message in = {.client = e->client, .request = e->request, .operation = e->operation};
        struct remembered *place;
        if (admit(s, c, &in) == NULL || s->semantics == MAYBE) continue;
        if ((place = find_reply(s, c, e->request)) == NULL) continue;
        place->reply.kind = REPLY;
        place->reply.semantics = s->semantics;
        place->reply.value = e->balance;
    }
    for (size_t i = 0; i < SERVICE_CLIENTS && s->clients[i] != NULL; i++) s->clients[i]->heard_ns = now_ns;
}

void service_end(struct service *s)
{
    for (size_t i = 0; i < SERVICE_CLIENTS; i++) free(s->clients[i]);
}

/* The operation itself. It is done when its line is in the journal; at-most-once needs that to hold whatever happens,
 * because the client will be told that it was done. */
static void execute(struct service *s, const struct reqrep_message *in, struct reqrep_message *out)
{
    *out = (struct reqrep_message){.kind = REPLY,
                                   .semantics = s->semantics,
                                   .operation = in->operation,
                                   .client = in->client,
                                   .request = in->request};
    if (in->operation == DEPOSIT && s->balance > INT64_MAX - in->value) {
        s->refused++;
        out->status = REFUSED_AMOUNT;
        out->value = s->balance;
        return;
    }
    if (in->operation == DEPOSIT) s->balance += in->value;
    out->value = s->balance;
    s->executed++;

    struct execution e = {.client = in->client,
                          .request = in->request,
                          .attempt = in->attempt,
                          .operation = in->operation,
                          .argument = in->value,
                          .balance = s->balance};
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(e.at, sizeof e.at, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(e.at + n, sizeof e.at - n, ".%06ldZ", now.tv_nsec / 1000);
    journal_write(s->journal, &e, s->semantics == AT_MOST_ONCE);
}

static void remember(struct service *s, const struct reqrep_message *reply)
{
    if (s->semantics != AT_MOST_ONCE) return;
    struct service_client *c = find_client(s, reply->client);
    struct remembered *place = c != NULL ? find_reply(s, c, reply->request) : NULL;
    if (place != NULL) place->reply = *reply; /* else it was acknowledged or pushed out while it took long */
}

static enum service_outcome turn_down(struct service *s, const struct reqrep_message *in, enum reqrep_status status,
                                      struct reqrep_message *out)
{
    s->refused++;
    *out = *in;
    out->kind = REPLY;
    out->attempt = 0;
    out->semantics = s->semantics;
    out->status = status;
    out->value = 0;
    return TURNED_DOWN;
}

static struct service_job *find_job(struct service *s, const struct reqrep_message *in)
{
    for (size_t i = 0; i < SERVICE_JOBS; i++)
        if (s->jobs[i].request.kind && s->jobs[i].request.client == in->client &&
            s->jobs[i].request.request == in->request)
            return &s->jobs[i];
    return NULL;
}

static enum service_outcome receive_request(struct service *s, const struct reqrep_message *in,
                                            const struct sockaddr_storage *from, socklen_t from_len, int64_t now_ns,
                                            struct reqrep_message *out)
{
    if (in->semantics != s->semantics) return turn_down(s, in, REFUSED_SEMANTICS, out);
    struct service_job *job = s->jobs;
    if (in->operation == AUDIT)
        while (job < s->jobs + SERVICE_JOBS && job->request.kind) job++;
    struct service_client *c = NULL;
    if (s->semantics != AT_LEAST_ONCE) {
        if ((c = find_client(s, in->client)) == NULL) c = new_client(s, in->client, now_ns - FORGET_NS);
        if (c == NULL) return turn_down(s, in, REFUSED_BUSY, out);
        c->heard_ns = now_ns;
        struct remembered *known = s->semantics == AT_MOST_ONCE ? find_reply(s, c, in->request) : NULL;
        if (known != NULL) {
            *out = known->reply;
            if (out->kind == WORKING) return STILL_WORKING;
            s->replayed++;
            return REPLAYED;
        }
    }
    if (job == s->jobs + SERVICE_JOBS) return turn_down(s, in, REFUSED_BUSY, out);
    if (c != NULL && admit(s, c, in) == NULL) {
        s->refused++;
        return TOO_OLD;
    }
    if (in->operation == AUDIT) {
        *job = (struct service_job){.request = *in, .from_len = from_len, .due_ns = now_ns + in->value * 1000000};
        memcpy(&job->from, from, from_len);
        *out = *in;
        out->kind = WORKING;
        return STARTED;
    }
    execute(s, in, out);
    remember(s, out);
    return EXECUTED;
}

enum service_outcome service_receive(struct service *s, const struct reqrep_message *in,
                                     const struct sockaddr_storage *from, socklen_t from_len, int64_t now_ns,
                                     struct reqrep_message *out)
{
    *out = (struct reqrep_message){0};
    struct service_client *c = find_client(s, in->client);
    switch (in->kind) {
    case REQUEST: s->received++; return receive_request(s, in, from, from_len, now_ns, out);
    case ACK:
        if (c != NULL && s->semantics == AT_MOST_ONCE) forget_up_to(s, c, in->request);
        return ACKNOWLEDGED;
    case PROBE: {
        struct remembered *known = c != NULL && s->semantics == AT_MOST_ONCE ? find_reply(s, c, in->request) : NULL;
        *out = known != NULL ? known->reply : *in;
        if (known == NULL) out->kind = find_job(s, in) != NULL ? WORKING : UNKNOWN;
        if (out->kind == REPLY) s->replayed++;
        return out->kind == REPLY ? REPLAYED : out->kind == WORKING ? STILL_WORKING : PROBED_IN_VAIN;
    }
    default: return NOT_FOR_SERVERS;
    }
}

const struct service_job *service_next(const struct service *s)
{
    const struct service_job *next = NULL;
    for (const struct service_job *job = s->jobs; job < s->jobs + SERVICE_JOBS; job++)
        if (job->request.kind && (next == NULL || job->due_ns < next->due_ns)) next = job;
    return next;
}

void service_finish(struct service *s, const struct service_job *job, struct reqrep_message *out)
{
    execute(s, &job->request, out);
    remember(s, out);
    s->jobs[job - s->jobs].request.kind = 0;
}
