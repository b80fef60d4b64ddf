/* kafka_generator - a producer: it makes messages, publishes them to topics, and learns what became of each.
 *
 * rd_kafka_producev(), or at full speed rd_kafka_produce_batch() (burst.c), only puts messages into a queue of this process.
 * A thread of librdkafka sends them. A message is delivered
 * when every in-sync replica has it (acks=all). Later librdkafka calls on_delivery() once for each message: delivered, or
 * the reason why not. An idempotent producer numbers the messages of one run: when a lost acknowledgement makes it send one
 * again, the broker stores it once. A second run has new numbers: with the same --seed it stores every message again.
 *
 *     kafka_generator       in one terminal
 *     kafka_processor       in another: its sibling; or kafka_db_writer
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/options.h"
#include "broker.h"
#include "burst.h"
#include "latency.h"
#include "outage.h"
#include "progress.h"
#include "random_rows.h"
#include "topic_admin.h"

enum {
    POLL_EVERY = 1024, /* at full speed: messages between two calls of rd_kafka_poll() */
    FLUSH_MS = 200,    /* between two progress lines at the end */
};

static struct {
    const char *brokers;
    struct topic_choice topics;
    size_t count, seed;
    double rate; /* messages a second; 0: no limit */
    bool low_latency, quiet;
} options = {.count = 1000, .seed = SIZE_MAX};

static void read_topic(const char *option, const char *value) { topic_choose(&options.topics, option, value); }

static void read_rate(const char *option, const char *value)
{
    char *end;
    options.rate = strtod(value, &end);
    if (end == value || *end || !(options.rate >= 0.001 && options.rate <= 1e8))
        errx(DEMO_USAGE, "%s %s: expected messages a second, from 0.001 to 100000000", option, value);
}

static const struct demo_usage usage = {
    .purpose = "Publishes random messages about vehicles, football players, the weather and films.",
    .example = "kafka_generator -t vehiculo -n 10 --rate 2",
};
static const struct demo_option table[] = {
    {'b', "brokers", "LIST", "KAFKA_BROKERS, else " TOPIC_BROKERS, .text = &options.brokers},
    {'t', "topic", "TOPIC",
     "only this one, vehiculo, jugadores_futbol, datos_clima or datos_peliculas;\nmay be given several times",
     .read = read_topic},
    {'n', "count", "N", "messages in all (1000); 0: until it is stopped", .number = &options.count, .max = INT32_MAX},
    {0, "rate", "N", "messages a second; 0.2: one every five seconds (default: no limit)", .read = read_rate},
    {0, "seed", "N", "the same number makes the same messages", .number = &options.seed, .max = INT32_MAX},
    {0, "low-latency", NULL, "sends each at once, with the time in a header", .on = &options.low_latency},
    {'q', "quiet", NULL, "only the last line", .on = &options.quiet},
    {0},
};

static struct progress progress;       /* how many were submitted, and delivered */
static rd_kafka_resp_err_t last_error; /* of the last message, if it failed */
static struct burst bursts[TOPICS];    /* of the chosen topics, in their order */

/* Warns why a message failed: once for all that fail in a row for one reason. */
static void warn_failure(const char *what, rd_kafka_resp_err_t error)
{
    if (last_error != error) warnx("%s: %s", what, rd_kafka_err2str(error));
    last_error = error;
}

/* The delivery report of one message. rd_kafka_poll() and rd_kafka_flush() call this, once for each message. */
static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
    (void)producer, (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        warn_failure("not delivered", message->err);
        return;
    }
    progress.delivered++;
    if (last_error != RD_KAFKA_RESP_ERR__FATAL) last_error = RD_KAFKA_RESP_ERR_NO_ERROR;
    outage_clear();
}

static rd_kafka_t *open_producer(void)
{
    rd_kafka_conf_t *conf = broker_conf(options.brokers);
    broker_set(conf, "enable.idempotence", "true"); /* implies acks=all, and keeps the order when it sends again */
    /* One request at a time. With five, a leader that was just elected may refuse the first and store the second, and
     * librdkafka then reports both as delivered (docs/pubsub_kafka_mysql.md). */
    broker_set(conf, "max.in.flight.requests.per.connection", "1");
    broker_set(conf, "linger.ms", options.low_latency ? "0" : "3"); /* waits for more messages: batches are fast */
    broker_set(conf, "compression.type", "lz4");               /* fewer bytes for the broker to receive and store */
    broker_set(conf, "queue.buffering.max.messages", "10000"); /* as many as the CPU's caches hold */
    broker_set(conf, "message.timeout.ms", "120000");          /* then a message has failed */
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return broker_open(RD_KAFKA_PRODUCER, conf);
}

