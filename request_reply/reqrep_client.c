/* reqrep_client - the client side of the request/reply protocol: send the request; wait for the reply with a time-out; send
 * the request again; receive the reply. When no reply comes, the client knows nothing: the request may be lost, or the
 * reply, or the server is slow, or dead. It sends the request again under the same number, or gives up: --semantics.
 *
 *     reqrep_server         in one terminal: its sibling, reqrep_server.c
 *     reqrep_client         in another; for lost datagrams put faulty_link between the two
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/measure.h"
#include "../common/options.h"
#include "reqrep_call.h"
#include "reqrep_connect.h"
#include "reqrep_input.h"
#include "reqrep_measure.h"
#include "reqrep_options.h"

#include <sys/socket.h>

static const char *host = "localhost", *port = REQREP_PORT;
static enum reqrep_semantics semantics = AT_MOST_ONCE;
static int patience_ms, rto_ms = 1000, least_rto_ms = 200;
static size_t count, crash_after;
static bool quiet;

static void read_semantics(const char *option, const char *name) { semantics = reqrep_read_semantics(option, name); }

static const struct demo_usage usage = {
    .arguments = "[HOST]",
    .purpose = "Calls the account of reqrep_server on HOST (localhost). Each line of standard input is a call:\n"
               "deposit AMOUNT, balance, or audit SECONDS, which takes so long.",
    .example = "printf 'deposit 100\\nbalance\\n' | reqrep_client -p 12350 localhost",
    .most = 1,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "the server's port (" REQREP_PORT ")", .port = &port, .min = 1},
    {0, "semantics", "NAME",
     "maybe: send once; at-least-once: send again until there is a reply;\n"
     "at-most-once (default): the same, and the server executes it once",
     .read = read_semantics},
    {'w', "timeout", "SEC", "give up after so long without a sign of life (15; with maybe, 1)",
     .milliseconds = &patience_ms, .min = 1},
    {0, "rto", "SEC", "the first time to wait before sending again (1); it adapts", .milliseconds = &rto_ms},
    {0, "rto-min", "SEC", "the least that it adapts to (0.2)", .milliseconds = &least_rto_ms},
    {0, "crash-after", "N", "crash when the N-th call has been sent, before its reply", .number = &crash_after,
     .min = 1, .max = MEASURE_MAX},
    {'n', "count", "N", "instead of reading: N deposits of 1, each reply checked, and figures", .number = &count,
     .min = 1, .max = MEASURE_MAX},
    {'q', "quiet", NULL, "only the last line", .on = &quiet},
    {0},
};

static uint64_t client_id;
static struct rto rto; /* the adaptive time-out, over all calls */
static struct {
    size_t sent, retransmitted, answered, refused; /* refused: answered, but not executed */
    int64_t expected; /* balance, if every deposit that was not refused is executed once */
} total;

/* A number that no other client has. Two clients with one id would share the server's reply cache. */
static uint64_t random_id(void)
{
    uint64_t id;
    int fd = open("/dev/urandom", O_RDONLY);
    if (fd < 0 || read(fd, &id, sizeof id) != sizeof id) err(DEMO_FAILED, "/dev/urandom");
    close(fd);
    return id;
}

