/* Clients, a network and a server in one process and in virtual time: the real reqrep_call.c, link_faults.c, reqrep_cache.c,
 * reqrep_account.c, reqrep_jobs.c and reqrep_journal.c, thousands of seeds, no socket and no clock. After each run the
 * journal must show what the semantics promise; a run that breaks the promise names the message. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../faulty_link/link_faults.h"
#include "reqrep_account.h"
#include "reqrep_answer.h"
#include "reqrep_call.h"

enum { SEEDS = 1000, CALLS = 12, UNDER_WAY = 4096, CLIENT = 42 };
static const int64_t MS = 1000000;

struct datagram {
    int64_t due_ns;
    enum link_way way;
    struct reqrep_message message;
};

/* What reqrep_server.c keeps in its static variables. */
struct server {
    struct reply_cache cache;
    struct account account;
    struct jobs jobs;
    size_t replayed, refused;
};

/* One run. */
struct world {
    enum reqrep_semantics semantics;
    struct link_faults faults;
    int64_t now_ns;
    struct datagram under_way[UNDER_WAY];
    size_t count;
    uint64_t sent[2];
    struct datagram held[2]; /* due 0: none */
    struct journal journal;
    struct server server;
    size_t history, executions_until_crash; /* 0: no more */
    int64_t down_until_ns;
    bool answered[CALLS + 1];
};

static struct { /* of all seeds: these must have happened, or the tests showed nothing */
    size_t repeated, replayed, refused, crashes, given_up, late_executions;
} seen;

static void put(struct world *w, const struct datagram *d)
{
    assert_in_range(w->count, 0, UNDER_WAY - 1);
    w->under_way[w->count++] = *d;
}

/* What faulty_link.c does, without its sockets. */
static void network(struct world *w, enum link_way way, const struct reqrep_message *message)
{
    struct link_fate fate = link_fate_of(&w->faults, 0, way, ++w->sent[way]);
    struct datagram d = {w->now_ns + fate.delay_ns + 1, way, *message};
    if (fate.drop) return;
    if (fate.hold && !w->held[way].due_ns) {
        w->held[way] = d;
        return;
    }
    for (int copies = fate.duplicate ? 2 : 1; copies > 0; copies--) put(w, &d);
    if (w->held[way].due_ns) {
        w->held[way].due_ns = d.due_ns + 1;
        put(w, &w->held[way]);
        w->held[way].due_ns = 0;
    }
}

static void start_server(struct world *w)
{
    struct executions past = journal_read(&w->journal);
    w->server = (struct server){.cache = {.semantics = w->semantics, .history = w->history},
                                .account = {.semantics = w->semantics, .journal = &w->journal}};
    cache_begin(&w->server.cache, &past, w->now_ns);
    account_begin(&w->server.account, &past);
    free(past.list);
}

/* handle_request() of reqrep_server.c, in virtual time. */
static enum reqrep_outcome handle_request(struct world *w, const struct reqrep_message *request,
                                          struct reqrep_message *reply)
{
    static const struct reqrep_peer from;
    struct server *s = &w->server;
    if (request->semantics != w->semantics) return refuse(request, w->semantics, REFUSED_SEMANTICS, reply);
    if (cache_find(&s->cache, request, w->now_ns, reply)) return reply->kind == REPLY ? REPLAYED : ANSWERED_WORKING;
    enum cache_reservation place = cache_reserve(&s->cache, request, w->now_ns);
    if (place == CACHE_FULL) return refuse(request, w->semantics, REFUSED_BUSY, reply);
    if (place == CACHE_TOO_OLD) return TOO_OLD;
    if (request->operation == AUDIT && jobs_full(&s->jobs)) return refuse_job(&s->cache, &s->jobs, request, reply);
    if (request->operation == AUDIT) {
        jobs_start(&s->jobs, request, &from, w->now_ns, reply);
        return STARTED;
    }
    account_execute(&s->account, request, reply);
    cache_store(&s->cache, reply);
    return reply->status == DONE ? EXECUTED : REFUSED;
}

