/* reqrep_server - a bank account served over datagrams. A request that arrives may be a new one, or one that arrived
 * before: because the client sent it again, or because the network doubled it. A deposit must not count twice, so it
 * matters what the server does then: --semantics says what, reqrep_service.c does it, and the last line counts it.
 *
 *     reqrep_server         in one terminal
 *     reqrep_client         in another: its sibling, reqrep_client.c
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "reqrep_service.h"

#include <getopt.h>

static struct options {
    const char *address, *port, *journal;
    enum reqrep_semantics semantics;
    size_t history, crash_after;
    bool quiet;
} options = {.address = "127.0.0.1", .port = REQREP_PORT, .semantics = AT_MOST_ONCE, .history = SERVICE_HISTORY};

static struct {
    size_t executed; /* since we were started */
    size_t ignored;
} total;

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"listen", required_argument, NULL, 'l'},
        {"port", required_argument, NULL, 'p'},
        {"semantics", required_argument, NULL, 'S'},
        {"journal", required_argument, NULL, 'J'},
        {"history", required_argument, NULL, 'H'},
        {"crash-after", required_argument, NULL, 'C'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "l:p:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'l': options.address = optarg; break;
        case 'p': demo_number("-p", options.port = optarg, 0, 65535); break;
        case 'S':
            if ((options.semantics = reqrep_semantics_of(optarg)) == 0)
                errx(DEMO_USAGE, "--semantics %s: expected maybe, at-least-once or at-most-once", optarg);
            break;
        case 'J': options.journal = optarg; break;
        case 'H': options.history = (size_t)demo_number("--history", optarg, 1, 64); break;
        case 'C': options.crash_after = (size_t)demo_number("--crash-after", optarg, 1, 1000000000); break;
        case 'q': options.quiet = true; break;
        case 'V': puts("reqrep_server " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts(
                "Usage: reqrep_server [option...]\n"
                "Keeps an account that reqrep_client deposits to and asks the balance of, one datagram a request.\n\n"
                "  -l, --listen ADDR     address to receive on (127.0.0.1)\n"
                "  -p, --port PORT       port to receive on (" REQREP_PORT "); 0 takes any free one\n"
                "      --semantics NAME  maybe: whatever is not newer than the last is dropped; at-least-once: "
                "whatever\n"
                "                        arrives is executed; at-most-once (default): a request that arrives again "
                "is\n"
                "                        answered from memory\n"
                "      --history N       replies remembered for each client (8)\n"
                "      --journal FILE    what was executed, kept from one run to the next; without it, all is "
                "forgotten\n"
                "      --crash-after N   crash when the N-th execution is in the journal, before its reply\n"
                "  -q, --quiet           only the first and the last line\n"
                "  -V, --version         -h, --help\n\n"
                "Example: reqrep_server --semantics at-least-once        then: reqrep_client --semantics "
                "at-least-once");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: reqrep_server --help");
        }
    }
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: reqrep_server --help", argv[optind]);
}

/* socket, bind on the first address of the name that allows it. Never returns without a bound socket.
 * Simplification: on a wildcard address (-l ::) replies leave from the address nearest to the client, which need not be
 * the one it asked. */
static int receive_on(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int problem = getaddrinfo(address, port, &hints, &found);
    if (problem != 0)
        errx(DEMO_FAILED, "%s: %s (-l takes an address of this machine)", address, gai_strerror(problem));
    int sock = -1;
    for (struct addrinfo *a = found; a != NULL && sock < 0; a = a->ai_next) {
        if ((sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol)) < 0) continue;
        if (bind(sock, a->ai_addr, a->ai_addrlen) == 0) break;
        problem = errno;
        close(sock);
        sock = -1;
        errno = problem;
    }
    freeaddrinfo(found);
    if (sock < 0)
        errx(DEMO_FAILED, "receive on %s:%s: %s (%s)", address, port, strerror(errno), endpoint_hint(errno));
    return sock;
}

static void show(const char *from, const struct reqrep_message *in, enum service_outcome outcome,
                 const struct reqrep_message *out)
{
    static const char *const texts[] = {
        [STARTED] = "started, it takes long",
        [REPLAYED] = "answered from memory, not executed",
        [STILL_WORKING] = "still working on it",
        [TOO_OLD] = "not executed: it came before, or is too old to tell",
        [TURNED_DOWN] = "turned down",
        [ACKNOWLEDGED] = "acknowledged",
        [PROBED_IN_VAIN] = "probed, but not known",
        [NOT_FOR_SERVERS] = "ignored: a kind that only servers send",
    };
    if (options.quiet) return;
    printf("%s request %u ", from, in->request);
    if (in->kind == REQUEST) {
        printf("%s", reqrep_operation_name(in->operation));
        if (in->operation == DEPOSIT) printf(" %lld", (long long)in->value);
        if (in->attempt > 1) printf(" (attempt %d)", in->attempt);
        printf(": ");
    }
    if (outcome != EXECUTED) puts(texts[outcome]);
    else if (out->status == DONE) printf("executed, balance %lld\n", (long long)out->value);
    else printf("refused, %s\n", reqrep_refusal_text(out->status));
}

