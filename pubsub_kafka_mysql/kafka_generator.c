/* kafka_generator - a producer: random, plausible messages for four topics, and the account of what became of each.
 *
 * rd_kafka_produce() only puts a message into a queue of this process. It is delivered when every in-sync replica has
 * it (acks=all), which a delivery report tells later, or not at all; an idempotent producer numbers its messages, so that
 * one sent twice over a lost connection is stored once, in order.
 *
 *     kafka_generator       in one terminal
 *     kafka_processor       in another: its sibling; or kafka_db_writer
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "broker.h"
#include "invent.h"
#include "rows.h"

#include <getopt.h>

enum { PROGRESS_NS = 200 * 1000000, REPORTS_EVERY = 1024, BURST = 64 };

static struct options {
    const char *brokers;
    struct topic_choice topics;
    long count, seed;
    double rate; /* messages a second; 0: as fast as they are taken */
    bool low_latency, quiet;
} options = {.count = 1000, .seed = -1};

static struct {
    long sent, delivered;       /* what was sent and is not delivered at the end has failed */
    rd_kafka_resp_err_t reason; /* of the last failure */
} account;

static double read_rate(const char *text)
{
    char *end;
    const double rate = strtod(text, &end);
    if (end == text || *end || !(rate >= 0.001 && rate <= 1e8))
        errx(DEMO_USAGE, "--rate %s: expected messages a second, from 0.001 to 100000000", text);
    return rate;
}

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"brokers", required_argument, NULL, 'b'}, {"topic", required_argument, NULL, 't'},
        {"count", required_argument, NULL, 'n'},   {"rate", required_argument, NULL, 'R'},
        {"seed", required_argument, NULL, 'S'},    {"low-latency", no_argument, NULL, 'L'},
        {"quiet", no_argument, NULL, 'q'},         {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "b:t:n:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'b': options.brokers = optarg; break;
        case 't': topic_choose(&options.topics, optarg); break;
        case 'n': options.count = demo_number("-n", optarg, 0, INT32_MAX); break;
        case 'R': options.rate = read_rate(optarg); break;
        case 'S': options.seed = demo_number("--seed", optarg, 0, INT32_MAX); break;
        case 'L': options.low_latency = true; break;
        case 'q': options.quiet = true; break;
        case 'V': puts("kafka_generator " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: kafka_generator [option...]\n"
                 "Publishes random messages about vehicles, football players, the weather and films.\n\n"
                 "  -b, --brokers LIST  KAFKA_BROKERS, else " TOPIC_BROKERS "\n"
                 "  -t, --topic TOPIC   only this one, vehiculo, jugadores_futbol, datos_clima or datos_peliculas;\n"
                 "                      may be given several times\n"
                 "  -n, --count N       messages in all (1000); 0 goes on until it is stopped\n"
                 "      --rate N        messages a second, 0.2 is one in five (as fast as they are taken)\n"
                 "      --seed N        the same number makes the same messages\n"
                 "      --low-latency   sends each at once, with the time in a header\n"
                 "  -q, --quiet         only the last line\n"
                 "  -V, --version       -h, --help\n\n"
                 "Example: kafka_generator -t vehiculo -n 10 --rate 2");
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: kafka_generator --help");
        }
    }
    if (optind < argc)
        errx(DEMO_USAGE, "%s: no argument is expected here; try: kafka_generator --help", argv[optind]);
    options.brokers = broker_option(options.brokers);
    topic_choose_rest(&options.topics);
}

/* Tells why a message failed, once for all that fail in a row for the same reason. */
static void tell_failure(const char *what, rd_kafka_resp_err_t error)
{
    if (account.reason != error) warnx("%s: %s", what, rd_kafka_err2str(error));
    account.reason = error;
}

/* What became of a message: called from rd_kafka_poll() and rd_kafka_flush(), once for each. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
    (void)kafka, (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        tell_failure("not delivered", message->err);
        return;
    }
    account.delivered++;
    broker_back();
}

/* A fatal error ends an idempotent producer: it could no longer promise what it promised. */
static bool going(void) { return !demo_stopping() && account.reason != RD_KAFKA_RESP_ERR__FATAL; }