/* One datagram at the server: the body of its loop. */
static enum reqrep_outcome serve(struct world *w, const struct reqrep_message *in, struct reqrep_message *reply)
{
    enum reqrep_outcome outcome = NOT_FOR_SERVERS;
    *reply = (struct reqrep_message){0};
    switch (in->kind) {
    case REQUEST: outcome = handle_request(w, in, reply); break;
    case PROBE: outcome = answer_probe(&w->server.cache, &w->server.jobs, in, w->now_ns, reply); break;
    case ACK:
        cache_acknowledge(&w->server.cache, in);
        outcome = ACKNOWLEDGED;
        break;
    default: break;
    }
    w->server.replayed += outcome == REPLAYED;
    w->server.refused += outcome == TOO_OLD || outcome == REFUSED;
    return outcome;
}

/* The long operation that is due next ends. */
static void finish_job(struct world *w, struct reqrep_message *reply)
{
    const struct job *job = jobs_next(&w->server.jobs);
    account_execute(&w->server.account, &job->request, reply);
    cache_store(&w->server.cache, reply);
    jobs_end(&w->server.jobs, job);
}

/* True when the server crashed instead of sending what it was about to send: all it knew is gone but for the journal. */
static bool crashes(struct world *w)
{
    if (w->executions_until_crash == 0 || --w->executions_until_crash > 0) return false;
    seen.crashes++;
    seen.replayed += w->server.replayed;
    seen.refused += w->server.refused;
    cache_end(&w->server.cache);
    w->down_until_ns = w->now_ns + 300 * MS;
    start_server(w);
    return true;
}

static void arrive(struct world *w, const struct datagram *d, struct call *call, struct rto *rto)
{
    struct reqrep_message out;
    if (d->way == TO_SERVER && w->now_ns >= w->down_until_ns) {
        enum reqrep_outcome outcome = serve(w, &d->message, &out);
        if (outcome == EXECUTED && d->message.number < call->request.number) seen.late_executions++;
        if (outcome == EXECUTED && crashes(w)) return;
        if (out.kind) network(w, TO_CLIENT, &out);
    } else if (d->way == TO_CLIENT) {
        if (d->message.kind == REPLY && w->semantics == AT_MOST_ONCE) {
            struct reqrep_message ack = d->message;
            ack.kind = ACK;
            network(w, TO_SERVER, &ack);
        }
        if (call_accept(call, rto, &d->message, w->now_ns)) w->answered[call->request.number] = true;
    }
}

/* Plays the next event before `until_ns`: an arrival, or the end of a long operation. False: there is none. */
static bool next_event(struct world *w, struct call *call, struct rto *rto, int64_t until_ns)
{
    size_t first = w->count;
    for (size_t i = 0; i < w->count; i++)
        if (first == w->count || w->under_way[i].due_ns < w->under_way[first].due_ns) first = i;
    const struct job *job = jobs_next(&w->server.jobs);
    int64_t due_ns = first < w->count ? w->under_way[first].due_ns : INT64_MAX;
    bool job_is_next = job != NULL && job->due_ns < due_ns;
    if (job_is_next) due_ns = job->due_ns;
    if (due_ns >= until_ns) return false;
    w->now_ns = due_ns;
    if (job_is_next) {
        struct reqrep_message out;
        finish_job(w, &out);
        if (!crashes(w)) network(w, TO_CLIENT, &out);
    } else {
        struct datagram d = w->under_way[first];
        w->under_way[first] = w->under_way[--w->count];
        arrive(w, &d, call, rto);
    }
    return true;
}

/* Twelve calls, one after the other, and then everything that is still under way. */
static void play(struct world *w, uint64_t seed)
{
    struct rto rto;
    struct call call;
    rto_begin(&rto, 100 * MS, 20 * MS);
    start_server(w);
    for (uint32_t n = 1; n <= CALLS; n++) {
        struct reqrep_message request = {.kind = REQUEST,
                                         .semantics = w->semantics,
                                         .operation = DEPOSIT,
                                         .client = CLIENT,
                                         .number = n,
                                         .value = 100};
        if (n % 4 == 0) request.operation = AUDIT; /* 100 ms */
        call_begin(&call, &request, (seed % 3 ? 400 : 2000) * MS, w->now_ns);
        while (!w->answered[n]) {
            enum call_step step = call_step(&call, &rto, w->now_ns);
            if (step == CALL_GIVE_UP) {
                seen.given_up++;
                break;
            }
            struct reqrep_message out = call.request;
            if (step == CALL_PROBE) out.kind = PROBE;
            if (step != CALL_WAIT) network(w, TO_SERVER, &out);
            if (!next_event(w, &call, &rto, call.due)) w->now_ns = call.due;
        }
    }
    while (next_event(w, &call, &rto, INT64_MAX)) continue;
}

