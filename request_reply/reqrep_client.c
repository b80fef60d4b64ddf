/* reqrep_client - a call is a request and its reply, each a datagram that may be lost, doubled or late. What the client
 * knows when no reply comes: nothing. It may be that the request was lost, or the reply, or that the server is slow, or
 * dead. So it sends the request again, under the same number, or gives up: --semantics says which.
 *
 *     reqrep_server         in one terminal: its sibling, reqrep_server.c
 *     reqrep_client         in another; with faulty_link.c between the two, it gets interesting
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/measure.h"
#include "reqrep_call.h"

#include <getopt.h>

enum { ADDRESSES = 16, LINE = 256 };

static struct options {
    const char *host, *port;
    enum reqrep_semantics semantics;
    int patience_ms, rto_ms, least_rto_ms;
    size_t count, crash_after;
    bool quiet;
} options = {.host = "localhost",
             .port = REQREP_PORT,
             .semantics = AT_MOST_ONCE,
             .patience_ms = -1,
             .rto_ms = 1000,
             .least_rto_ms = 200};

/* The server, by every address of its name: a connected socket for each, tried in order. */
static struct {
    int sockets[ADDRESSES];
    size_t addresses, current;
    bool heard;   /* the current one is it */
    bool differs; /* it has other semantics: nothing that we ask for is done */
} server;

static struct {
    uint64_t client;                               /* who we are */
    size_t sent, retransmitted, answered, refused; /* refused: answered, but not executed */
    int64_t expected; /* balance, if every deposit that was not refused is executed once */
} total;

static struct rto rto;

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},
        {"semantics", required_argument, NULL, 'S'},
        {"timeout", required_argument, NULL, 'w'},
        {"rto", required_argument, NULL, 'R'},
        {"rto-min", required_argument, NULL, 'M'},
        {"count", required_argument, NULL, 'n'},
        {"crash-after", required_argument, NULL, 'C'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "p:w:n:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'p': demo_number("-p", options.port = optarg, 1, 65535); break;
        case 'S':
            if ((options.semantics = reqrep_semantics_of(optarg)) == 0)
                errx(DEMO_USAGE, "--semantics %s: expected maybe, at-least-once or at-most-once", optarg);
            break;
        case 'w':
            if ((options.patience_ms = demo_seconds("-w", optarg)) == 0)
                errx(DEMO_USAGE, "-w %s: no answer could arrive in no time", optarg);
            break;
        case 'R': options.rto_ms = demo_seconds("--rto", optarg); break;
        case 'M': options.least_rto_ms = demo_seconds("--rto-min", optarg); break;
        case 'n': options.count = (size_t)demo_number("-n", optarg, 1, MEASURE_MAX); break;
        case 'C': options.crash_after = (size_t)demo_number("--crash-after", optarg, 1, MEASURE_MAX); break;
        case 'q': options.quiet = true; break;
        case 'V': puts("reqrep_client " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: reqrep_client [option...] [HOST]\n"
                 "Calls the account of reqrep_server on HOST (localhost). Each line of standard input is a call:\n"
                 "deposit AMOUNT, balance, or audit SECONDS, which takes so long.\n\n"
                 "  -p, --port PORT       the server's port (" REQREP_PORT ")\n"
                 "      --semantics NAME  maybe: send once, and that is it; at-least-once: send again until there is "
                 "a\n"
                 "                        reply; at-most-once (default): the same, and the server executes it once\n"
                 "  -w, --timeout SEC     give up after so long without a sign of life (15; with maybe, 1)\n"
                 "      --rto SEC         the first time to wait before sending again (1); it adapts\n"
                 "      --rto-min SEC     the least that it adapts to (0.2)\n"
                 "      --crash-after N   crash when the N-th call has been sent, before its reply\n"
                 "  -n, --count N         instead of reading: N deposits of 1, each reply checked, and a line of "
                 "figures\n"
                 "  -q, --quiet           only the last line\n"
                 "  -V, --version         -h, --help\n\n"
                 "Example: printf 'deposit 100\\nbalance\\n' | reqrep_client -p 12350 localhost");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: reqrep_client --help");
        }
    }
    if (optind < argc) options.host = argv[optind++];
    if (optind < argc) errx(DEMO_USAGE, "%s: one HOST is enough; try: reqrep_client --help", argv[optind]);
    if (options.patience_ms < 0) options.patience_ms = options.semantics == MAYBE ? 1000 : 15000;
}

/* socket and connect for each address of the name. With UDP that sends nothing: it notes the address, keeps everybody
 * else's datagrams away, and has the kernel tell us when the port is closed. Never returns without one. */
