/* reqrep_server - the server side of the request/reply protocol: recvfrom; look the request up in the reply cache; execute
 * it if it is new; sendto. A request that arrives may have arrived before, because the client sent it again or the network
 * duplicated it. A deposit must not count twice, so --semantics says what the server does then; the last line counts it.
 *
 *     reqrep_server         in one terminal
 *     reqrep_client         in another: its sibling, reqrep_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "reqrep_account.h"
#include "reqrep_alive.h"
#include "reqrep_cache.h"
#include "reqrep_jobs.h"
#include "reqrep_log.h"
#include "reqrep_options.h"

static const char *address = "127.0.0.1", *port = REQREP_PORT, *journal_path;
static enum reqrep_semantics semantics = AT_MOST_ONCE;
static size_t history = CACHE_HISTORY, crash_after;
static struct reqrep_log output;

static void read_semantics(const char *option, const char *name) { semantics = reqrep_read_semantics(option, name); }

static const struct demo_usage usage = {
    .purpose = "Keeps an account that reqrep_client deposits to and asks the balance of, one datagram a request.",
    .example = "reqrep_server --semantics at-least-once        then: reqrep_client --semantics at-least-once",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to receive on (127.0.0.1)", .text = &address},
    {'p', "port", "PORT", "port to receive on (" REQREP_PORT "); 0 takes any free one", .port = &port},
    {0, "semantics", "NAME",
     "maybe: a request that is not newer than the last is dropped; at-least-once: every one that\n"
     "arrives is executed; at-most-once (default): one that arrives again is answered from memory",
     .read = read_semantics},
    {0, "history", "N", "replies remembered for each client (8)", .number = &history, .min = 1, .max = 64},
    {0, "journal", "FILE", "keeps what was executed from one run to the next; without it, all is forgotten",
     .text = &journal_path},
    {0, "crash-after", "N", "crash when the N-th execution is in the journal, before its reply",
     .number = &crash_after, .min = 1, .max = 1000000000},
    {'q', "quiet", NULL, "only the first and the last line", .on = &output.quiet},
    {0},
};

static struct reply_cache cache;
static struct account account;
static struct jobs jobs;

/* socket, bind on the first address of the name that allows it. Never returns without a bound socket.
 * Simplification: on a wildcard address (-l ::) a reply leaves from the address nearest to the client, which need not be
 * the one that the client asked. */
static int receive_on(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int unknown = getaddrinfo(address, port, &hints, &found), sock = -1, reason = 0;
    if (unknown) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(unknown));
    for (struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && bind(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        reason = errno;
        if (sock >= 0) close(sock);
        sock = -1;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "receive on %s:%s: %s (%s)", address, port, strerror(reason), endpoint_hint(reason));
    return sock;
}

/* --crash-after: the journal has the execution, the client has no reply. No last line: this is a crash. */
static void crash_if_due(enum reqrep_outcome outcome, const struct reqrep_message *reply)
{
    static size_t executed; /* in this run */
    if (outcome == EXECUTED && reply->status == DONE && ++executed == crash_after) _exit(DEMO_FAILED);
}

/* The textbook's sendReply. A reply that cannot be sent is a reply that is lost: the client sends its request again. */
static void send_reply(int sock, const struct reqrep_message *reply, const struct reqrep_peer *to)
{
    unsigned char bytes[REQREP_BYTES];
    reqrep_encode(reply, bytes);
    if (sendto(sock, bytes, sizeof bytes, 0, (const struct sockaddr *)&to->address, to->len) < 0) warn("reply");
}

/* A request that is not executed; the reply tells the reason. */
static enum reqrep_outcome refuse(const struct reqrep_message *request, enum reqrep_status reason,
                                  struct reqrep_message *reply)
{
    *reply = reqrep_reply(request, semantics, reason, 0);
    return TURNED_DOWN;
}

/* One request; its reply, if there is one now, stands in `reply`. */
static enum reqrep_outcome handle_request(const struct reqrep_message *request, const struct reqrep_peer *from,
                                          struct reqrep_message *reply)
{
    const int64_t now_ns = demo_now_ns();
    if (request->semantics != semantics) return refuse(request, REFUSED_SEMANTICS, reply);