/* The journal must show what the semantics promise. */
static void check(struct world *w, uint64_t seed)
{
    struct executions all = journal_read(&w->journal);
    size_t times[CALLS + 1] = {0};
    int64_t balance = 0;
    for (size_t i = 0; i < all.count; i++) {
        assert_int_equal(all.list[i].client, CLIENT);
        assert_in_range(all.list[i].request, 1, CALLS);
        times[all.list[i].request]++;
        if (all.list[i].operation == DEPOSIT) balance += 100;
    }
    assert_int_equal(w->server.account.balance, balance); /* the ledger counts truly, crash or not */
    assert_int_equal(w->server.account.executed, all.count);
    for (uint32_t n = 1; n <= CALLS; n++) {
        if (w->answered[n] && times[n] == 0)
            fail_msg("%s, seed %d: request %u answered, and never executed", reqrep_semantics_name(w->semantics),
                     (int)seed, n);
    }
    FILE *out = w->semantics == AT_LEAST_ONCE ? fopen("/dev/null", "w") : stderr;
    size_t repeated = journal_print_repeated(&all, out);
    if (out != stderr) fclose(out);
    if (repeated > 0 && w->semantics != AT_LEAST_ONCE)
        fail_msg("%s, seed %d: see above", reqrep_semantics_name(w->semantics), (int)seed);
    seen.repeated += repeated;
    seen.replayed += w->server.replayed;
    seen.refused += w->server.refused;
    free(all.list);
}

static void all_seeds(enum reqrep_semantics semantics)
{
    memset(&seen, 0, sizeof seen);
    static struct world w;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        memset(&w, 0, sizeof w);
        w.semantics = semantics;
        w.history = seed % 4 + 1;
        w.executions_until_crash = seed % 5;
        w.faults = (struct link_faults){
            .seed = seed,
            .drop = (double)(seed % 40),
            .duplicate = (double)(seed * 7 % 60),
            .reorder = (double)(seed * 3 % 30),
            .delay_least_ns = MS,
            .delay_most_ns = (int64_t)(seed * 11 % 700 + 1) * MS, /* beyond the client's give_up_after */
        };
        journal_open(&w.journal, NULL);
        play(&w, seed);
        check(&w, seed);
        cache_end(&w.server.cache);
        journal_close(&w.journal);
    }
    assert_in_range(seen.crashes, SEEDS / 2, SEEDS);
    assert_in_range(seen.given_up, SEEDS / 4, SEEDS * CALLS);
    assert_in_range(seen.late_executions, 1, SEEDS * CALLS);
}

static void maybe_never_executes_twice(void **state)
{
    (void)state;
    all_seeds(MAYBE);
    assert_int_equal(seen.replayed, 0);
    assert_true(seen.refused > SEEDS); /* duplicates were there */
}

static void at_least_once_never_answers_without_executing(void **state)
{
    (void)state;
    all_seeds(AT_LEAST_ONCE);
    assert_true(seen.repeated > SEEDS); /* that is the price */
    assert_int_equal(seen.replayed, 0);
}

static void at_most_once_never_executes_twice(void **state)
{
    (void)state;
    all_seeds(AT_MOST_ONCE);
    assert_true(seen.replayed > SEEDS);
    assert_true(seen.refused > SEEDS / 4); /* requests older than the history came in */
}

static struct reqrep_message request(uint64_t client, uint32_t number, enum reqrep_operation operation)
{
    return (struct reqrep_message){.kind = REQUEST,
                                   .semantics = AT_MOST_ONCE,
                                   .operation = operation,
                                   .attempt = 1,
                                   .client = client,
                                   .number = number,
                                   .value = operation != BALANCE};
}

