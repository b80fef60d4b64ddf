/* outage.c - turns librdkafka's many errors about connections into a few lines: no broker answers; back; or which broker does
 * not answer while others do. */
#include "../common/demo.h"

#include "broker.h"
#include "outage.h"

enum {
    PROBE_MS = 500, /* a broker that is up answers in this time */
    PROBES = 2,     /* the first one may be sent to the very broker that was lost */
};

static struct {
    const char *brokers;
    bool reported;   /* an outage, which is not over yet */
    unsigned losses; /* of connections to any broker */
    char down[256];  /* the addresses of brokers that were reported, a blank after each */
} state;

void outage_begin(const char *reason)
{
    if (!state.reported)
        warnx("kafka %s: %s (is it up? ./demo up kafka, or kafka_embedded in another terminal): waiting for it",
              state.brokers, reason);
    state.reported = true;
}

void outage_clear(void)
{
    if (state.reported) warnx("kafka %s: back", state.brokers);
    state.reported = false;
}

bool outage_probe(rd_kafka_t *kafka, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(kafka, 0, NULL, &metadata, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    rd_kafka_metadata_destroy(metadata);
    outage_clear();
    return true;
}

unsigned outage_losses(void) { return state.losses; }

/* Copies the broker's address from a reason of librdkafka: "HOST:PORT/ID: what", or "GroupCoordinator: HOST:PORT: what". */
static bool read_address(const char *reason, char address[64])
{
    static const char coordinator[] = "GroupCoordinator: ";
    if (strncmp(reason, coordinator, strlen(coordinator)) == 0) reason += strlen(coordinator);
    if (sscanf(reason, "%62[^/ ]", address) != 1) return false;
    if (address[strlen(address) - 1] == ':') address[strlen(address) - 1] = '\0';
    const char *port = strrchr(address, ':');
    return port != NULL && port[1] != '\0' && port[1 + strspn(port + 1, "0123456789")] == '\0';
}

/* Another broker answers. Reports a broker to which no connection can be made: once, until it was up again. */
static void report_broker(const char *reason)
{
    char address[64], name[66];
    if (strstr(reason, "in state UP") != NULL) state.down[0] = '\0'; /* it was up until now, and may be again soon */
    if (strstr(reason, "in state CONNECT") == NULL || !read_address(reason, address)) return;
    snprintf(name, sizeof name, "%s ", address);
    if (strstr(state.down, name) != NULL) return;
    warnx("kafka %s: this broker does not answer, others do (is it up? ./demo status)", address);
    if (strlen(state.down) + strlen(name) < sizeof state.down) strcat(state.down, name);
}

/* A producer's own connections may be busy for seconds: each has one request under way, and with acks=all its answer waits until
 * the cluster gives the lost broker up. So this asks on a new connection, too. */
static bool another_answers(rd_kafka_t *kafka)
{
    for (int i = 0; i < PROBES; i++)
        if (outage_probe(kafka, PROBE_MS)) return true;
    if (strchr(state.brokers, ',') == NULL) return false;
    char *cluster_id = broker_cluster_id(state.brokers);
    free(cluster_id);
    return cluster_id != NULL;
}

/* One connection was lost. When it was the last one, librdkafka usually reports ALL_BROKERS_DOWN, but it may miss that if
 * the group's coordinator went first (2.0, 2.8). So this asks whether another broker answers. */
static void on_lost_connection(rd_kafka_t *kafka, const char *reason)
{
    state.losses++;
    if (state.reported) return;
    if (another_answers(kafka)) report_broker(reason);
    else outage_begin("no broker answers");
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
    (void)opaque;
    switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: on_lost_connection(kafka, reason); break;
    case RD_KAFKA_RESP_ERR__RESOLVE: outage_begin(reason); break;
    default: warnx("kafka %s: %s: %s", state.brokers, rd_kafka_err2name(error), reason);
    }
}

void outage_watch(rd_kafka_conf_t *conf, const char *brokers)
{
    state.brokers = brokers;
    rd_kafka_conf_set_log_cb(conf, NULL); /* the log repeats what on_error() gets, several times */
    rd_kafka_conf_set_error_cb(conf, on_error);
}