static rd_kafka_t *open_producer(void)
{
    rd_kafka_conf_t *conf = broker_conf(options.brokers);
    broker_set(conf, "enable.idempotence", "true"); /* and with it acks=all, and order kept over retries */
    /* One request at a time: a new leader, not being ready, may refuse the first of two and then take the second. Where it has
     * no message of ours yet, that one may have any number; librdkafka believes the first stored, too, and it is lost. */
    broker_set(conf, "max.in.flight.requests.per.connection", "1");
    /* Gathering makes batches, and batches make speed; compressed, they are less for the broker to receive and to store. */
    broker_set(conf, "compression.type", "lz4");
    broker_set(conf, "linger.ms", options.low_latency ? "0" : "3");
    /* No more messages in hand than fit into the processor's caches: each is touched again to be sent, and to be reported. */
    broker_set(conf, "queue.buffering.max.messages", "10000");
    broker_set(conf, "message.timeout.ms", "120000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return broker_open(RD_KAFKA_PRODUCER, conf);
}

/* Messages of one topic that go into the producer's queue with one call, which is faster than one by one. */
struct burst {
    rd_kafka_topic_t *topic;
    rd_kafka_message_t messages[BURST];
    size_t count, used;      /* messages, and bytes of text */
    char text[4 * ROW_JSON]; /* their keys and values */
};

static void add(struct burst *burst, const struct row *row)
{
    rd_kafka_message_t *m = &burst->messages[burst->count++];
    *m = (rd_kafka_message_t){.payload = burst->text + burst->used, .key_len = row->values[0].text.len};
    m->len = row_write(row, m->payload);
    burst->used += m->len;
    m->key = memcpy(burst->text + burst->used, row->values[0].text.bytes, m->key_len);
    burst->used += m->key_len;
}

static bool is_full(const struct burst *burst, size_t most)
{
    return burst->count >= most || sizeof burst->text - burst->used < (size_t)2 * ROW_JSON;
}

static void produce_with_time(rd_kafka_t *kafka, rd_kafka_topic_t *topic, rd_kafka_message_t *m)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t sent_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    m->err = rd_kafka_producev(kafka, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_KEY(m->key, m->key_len),
                               RD_KAFKA_V_VALUE(m->payload, m->len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                               RD_KAFKA_V_HEADER(HEADER_SENT_NS, &sent_ns, sizeof sent_ns), RD_KAFKA_V_END);
}

/* Puts the messages into the producer's queue. Behind one that finds it full, rd_kafka_produce_batch() takes none, so that all
 * stay in order; delivery reports make room for the rest. */
static void publish(rd_kafka_t *kafka, struct burst *burst)
{
    size_t left = burst->count;
    while (left > 0 && !demo_stopping()) {
        const size_t tried = left;
        if (options.low_latency) produce_with_time(kafka, burst->topic, burst->messages);
        else
            rd_kafka_produce_batch(burst->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, burst->messages,
                                   (int)tried);
        left = 0;
        for (size_t i = 0; i < tried; i++) {
            const rd_kafka_resp_err_t error = burst->messages[i].err;
            if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                burst->messages[left++] = burst->messages[i];
                continue;
            }
            account.sent++;
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) tell_failure("not sent", error);
        }
        if (left > 0) rd_kafka_poll(kafka, 10);
    }
    burst->count = burst->used = 0;
}

static struct {
    int64_t began_ns, shown_ns;
    bool wanted, shown;
} progress;

/* On a terminal, a line that says how far we are, now and then; forgotten before anything else is printed. */
static void show_progress(void)
{
    if (!progress.wanted) return;
    const int64_t now_ns = demo_now_ns();
    if (now_ns - progress.shown_ns < PROGRESS_NS) return;
    progress.shown_ns = now_ns;
    progress.shown = true;
    fprintf(stderr, "\r%ld sent, %ld delivered, %.0f msg/s\033[K", account.sent, account.delivered,
            (double)account.delivered / ((double)(now_ns - progress.began_ns) / 1e9));
    fflush(stderr); /* it has no line end */
}

static void forget_progress(void)
{
    if (progress.shown) fputs("\r\033[K", stderr), fflush(stderr);
    progress.shown = false;
}

/* Waits, with an open ear for delivery reports, until message number `n` is due. */
static void keep_rate(rd_kafka_t *kafka, long n)
{
    const int64_t due_ns = progress.began_ns + (int64_t)((double)n * 1e9 / options.rate);
    for (int64_t left; (left = due_ns - demo_now_ns()) > 0 && !demo_stopping();) {
        show_progress();
        if (left > 2000000) rd_kafka_poll(kafka, (int)(left / 1000000 < 100 ? left / 1000000 - 1 : 100));
        else nanosleep(&(struct timespec){.tv_nsec = left}, NULL);
    }
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    rd_kafka_t *kafka = open_producer();
    static struct burst bursts[TOPICS];
    const struct topic_choice *chosen = &options.topics;
    broker_must_answer(kafka, options.brokers);
    broker_create_topics(kafka, chosen, TOPIC_PARTITIONS);
    for (size_t i = 0; i < chosen->count; i++)
        if ((bursts[i].topic = rd_kafka_topic_new(kafka, chosen->topics[i]->name, NULL)) == NULL)
            errx(DEMO_FAILED, "topic %s: %s", chosen->topics[i]->name, rd_kafka_err2str(rd_kafka_last_error()));
    struct inventor inventor = invent_begin(options.seed >= 0 ? (uint64_t)options.seed : (uint64_t)demo_now_ns());

    /* The model: publish and forget; the delivery reports tell the rest. */
    const size_t most = options.rate > 0 || options.low_latency ? 1 : BURST;
    progress.began_ns = progress.shown_ns = demo_now_ns();
    progress.wanted = !options.quiet && isatty(STDERR_FILENO);
    size_t which = 0; /* the topics take turns */
    for (long n = 0; (options.count == 0 || n < options.count) && going(); n++) {
        struct row row;
        invent_row(&inventor, &row, chosen->topics[which]);
        if (options.rate > 0) keep_rate(kafka, n);
        add(&bursts[which], &row);
        if (is_full(&bursts[which], most)) publish(kafka, &bursts[which]);
        if (options.low_latency || n % REPORTS_EVERY == 0) rd_kafka_poll(kafka, 0);
        if (n % REPORTS_EVERY == 0) show_progress();
        which = which + 1 < chosen->count ? which + 1 : 0;
    }
    for (size_t i = 0; i < chosen->count; i++) publish(kafka, &bursts[i]);

    /* Give back, in reverse: first the messages still on their way, which arrive or, in time, fail. */
    while (rd_kafka_flush(kafka, 200) == RD_KAFKA_RESP_ERR__TIMED_OUT) show_progress();
    forget_progress();
    double seconds = (double)(demo_now_ns() - progress.began_ns) / 1e9;
    const long undelivered = account.sent - account.delivered;
    for (size_t i = 0; i < chosen->count; i++) rd_kafka_topic_destroy(bursts[i].topic);
    rd_kafka_destroy(kafka);
    printf("%ld sent, %ld delivered, %ld failed, %.0f msg/s\n", account.sent, account.delivered, undelivered,
           (double)account.delivered / seconds);
    return demo_end(undelivered > 0 ? DEMO_FAILED : DEMO_DONE);
}