/* A server with at-most-once alone: what it makes of one request after the other. */
static struct world alone;

static void open_alone(size_t history)
{
    memset(&alone, 0, sizeof alone);
    alone.semantics = AT_MOST_ONCE;
    alone.history = history;
    journal_open(&alone.journal, NULL);
    start_server(&alone);
}

static void close_alone(void)
{
    cache_end(&alone.server.cache);
    journal_close(&alone.journal);
}

static enum reqrep_outcome ask(struct reqrep_message in, struct reqrep_message *out)
{
    return serve(&alone, &in, out);
}

static void a_request_older_than_the_history_is_not_executed(void **state)
{
    (void)state;
    struct reqrep_message out;
    open_alone(2);
    assert_int_equal(ask(request(1, 2, DEPOSIT), &out), EXECUTED);
    assert_int_equal(ask(request(1, 3, DEPOSIT), &out), EXECUTED);
    assert_int_equal(ask(request(1, 2, DEPOSIT), &out), REPLAYED);
    assert_int_equal(out.value, 1);                                /* as it was then */
    assert_int_equal(ask(request(1, 1, DEPOSIT), &out), TOO_OLD);  /* no place left, and 1 is the oldest */
    assert_int_equal(ask(request(1, 5, DEPOSIT), &out), EXECUTED); /* takes the place of 2 */
    assert_int_equal(ask(request(1, 2, DEPOSIT), &out), TOO_OLD);
    assert_int_equal(ask(request(1, 4, DEPOSIT), &out), EXECUTED); /* was overtaken; takes the place of 3 */
    assert_int_equal(ask(request(1, 5, DEPOSIT), &out), REPLAYED);
    assert_int_equal(ask(request(2, 1, DEPOSIT), &out), EXECUTED); /* every client has numbers of its own */
    cache_end(&alone.server.cache);                                /* all of that holds after a restart */
    start_server(&alone);
    assert_int_equal(ask(request(1, 3, DEPOSIT), &out), TOO_OLD);
    assert_int_equal(ask(request(1, 5, DEPOSIT), &out), REPLAYED);
    assert_int_equal(out.value, 3);
    assert_int_equal(out.semantics, AT_MOST_ONCE);
    assert_int_equal(alone.server.account.balance, 5);
    close_alone();
}

static void what_is_acknowledged_is_forgotten_but_not_executed_again(void **state)
{
    (void)state;
    struct reqrep_message out, ack = request(1, 2, DEPOSIT);
    ack.kind = ACK;
    open_alone(4);
    assert_int_equal(ask(ack, &out), ACKNOWLEDGED); /* of an unknown client: no effect */
    assert_int_equal(ask(request(1, 2, DEPOSIT), &out), EXECUTED);
    assert_int_equal(ask(ack, &out), ACKNOWLEDGED);
    assert_int_equal(out.kind, 0);
    assert_int_equal(ask(request(1, 2, DEPOSIT), &out), TOO_OLD);
    assert_int_equal(ask(request(1, 1, DEPOSIT), &out), TOO_OLD);
    assert_int_equal(out.kind, 0);
    close_alone();
}

static void a_long_operation_goes_on_once(void **state)
{
    (void)state;
    struct reqrep_message out, probe = request(1, 1, AUDIT);
    probe.kind = PROBE;
    open_alone(4);
    assert_int_equal(ask(probe, &out), ANSWERED_UNKNOWN);
    assert_int_equal(out.kind, UNKNOWN);
    assert_int_equal(ask(request(1, 1, AUDIT), &out), STARTED);
    assert_int_equal(out.kind, WORKING);
    assert_int_equal(ask(request(1, 1, AUDIT), &out), ANSWERED_WORKING);
    assert_int_equal(ask(probe, &out), ANSWERED_WORKING);
    assert_int_equal(ask(request(2, 1, DEPOSIT), &out), EXECUTED); /* others do not wait for it */
    finish_job(&alone, &out);
    assert_null(jobs_next(&alone.server.jobs));
    assert_int_equal(out.kind, REPLY);
    assert_int_equal(ask(probe, &out), REPLAYED);
    assert_int_equal(out.value, 1);
    close_alone();
}

