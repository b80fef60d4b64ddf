/* reqrep_server - the server side of the request/reply protocol: socket, bind; recvfrom (the textbook's getRequest); look the
 * request up in the reply cache; execute it if it is new; sendto (sendReply). A request may arrive again, because the client
 * sent it again or the network duplicated it. Executing a deposit twice would be wrong. --semantics chooses what the server
 * does with a repeated request; the last line of output shows the counts.
 *
 *     reqrep_server         in one terminal
 *     reqrep_client         in another: its sibling, reqrep_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "reqrep_account.h"
#include "reqrep_answer.h"
#include "reqrep_cache.h"
#include "reqrep_crash.h"
#include "reqrep_jobs.h"
#include "reqrep_log.h"
#include "reqrep_options.h"

#include <netdb.h>
#include <sys/socket.h>

static const char *address = "127.0.0.1", *port = REQREP_PORT, *journal_path;
static enum reqrep_semantics semantics = AT_MOST_ONCE;
static size_t history = CACHE_HISTORY, crash_after;
static struct reqrep_log server_log;

static void read_semantics(const char *option, const char *name) { semantics = reqrep_read_semantics(option, name); }

static const struct demo_usage usage = {
    .purpose = "Keeps an account that reqrep_client deposits to and asks the balance of, one datagram a request.",
    .example = "reqrep_server --semantics at-least-once        then: reqrep_client --semantics at-least-once",
};
static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "address to receive on (127.0.0.1)", .text = &address},
    {'p', "port", "PORT", "port to receive on (" REQREP_PORT "); 0 takes any free one", .port = &port},
    {0, "semantics", "NAME",
     "maybe: a request number not above the highest seen is dropped; at-least-once: every request\n"
     "that arrives is executed; at-most-once (default): a repeated one is answered from memory",
     .read = read_semantics},
    {0, "history", "N", "replies remembered for each client (8)", .number = &history, .min = 1, .max = 64},
    {0, "journal", "FILE", "keeps what was executed from one run to the next; without it, all is forgotten",
     .text = &journal_path},
    {0, "crash-after", "N", "crash after writing the N-th execution to the journal, before replying",
     .number = &crash_after, .min = 1, .max = 1000000000},
    {'q', "quiet", NULL, "only the first and the last line", .on = &server_log.quiet},
    {0},
};

static struct reply_cache cache;
static struct account account;
static struct jobs jobs;

/* socket, bind on the first address of the name that allows it. Never returns without a bound socket.
 * Simplification: on a wildcard address (-l ::) the kernel chooses the reply's source address by the route. If it is not the
 * address that the client sent to, a connected client never sees the reply. */
static int bind_to(void)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int sock = -1, reason = 0;
    int error = getaddrinfo(address, port, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(error));
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

/* The textbook's getRequest: receives a datagram and decodes it. False: there is nothing to handle. */
static bool get_request(int sock, struct reqrep_message *in, struct reqrep_peer *from)
{
    unsigned char bytes[REQREP_BUFFER];
    from->len = sizeof from->address;
    ssize_t n = recvfrom(sock, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from->address, &from->len);
    if (n < 0) return false; /* nothing after all: the kernel discarded it, for a wrong checksum (select(2), BUGS) */
    enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, in);
    if (problem != WELL_FORMED) log_ignored(&server_log, from, problem);
    return problem == WELL_FORMED;
}

/* The textbook's sendReply. A reply that cannot be sent is lost, as in a network; the time-out of the client handles it. */
static void send_reply(int sock, const struct reqrep_message *reply, const struct reqrep_peer *to)
{
    unsigned char bytes[REQREP_BYTES];
    reqrep_encode(reply, bytes);
    if (sendto(sock, bytes, sizeof bytes, 0, (const struct sockaddr *)&to->address, to->len) < 0) warn("reply");
}