static void connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    int problem = getaddrinfo(host, port, &hints, &found);
    if (problem != 0) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(problem));
    for (struct addrinfo *a = found; a != NULL && server.addresses < ADDRESSES; a = a->ai_next) {
        int sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock >= 0 && connect(sock, a->ai_addr, a->ai_addrlen) == 0) {
            server.sockets[server.addresses++] = sock;
        } else if (sock >= 0) {
            problem = errno;
            close(sock);
            errno = problem;
        }
    }
    freeaddrinfo(found);
    if (server.addresses == 0)
        errx(DEMO_FAILED, "connect to %s:%s: %s (is there a network to that host?)", host, port, strerror(errno));
}

/* A number that no other client has: whoever shares one shares the server's memory of what was executed. */
static uint64_t random_id(void)
{
    uint64_t id;
    int fd = open("/dev/urandom", O_RDONLY);
    if (fd < 0 || read(fd, &id, sizeof id) != sizeof id) err(DEMO_FAILED, "/dev/urandom");
    close(fd);
    return id;
}

/* Sends a datagram of that kind about the request. A failure is a loss like any other: the timeout deals with it. */
static void transmit(enum reqrep_kind kind, const struct reqrep_message *about)
{
    struct reqrep_message message = *about;
    unsigned char bytes[REQREP_BYTES];
    message.kind = kind;
    message.status = DONE;
    reqrep_encode(&message, bytes);
    ssize_t n = send(server.sockets[server.current], bytes, sizeof bytes, 0);
    if (n < 0 && errno == ECONNREFUSED) n = send(server.sockets[server.current], bytes, sizeof bytes, 0);
    if (n < 0 && errno != ECONNREFUSED)
        warn("send"); /* ECONNREFUSED is about an earlier one, and was asked for once */
}

static void put_call(const struct reqrep_message *request)
{
    printf("request %u %s", request->request, reqrep_operation_name(request->operation));
    if (request->operation == DEPOSIT) printf(" %lld", (long long)request->value);
    if (request->operation == AUDIT) printf(" %g", (double)request->value / 1000);
}

/* Takes one datagram. True if it is the reply to the call, which then stands in `reply`. */
static bool take(struct call *call, struct reqrep_message *reply)
{
    unsigned char bytes[REQREP_BUFFER];
    ssize_t n = recv(server.sockets[server.current], bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == ECONNREFUSED) {
        if (!server.heard && server.current + 1 < server.addresses) {
            server.current++; /* nobody at that address of the name: the same request to the next one */
            transmit(REQUEST, &call->request);
        } else if (call->sent == 1) {
            warnx("%s:%s: %s (is reqrep_server running? start it with: reqrep_server -p %s)", options.host,
                  options.port, strerror(ECONNREFUSED), options.port);
        }
    }
    if (n < 0) return false;
    enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, reply);
    if (problem != WELL_FORMED || reply->client != total.client) {
        warnx("a datagram is ignored: %s", problem ? reqrep_problem_text(problem) : "meant for another client");
        return false;
    }
    server.heard = true;
    if (reply->kind == REPLY && options.semantics == AT_MOST_ONCE) transmit(ACK, reply);
    if (call_receive(call, &rto, reply, demo_now_ns())) return true;
    if (options.quiet) return false;
    if (reply->kind == WORKING) printf("request %u: the server is working on it\n", reply->request);
    if (reply->kind == UNKNOWN) printf("request %u: the server lives, but does not know it\n", reply->request);
    if (reply->kind == REPLY) printf("request %u: a late reply, ignored\n", reply->request);
    return false;
}

/* The model: one call, from its first datagram to its reply. False if there was none: was it executed? Nobody knows. */
static bool make_call(struct reqrep_message *request, struct reqrep_message *reply)
{
    struct call call;
    request->kind = REQUEST;
    request->semantics = options.semantics;
    request->client = total.client;
    request->request = (uint32_t)++total.sent;
    if (request->operation == DEPOSIT) total.expected += request->value;
    call_begin(&call, request, options.patience_ms * (int64_t)1000000, demo_now_ns());
    for (;;) {
        enum call_step step = call_step(&call, &rto, demo_now_ns());
        if (step == CALL_GIVE_UP) return false;
        if (step == CALL_SEND || step == CALL_PROBE) transmit(step == CALL_SEND ? REQUEST : PROBE, &call.request);
        if (step == CALL_SEND && call.sent > 1) {
            total.retransmitted++;
            if (!options.quiet) printf("request %u: no reply yet, sent again (%u)\n", request->request, call.sent);
        }
        if (step == CALL_SEND && total.sent == options.crash_after) _exit(DEMO_FAILED); /* no goodbye: a crash */

        struct pollfd fds[2] = {{.fd = server.sockets[server.current], .events = POLLIN}};
        int64_t left_ns = call.due - demo_now_ns();
        int ready = demo_wait(fds, 1, left_ns > 0 ? (int)((left_ns + 999999) / 1000000) : 0);
        if (ready < 0) return false;
        if (ready > 0 && take(&call, reply)) break;
    }
    total.answered++;
    if (reply->status == DONE) return true;
    total.refused++;
    if (request->operation == DEPOSIT) total.expected -= request->value;
    if ((server.differs = reply->status == REFUSED_SEMANTICS))
        warnx("the server's semantics are %s: start both sides with the same --semantics",
              reqrep_semantics_name(reply->semantics));
    return true;
}