    /* Look up: a request that came before is answered from the cache (at-most-once). */
    if (cache_find(&cache, request, now_ns, reply)) return reply->kind == REPLY ? REPLAYED : STILL_WORKING;

    /* Is it new? If it is too old to tell, it is not executed (maybe, at-most-once). */
    if (request->operation == AUDIT && jobs_full(&jobs)) return refuse(request, REFUSED_BUSY, reply);
    enum cache_admission admission = cache_admit(&cache, request, now_ns);
    if (admission != ADMITTED) return admission == OLD ? TOO_OLD : refuse(request, REFUSED_BUSY, reply);

    /* Execute, and remember the reply. A long operation only starts here; finish_jobs() sends its reply. */
    if (request->operation == AUDIT) {
        jobs_start(&jobs, request, from, now_ns, reply);
        return STARTED;
    }
    account_execute(&account, request, reply);
    cache_store(&cache, reply);
    return EXECUTED;
}

/* Executes the long operations whose time is over, and sends their replies. */
static void finish_jobs(int sock)
{
    for (const struct job *job; (job = jobs_next(&jobs)) != NULL && job->due_ns <= demo_now_ns();) {
        struct reqrep_message reply;
        account_execute(&account, &job->request, &reply);
        cache_store(&cache, &reply);
        log_job(&output, &job->from, &job->request, &reply);
        crash_if_due(EXECUTED, &reply);
        send_reply(sock, &reply, &job->from);
        jobs_end(&jobs, job);
    }
}

/* The model: receive a datagram, do what it asks for, send the reply. */
static void serve(int sock)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}};
        int ready = demo_wait(fds, 1, jobs_timeout_ms(&jobs, demo_now_ns()));
        if (ready < 0) return;
        finish_jobs(sock);
        if (ready == 0) continue;

        unsigned char bytes[REQREP_BUFFER];
        struct reqrep_peer from = {.len = sizeof from.address};
        ssize_t n = recvfrom(sock, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from.address, &from.len);
        if (n < 0) continue; /* an error of an earlier reply: that client is gone */

        struct reqrep_message in, reply = {0};
        enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, &in);
        if (problem != WELL_FORMED) {
            log_ignored(&output, &from, problem);
            continue;
        }
        enum reqrep_outcome outcome = NOT_FOR_SERVERS;
        if (in.kind == REQUEST) outcome = handle_request(&in, &from, &reply);
        else if (in.kind == PROBE) outcome = alive_answer(&cache, &jobs, &in, demo_now_ns(), &reply);
        else if (in.kind == ACK) {
            cache_acknowledge(&cache, &in);
            outcome = ACKNOWLEDGED;
        }
        log_datagram(&output, &from, &in, outcome, &reply);
        crash_if_due(outcome, &reply);
        if (reply.kind) send_reply(sock, &reply, &from);
    }
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal. */
    struct journal journal;
    journal_open(&journal, journal_path);
    struct executions past = journal_read(&journal);
    cache = (struct reply_cache){.semantics = semantics, .history = history};
    cache_begin(&cache, &past, demo_now_ns());
    account = (struct account){.journal = &journal, .semantics = semantics};
    account_begin(&account, &past);
    if (past.count > 0 && !output.quiet)
        warnx("%zu executions in the journal, balance %lld", past.count, (long long)account.balance);
    free(past.list);
    int sock = receive_on();
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model. */
    serve(sock);

    /* Give back, in reverse. The journal must show what the semantics promise. */
    close(sock);
    bool kept = journal_check(&journal, semantics, output.quiet);
    printf("received %zu, executed %zu, replayed %zu, refused %zu, ignored %zu, balance %lld\n", output.received,
           account.executed, output.replayed, output.refused, output.ignored, (long long)account.balance);
    cache_end(&cache);
    journal_close(&journal);
    return demo_end(kept ? DEMO_DONE : DEMO_FAILED);
}