/* Execute: account_execute() writes the journal line, with at-most-once to the disk, before the reply is sent. A reply must
 * not tell of an execution that a crash can undo. Then the cache remembers the reply. */
static enum reqrep_outcome execute(const struct reqrep_message *request, struct reqrep_message *reply)
{
    account_execute(&account, request, reply);
    cache_store(&cache, reply);
    return reply->status == DONE ? EXECUTED : REFUSED;
}

/* Handles one request. `reply` keeps kind 0 when nothing is to be sent. */
static enum reqrep_outcome handle_request(const struct reqrep_message *request, const struct reqrep_peer *from,
                                          struct reqrep_message *reply)
{
    const int64_t now_ns = demo_now_ns();
    if (request->semantics != semantics) return refuse(request, semantics, REFUSED_SEMANTICS, reply);

    /* Look up. At-most-once: a repeated request gets its reply again, or WORKING. The other semantics find nothing. */
    if (cache_find(&cache, request, now_ns, reply)) return reply->kind == REPLY ? REPLAYED : ANSWERED_WORKING;

    /* Is it new? At-least-once: always. At-most-once, and maybe (beyond the textbook): not if it came before, or is too old. */
    enum cache_reservation place = cache_reserve(&cache, request, now_ns);
    if (place == CACHE_FULL) return refuse(request, semantics, REFUSED_BUSY, reply);
    if (place == CACHE_TOO_OLD) return TOO_OLD; /* no reply */

    /* Execute. A long operation only starts here; finish_jobs() executes it and sends its reply. */
    if (request->operation != AUDIT) return execute(request, reply);
    if (jobs_full(&jobs)) return refuse_job(&cache, &jobs, request, reply);
    jobs_start(&jobs, request, from, now_ns, reply);
    return STARTED;
}

/* Executes the long operations whose time is over, and sends their replies. */
static void finish_jobs(int sock)
{
    for (const struct job *job; (job = jobs_next(&jobs)) != NULL && job->due_ns <= demo_now_ns();) {
        struct reqrep_message reply;
        enum reqrep_outcome outcome = execute(&job->request, &reply);
        log_job(&server_log, &job->from, &job->request, outcome, &reply);
        crash_if_due(crash_after, outcome);
        send_reply(sock, &reply, &job->from);
        jobs_end(&jobs, job);
    }
}

/* The model: receive a request, execute it or not, send the reply. */
static void serve(int sock)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}}; /* fds[1] belongs to demo_wait(): the stop signal */
        int ready = demo_wait(fds, 1, jobs_timeout_ms(&jobs, demo_now_ns()));
        if (ready < 0) return;
        finish_jobs(sock);
        struct reqrep_message in, reply = {0}; /* kind 0: no reply, unless one is written */
        struct reqrep_peer from;
        if (ready == 0 || !get_request(sock, &in, &from)) continue;

        enum reqrep_outcome outcome = NOT_FOR_SERVERS;
        switch (in.kind) {
        case REQUEST: outcome = handle_request(&in, &from, &reply); break;
        case PROBE: outcome = answer_probe(&cache, &jobs, &in, demo_now_ns(), &reply); break;
        case ACK: /* the client has the replies up to this one: forget them */
            cache_acknowledge(&cache, &in);
            outcome = ACKNOWLEDGED;
            break;
        default: break;
        }
        log_datagram(&server_log, &from, &in, outcome, &reply);
        crash_if_due(crash_after, outcome);
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
    log_past(&server_log, past.count, account.balance);
    free(past.list);
    int sock = bind_to();
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model. */
    serve(sock);

    /* Give back, in reverse. Check in the journal that the promise of --semantics was kept. */
    close(sock);
    bool kept = journal_check(&journal, semantics, server_log.quiet);
    log_last_line(&server_log, account.executed, account.balance);
    cache_end(&cache);
    journal_close(&journal);
    return demo_end(kept ? DEMO_DONE : DEMO_FAILED);
}
