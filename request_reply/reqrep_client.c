/* reqrep_client - the client side of the request/reply protocol: socket, connect (reqrep_connect.c); send the request; poll with
 * a time-out; send the request again when the time is over; recv the reply. When no reply comes, the client knows nothing: the
 * request may be lost, or the reply, or the server is slow, or dead. --semantics chooses whether the client sends the request
 * again, with the same number, or gives up.
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
#include "reqrep_id.h"
#include "reqrep_input.h"
#include "reqrep_measure.h"
#include "reqrep_options.h"

#include <sys/socket.h>

static const char *host = "localhost", *port = REQREP_PORT;
static enum reqrep_semantics semantics = AT_MOST_ONCE;
static int give_up_ms, rto_ms = 1000, least_rto_ms = 200; /* RTO: the retransmission time-out */
static size_t count, crash_after;
static bool quiet;

static void read_semantics(const char *option, const char *name) { semantics = reqrep_read_semantics(option, name); }

static const struct demo_usage usage = {
    .arguments = "[HOST]",
    .purpose = "Calls the account of reqrep_server on HOST (localhost). Each line of standard input is a call:\n"
               "deposit AMOUNT, balance, or audit SECONDS, whose execution takes SECONDS.",
    .example = "printf 'deposit 100\\nbalance\\n' | reqrep_client -p 12350 localhost",
    .most = 1,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "the server's port (" REQREP_PORT ")", .port = &port, .min = 1},
    {0, "semantics", "NAME",
     "maybe: send once; at-least-once: send again until there is a reply;\n"
     "at-most-once (default): the same, and the server executes it once",
     .read = read_semantics},
    {'w', "timeout", "SEC", "give up after SEC seconds without any message from the server (15; with maybe, 1)",
     .milliseconds = &give_up_ms, .min = 1},
    {0, "rto", "SEC", "initial retransmission time-out (1); later adapted to the measured round trips",
     .milliseconds = &rto_ms},
    {0, "rto-min", "SEC", "lower limit of it (0.2)", .milliseconds = &least_rto_ms},
    {0, "crash-after", "N", "crash when the N-th call has been sent, before its reply", .number = &crash_after,
     .min = 1, .max = MEASURE_MAX},
    {'n', "count", "N", "instead of reading: N deposits of 1, each reply checked, and figures", .number = &count,
     .min = 1, .max = MEASURE_MAX},
    {'q', "quiet", NULL, "only the last line", .on = &quiet},
    {0},
};

static uint64_t client_id; /* a random number, the client's identity in every message */
static struct rto rto;     /* the adaptive time-out, over all calls */
static struct {
    size_t sent, retransmitted, answered, refused; /* sent: calls, not datagrams; refused: answered, not executed */
    int64_t expected; /* what our deposits add to the balance, if each one not refused is executed once */
} total;

/* Sends a datagram of that kind about the request. A datagram that cannot be sent is lost; the time-out handles it. */
static void send_message(enum reqrep_kind kind, const struct reqrep_message *about)
{
    struct reqrep_message message = *about;
    unsigned char bytes[REQREP_BYTES];
    message.kind = kind;
    message.status = DONE;
    reqrep_encode(&message, bytes);
    ssize_t n = send(server_socket(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == ECONNREFUSED) /* belongs to an earlier datagram; reported instead of sending this one */
        n = send(server_socket(), bytes, sizeof bytes, 0);
    if (n < 0 && errno != ECONNREFUSED) warn("send");
}

/* Sends the request: the first time, or again. */
static void send_request(const struct call *call)
{
    if (call->sent > 1) {
        total.retransmitted++;
        if (!quiet) printf("request %u: no reply yet, sent again (%u)\n", call->request.number, call->sent);
    }
    send_message(REQUEST, &call->request);
    if (call->request.number == crash_after) _exit(DEMO_FAILED); /* no last line: a crash */
}

/* The acknowledgement of the RRA protocol: the server may forget the replies up to this one. */
static void acknowledge(const struct reqrep_message *reply)
{
    if (semantics == AT_MOST_ONCE) send_message(ACK, reply);
}

/* The server's kernel has no socket on that port. UDP tells this only through ICMP, and (without Linux's
 * IP_RECVERR) only to a connected socket. */
static void on_port_closed(const struct call *call)
{
    if (server_next_address()) send_message(REQUEST, &call->request);
    else if (call->sent == 1)
        warnx("%s:%s: %s (is reqrep_server running? start it with: reqrep_server -p %s)", host, port,
              strerror(ECONNREFUSED), port);
}

/* Receives one datagram. True: it is the reply to the call, and is in `reply`. */
static bool receive_reply(struct call *call, struct reqrep_message *reply)
{
    unsigned char bytes[REQREP_BUFFER];
    ssize_t n = recv(server_socket(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == ECONNREFUSED) on_port_closed(call);
    if (n < 0) return false;
    enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, reply);
    if (problem != WELL_FORMED || reply->client != client_id) {
        warnx("a datagram is ignored: %s", problem ? reqrep_problem_text(problem) : "meant for another client");
        return false;
    }
    note_server_heard();
    if (call_accept(call, &rto, reply, demo_now_ns())) return true;
    if (!quiet) print_other(reply);
    if (reply->kind == REPLY) acknowledge(reply); /* a late reply: the first acknowledgement may be lost */
    return false;
}

/* The model, the textbook's doOperation: one call, from its request to its reply. False: no reply came. Was the request
 * executed? The client cannot know. */
static bool do_operation(const struct reqrep_message *request, struct reqrep_message *reply)
{
    struct call call;
    call_begin(&call, request, give_up_ms * INT64_C(1000000), demo_now_ns());
    for (;;) {
        /* call_step() decides by the clock: send now; send again after rto.now, which doubles each time; give up after
         * give_up_ms, a time that each WORKING starts anew. */
        switch (call_step(&call, &rto, demo_now_ns())) {
        case CALL_GIVE_UP: return false;
        case CALL_SEND: send_request(&call); break; /* the first time, or again: the time-out is over */
        case CALL_PROBE: send_message(PROBE, &call.request); break; /* does the server still work on it? */
        case CALL_WAIT: break;                                      /* not due yet; with maybe never again */
        }

        /* Wait for a datagram, until the time-out. fds[1] belongs to demo_wait(): the stop signal. */
        struct pollfd fds[2] = {{.fd = server_socket(), .events = POLLIN}};
        int ready = demo_wait(fds, 1, demo_timeout_ms(call.due, demo_now_ns()));
        if (ready < 0) return false;

        /* Receive: the reply ends the call. Other datagrams do not: a late reply, an answer to a probe. */
        if (ready > 0 && receive_reply(&call, reply)) return true;
    }
}

/* One call, counted and printed. `request` has the operation and its argument; false: no reply came. */
static bool make_call(struct reqrep_message *request, struct reqrep_message *reply)
{
    /* The number is the same in every retransmission: by it the server recognises a repeat. */
    request->number = (uint32_t)++total.sent;
    request->kind = REQUEST;
    request->semantics = semantics;
    request->client = client_id;
    if (request->operation == DEPOSIT) total.expected += request->value;
    const bool answered = do_operation(request, reply);
    if (!quiet && count == 0 && (answered || !demo_stopping())) print_result(request, answered, reply);
    if (!answered) return false;
    acknowledge(reply); /* print first, acknowledge second: so the server's line appears after ours */
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
    if (give_up_ms == 0) give_up_ms = semantics == MAYBE ? 1000 : 15000;

    /* Acquire everything: any failure here is fatal. */
    server_connect(host, port);
    client_id = reqrep_random_id();
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