/* One line of the input, without its end, as a call. False if it is none, or too long to tell. */
static bool call_line(const char *line, size_t len)
{
    struct reqrep_message request = {0}, reply;
    if (strlen(line) != len || len == LINE - 1 || !reqrep_parse_call(line, &request.operation, &request.value)) {
        fprintf(stderr, "reqrep_client: ");
        demo_put_text(stderr, line, len, "");
        fprintf(stderr, ": expected deposit AMOUNT (1 to %d), balance, or audit SECONDS (to %d)\n", MOST_AMOUNT,
                MOST_AUDIT_MS / 1000);
        return false;
    }
    bool answered = make_call(&request, &reply);
    if (options.quiet || (!answered && demo_stopping())) return true;
    put_call(&request);
    if (!answered) printf(": no answer. Executed or not? Nobody knows\n");
    else if (reply.status == DONE) printf(": balance %lld\n", (long long)reply.value);
    else printf(": not executed, %s\n", reqrep_refusal_text(reply.status));
    return true;
}

/* Calls line by line until the end of the input. Returns the exit status: a line that is no call is a failure, and a call
 * that was refused. */
static int converse(void)
{
    char line[LINE];
    size_t len = 0, wrong = 0;
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    if (!options.quiet && isatty(STDIN_FILENO))
        fprintf(stderr, "reqrep_client: type deposit AMOUNT, balance, or audit SECONDS; Ctrl-D ends\n");
    for (bool ended = false; !ended && !server.differs && demo_wait(fds, 1, -1) > 0;) {
        char c;
        ended = read(STDIN_FILENO, &c, 1) <= 0; /* byte by byte: nobody types faster */
        if (!ended && c != '\n') {
            if (len < sizeof line - 1) line[len++] = c;
            continue;
        }
        line[len] = '\0';
        if (len > 0 && !call_line(line, len)) wrong++;
        len = 0;
    }
    return wrong + total.refused > 0 ? DEMO_FAILED : DEMO_DONE;
}

/* -n: the round trip of a deposit. The balance in its reply is checked: it is higher than that of the one before. */
static int measure(void)
{
    struct measure m;
    struct reqrep_message reply;
    int64_t balance = 0;
    measure_begin(&m, options.count);
    while (m.sent < options.count && !server.differs && !demo_stopping()) {
        struct reqrep_message request = {.operation = DEPOSIT, .value = 1};
        int64_t start = demo_now_ns();
        m.sent++;
        if (!make_call(&request, &reply)) {
            if (demo_stopping()) m.sent--;
            continue;
        }
        int64_t rtt = demo_now_ns() - start;
        if (reply.status != DONE) {
            warnx("request %u: not executed, %s", request.request, reqrep_refusal_text(reply.status));
            continue;
        }
        if (reply.operation == DEPOSIT && reply.value > balance) measure_reply(&m, rtt);
        else warnx("request %u: a reply that cannot be", request.request);
        balance = reply.value;
    }
    return measure_end(&m);
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    connect_to(options.host, options.port);
    total.client = random_id();
    rto_begin(&rto, options.rto_ms * (int64_t)1000000, options.least_rto_ms * (int64_t)1000000);

    /* The model: calls, one after the other. */
    int status = options.count > 0 ? measure() : converse();

    /* Give back. */
    for (size_t i = 0; i < server.addresses; i++) close(server.sockets[i]);
    if (options.count > 0) return demo_end(status);
    printf("sent %zu, retransmitted %zu, answered %zu", total.sent, total.retransmitted, total.answered);
    if (total.refused > 0) printf(", refused %zu", total.refused);
    printf(", expected balance %lld\n", (long long)total.expected);
    return demo_end(total.answered < total.sent && !demo_stop ? DEMO_FAILED : status);
}