/* Sends a datagram of that kind about the request. A datagram that cannot be sent is lost; the time-out handles it. */
static void send_message(enum reqrep_kind kind, const struct reqrep_message *about)
{
    struct reqrep_message message = *about;
    unsigned char bytes[REQREP_BYTES];
    message.kind = kind;
    message.status = DONE;
    reqrep_encode(&message, bytes);
    ssize_t n = send(server_socket(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == ECONNREFUSED) /* reports an earlier datagram; this one was not sent */
        n = send(server_socket(), bytes, sizeof bytes, 0);
    if (n < 0 && errno != ECONNREFUSED) warn("send");
}

/* With at-most-once the server may forget the reply now. */
static void acknowledge(const struct reqrep_message *reply)
{
    if (semantics == AT_MOST_ONCE) send_message(ACK, reply);
}

/* The kernel reports that the port is closed. */
static void on_refused(const struct call *call)
{
    if (server_next_address()) send_message(REQUEST, &call->request);
    else if (call->sent == 1)
        warnx("%s:%s: %s (is reqrep_server running? start it with: reqrep_server -p %s)", host, port,
              strerror(ECONNREFUSED), port);
}

/* Receives one datagram. True: it is the reply to the call, and stands in `reply`. */
static bool receive_reply(struct call *call, struct reqrep_message *reply)
{
    unsigned char bytes[REQREP_BUFFER];
    ssize_t n = recv(server_socket(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == ECONNREFUSED) on_refused(call);
    if (n < 0) return false;
    enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, reply);
    if (problem != WELL_FORMED || reply->client != client_id) {
        warnx("a datagram is ignored: %s", problem ? reqrep_problem_text(problem) : "meant for another client");
        return false;
    }
    server_heard();
    if (call_receive(call, &rto, reply, demo_now_ns())) return true;
    if (!quiet && reply->kind == WORKING) printf("request %u: the server is working on it\n", reply->request);
    if (!quiet && reply->kind == UNKNOWN)
        printf("request %u: the server lives, but does not know it\n", reply->request);
    if (!quiet && reply->kind == REPLY) printf("request %u: a late reply, ignored\n", reply->request);
    if (reply->kind == REPLY) acknowledge(reply); /* the first acknowledgement may be lost */
    return false;
}

/* The model, the textbook's doOperation: one call, from its request to its reply. False: no reply came. Was the request
 * executed? The client cannot know. */
static bool do_operation(const struct reqrep_message *request, struct reqrep_message *reply)
{
    struct call call;
    call_begin(&call, request, patience_ms * INT64_C(1000000), demo_now_ns());
    for (;;) {
        /* Send, or send again when the time-out is over. A server that works on the request is only probed. */
        enum call_step step = call_step(&call, &rto, demo_now_ns());
        if (step == CALL_GIVE_UP) return false;
        if (step == CALL_SEND && call.sent > 1) {
            total.retransmitted++;
            if (!quiet) printf("request %u: no reply yet, sent again (%u)\n", request->request, call.sent);
        }
        if (step == CALL_SEND) send_message(REQUEST, &call.request);
        if (step == CALL_PROBE) send_message(PROBE, &call.request);
        if (step == CALL_SEND && request->request == crash_after) _exit(DEMO_FAILED); /* no last line: a crash */

        /* Wait for a datagram, until the time-out. */
        struct pollfd fds[2] = {{.fd = server_socket(), .events = POLLIN}};
        int64_t left_ns = call.due - demo_now_ns();
        int ready = demo_wait(fds, 1, left_ns > 0 ? (int)((left_ns + 999999) / 1000000) : 0);
        if (ready < 0) return false;

        /* Receive: the reply ends the call. Other datagrams do not: a late reply, a sign of life. */
        if (ready > 0 && receive_reply(&call, reply)) return true;
    }
}

/* One call, counted and printed. `request` has the operation and its argument; false: no reply came. */
static bool make_call(struct reqrep_message *request, struct reqrep_message *reply)
{
    request->kind = REQUEST;
    request->semantics = semantics;
    request->client = client_id;
    request->request = (uint32_t)++total.sent;
    if (request->operation == DEPOSIT) total.expected += request->value;
    const bool answered = do_operation(request, reply);
    if (!quiet && count == 0 && (answered || !demo_stopping())) print_result(request, answered, reply);
    if (!answered) return false;
    acknowledge(reply); /* after the line above: then the server's line about it comes later */
    total.answered++;
    if (reply->status == DONE) return true;
    total.refused++;
    if (request->operation == DEPOSIT) total.expected -= request->value;
    if (reply->status == REFUSED_SEMANTICS)
        warnx("the server's semantics are %s: start both sides with the same --semantics",
              reqrep_semantics_name(reply->semantics));
    return true;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    int argument = demo_options(argc, argv, &usage, table);
    if (argument < argc) host = argv[argument];
    if (patience_ms == 0) patience_ms = semantics == MAYBE ? 1000 : 15000;

    /* Acquire everything: any failure here is fatal. */
    server_connect(host, port);
    client_id = random_id();
    rto_begin(&rto, rto_ms * INT64_C(1000000), least_rto_ms * INT64_C(1000000));

    /* The model: calls, one after the other. */
    if (!quiet && count == 0 && isatty(STDIN_FILENO))
        warnx("type deposit AMOUNT, balance, or audit SECONDS; Ctrl-D ends");
    int status = count > 0 ? measure_deposits(count, make_call) : call_each_line(make_call);

    /* Give back. */
    server_close();
    if (count > 0) return demo_end(status);
    printf("sent %zu, retransmitted %zu, answered %zu", total.sent, total.retransmitted, total.answered);
    if (total.refused > 0) printf(", refused %zu", total.refused);
    printf(", expected balance %lld\n", (long long)total.expected);
    return demo_end(total.answered < total.sent && !demo_stop ? DEMO_FAILED : status);
}