static void the_long_operation_that_is_due_first_ends_first(void **state)
{
    (void)state;
    struct reqrep_message out, longer = request(1, 1, AUDIT), shorter = request(2, 1, AUDIT);
    longer.value = 500;
    open_alone(4);
    ask(longer, &out);
    ask(shorter, &out);
    finish_job(&alone, &out);
    assert_int_equal(out.client, 2);
    finish_job(&alone, &out);
    assert_int_equal(out.client, 1);
    close_alone();
}

static bool there_is_a_free_place(void) { return alone.server.cache.clients[CACHE_CLIENTS - 1] == NULL; }

static void there_is_an_end_to_what_is_remembered_and_to_what_goes_on(void **state)
{
    (void)state;
    struct reqrep_message out;
    open_alone(1);
    for (uint32_t n = 1; n <= JOBS; n++) assert_int_equal(ask(request(1, n, AUDIT), &out), STARTED);
    assert_int_equal(ask(request(2, 1, AUDIT), &out), REFUSED);
    assert_int_equal(out.status, REFUSED_BUSY);
    assert_int_equal(ask(request(2, 1, AUDIT), &out), REPLAYED); /* it is not executed later */
    assert_int_equal(out.status, REFUSED_BUSY);
    for (uint64_t client = 2; client <= CACHE_CLIENTS; client++)
        assert_int_equal(ask(request(client, 2, DEPOSIT), &out), EXECUTED);
    assert_int_equal(ask(request(5000, 1, DEPOSIT), &out), REFUSED); /* no client is forgotten for it */
    alone.now_ns += 601 * (int64_t)1000000000;
    assert_int_equal(ask(request(1, JOBS, AUDIT), &out), ANSWERED_WORKING);
    assert_int_equal(ask(request(5000, 1, DEPOSIT), &out), EXECUTED); /* another client was silent for ten minutes */
    assert_int_equal(ask(request(1, JOBS, AUDIT), &out), ANSWERED_WORKING); /* but not client 1 */
    cache_end(&alone.server.cache);
    start_server(&alone);
    for (uint64_t client = 6000; there_is_a_free_place(); client++) ask(request(client, 1, DEPOSIT), &out);
    assert_int_equal(ask(request(7000, 1, DEPOSIT), &out), REFUSED); /* silence is counted from the restart on */
    close_alone();
}

static void other_semantics_and_a_full_account_are_refused(void **state)
{
    (void)state;
    struct reqrep_message out, in = request(1, 1, DEPOSIT);
    open_alone(4);
    in.semantics = AT_LEAST_ONCE;
    assert_int_equal(ask(in, &out), REFUSED);
    assert_int_equal(out.status, REFUSED_SEMANTICS);
    assert_int_equal(out.semantics, AT_MOST_ONCE);
    alone.server.account.balance = INT64_MAX;
    assert_int_equal(ask(request(1, 1, DEPOSIT), &out), REFUSED);
    assert_int_equal(out.status, REFUSED_AMOUNT);
    assert_int_equal(alone.server.account.executed, 0);
    in.kind = REPLY;
    assert_int_equal(ask(in, &out), NOT_FOR_SERVERS);
    close_alone();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maybe_never_executes_twice),
        cmocka_unit_test(at_least_once_never_answers_without_executing),
        cmocka_unit_test(at_most_once_never_executes_twice),
        cmocka_unit_test(a_request_older_than_the_history_is_not_executed),
        cmocka_unit_test(what_is_acknowledged_is_forgotten_but_not_executed_again),
        cmocka_unit_test(a_long_operation_goes_on_once),
        cmocka_unit_test(the_long_operation_that_is_due_first_ends_first),
        cmocka_unit_test(there_is_an_end_to_what_is_remembered_and_to_what_goes_on),
        cmocka_unit_test(other_semantics_and_a_full_account_are_refused),
    };
    demo_start();
    return demo_end(cmocka_run_group_tests(tests, NULL, NULL));
}