/* A reply that cannot be sent is a reply that got lost: the client will ask again. */
static void send_back(int sock, const struct reqrep_message *out, const struct sockaddr_storage *to, socklen_t len)
{
    unsigned char bytes[REQREP_BYTES];
    reqrep_encode(out, bytes);
    if (sendto(sock, bytes, sizeof bytes, 0, (const struct sockaddr *)to, len) < 0) warn("reply");
}

/* --crash-after: the journal knows of the execution, the client does not. No goodbye, no last line: a crash. */
static void crash_if_due(enum service_outcome outcome, const struct reqrep_message *out)
{
    if (outcome == EXECUTED && out->status == DONE && ++total.executed == options.crash_after) _exit(DEMO_FAILED);
}

static void receive_one(int sock, struct service *service)
{
    unsigned char bytes[REQREP_BUFFER];
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    char endpoint[ENDPOINT_TEXT];
    ssize_t n = recvfrom(sock, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < 0) return; /* an error that an earlier reply met: that client is gone */
    endpoint_text(&from, from_len, endpoint);

    struct reqrep_message in, out;
    enum reqrep_problem problem = reqrep_decode(bytes, (size_t)n, &in);
    if (problem != WELL_FORMED) {
        total.ignored++;
        if (!options.quiet) printf("%s ignored: %s\n", endpoint, reqrep_problem_text(problem));
        return;
    }
    enum service_outcome outcome = service_receive(service, &in, &from, from_len, demo_now_ns(), &out);
    show(endpoint, &in, outcome, &out);
    crash_if_due(outcome, &out);
    if (out.kind) send_back(sock, &out, &from, from_len);
}

/* The model: datagrams as they come, and in between the ends of what takes long. */
static void serve(int sock, struct service *service)
{
    for (;;) {
        const struct service_job *next = service_next(service);
        int64_t left_ns = next != NULL ? next->due_ns - demo_now_ns() : -1;
        int timeout_ms = next == NULL ? -1 : left_ns > 0 ? (int)((left_ns + 999999) / 1000000) : 0;
        struct pollfd fds[2] = {{.fd = sock, .events = POLLIN}};
        int ready = demo_wait(fds, 1, timeout_ms);
        if (ready < 0) return;
        if (ready > 0) receive_one(sock, service);
        if (next == NULL || demo_now_ns() < next->due_ns) continue;

        struct reqrep_message out;
        struct service_job job = *next;
        char endpoint[ENDPOINT_TEXT];
        service_finish(service, next, &out);
        show(endpoint_text(&job.from, job.from_len, endpoint), &job.request, EXECUTED, &out);
        crash_if_due(EXECUTED, &out);
        send_back(sock, &out, &job.from, job.from_len);
    }
}

/* Reads the journal once more: does it keep what the semantics promise? Returns the exit status. */
static int check(const struct journal *journal)
{
    struct executions all = journal_read(journal);
    const bool promised = options.semantics != AT_LEAST_ONCE;
    size_t repeated = options.quiet && !promised ? 0 : journal_print_repeated(&all, stdout);
    free(all.list);
    if (repeated == 0 || !promised) return DEMO_DONE;
    warnx("%s was promised, and broken (is this the journal of a server with at-least-once?)",
          reqrep_semantics_name(options.semantics));
    return DEMO_FAILED;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    struct journal journal;
    journal_open(&journal, options.journal);
    struct executions past = journal_read(&journal);
    struct service service = {.semantics = options.semantics, .history = options.history, .journal = &journal};
    service_begin(&service, &past, demo_now_ns());
    if (past.count > 0 && !options.quiet)
        fprintf(stderr, "reqrep_server: %zu executions in the journal, balance %lld\n", past.count,
                (long long)service.balance);
    free(past.list);
    int sock = receive_on(options.address, options.port);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(sock, endpoint));

    /* The model. */
    serve(sock, &service);

    /* Give back, in reverse; the ledger is the last word. */
    close(sock);
    int status = check(&journal);
    printf("received %zu, executed %zu, replayed %zu, refused %zu, ignored %zu, balance %lld\n", service.received,
           service.executed, service.replayed, service.refused, total.ignored, (long long)service.balance);
    service_end(&service);
    journal_close(&journal);
    return demo_end(status);
}