/* Counts a message that the producer took into its queue, or refused for good. */
static void on_submitted(rd_kafka_resp_err_t error)
{
    progress.submitted++;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) warn_failure("not sent", error);
}

/* Submits one message. Its key chooses the partition. While the queue is full, it waits for delivery reports. */
static void publish(rd_kafka_t *producer, rd_kafka_topic_t *topic, const struct row *row)
{
    char value[ROW_JSON];
    const size_t len = row_write(row, value);
    rd_kafka_resp_err_t error;
    while (true) {
        rd_kafka_headers_t *headers = options.low_latency ? latency_headers() : NULL;
        error = rd_kafka_producev(producer, RD_KAFKA_V_RKT(topic),
                                  RD_KAFKA_V_KEY(row->values[0].text.bytes, row->values[0].text.len),
                                  RD_KAFKA_V_VALUE(value, len), RD_KAFKA_V_HEADERS(headers),
                                  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR && headers != NULL) rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) break;
        if (demo_stopping()) return;
        rd_kafka_poll(producer, QUEUE_FULL_WAIT_MS);
    }
    on_submitted(error);
}

/* Publishes a row. At full speed, 64 rows of a topic are submitted with one call: a burst costs a tenth less time. With
 * --rate or --low-latency (`at_once`), no row waits for others. */
static void send_row(rd_kafka_t *producer, struct burst *burst, const struct row *row, bool at_once)
{
    if (at_once) publish(producer, burst->topic, row);
    else burst_add(producer, burst, row, on_submitted);
}

/* A fatal error ends an idempotent producer: it can no longer keep its promise. */
static bool may_continue(void) { return !demo_stopping() && last_error != RD_KAFKA_RESP_ERR__FATAL; }

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);
    options.brokers = broker_list(options.brokers);
    topic_choose_default(&options.topics);
    const struct topic_choice *chosen = &options.topics;
    const bool at_once = options.rate > 0 || options.low_latency;

    /* Acquire everything: any failure here is fatal. */
    rd_kafka_t *producer = open_producer();
    broker_must_answer(producer, options.brokers);
    topic_admin_create(producer, chosen, TOPIC_PARTITIONS);
    for (size_t i = 0; i < chosen->count; i++)
        if ((bursts[i].topic = rd_kafka_topic_new(producer, chosen->topics[i]->name, NULL)) == NULL)
            errx(DEMO_FAILED, "topic %s: %s", chosen->topics[i]->name, rd_kafka_err2str(rd_kafka_last_error()));
    struct random_rows random = random_rows_begin(options.seed != SIZE_MAX ? options.seed : (uint64_t)demo_now_ns());

    /* The model: make a message, publish it, serve the delivery reports; at the end, flush. */
    progress_begin(&progress, options.quiet);
    for (size_t n = 0, turn = 0; (options.count == 0 || n < options.count) && may_continue(); n++) {
        struct row row;
        random_row(&random, &row, chosen->topics[turn]);
        if (options.rate > 0) progress_wait(&progress, producer, n, options.rate);
        send_row(producer, &bursts[turn], &row, at_once);
        if (at_once || n % POLL_EVERY == 0) rd_kafka_poll(producer, 0); /* calls on_delivery() */
        if (n % POLL_EVERY == 0) progress_show(&progress);
        turn = turn + 1 < chosen->count ? turn + 1 : 0; /* the topics take turns */
    }
    for (size_t i = 0; i < chosen->count; i++) burst_publish(producer, &bursts[i], on_submitted); /* the rest */
    /* Also after Ctrl-C: what is queued is delivered, or fails after message.timeout.ms. A second Ctrl-C kills. */
    while (rd_kafka_flush(producer, FLUSH_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT) progress_show(&progress);

    /* Give back, in reverse. */
    const double seconds = progress_end(&progress);
    for (size_t i = 0; i < chosen->count; i++) rd_kafka_topic_destroy(bursts[i].topic);
    rd_kafka_destroy(producer);
    const long failed = progress.submitted - progress.delivered;
    printf("%ld sent, %ld delivered, %ld failed, %.0f msg/s\n", progress.submitted, progress.delivered, failed,
           (double)progress.delivered / seconds);
    return demo_end(failed > 0 ? DEMO_FAILED : DEMO_DONE);
}
