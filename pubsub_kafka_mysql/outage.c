/* outage.c - turns librdkafka's many errors about connections into two lines: no broker answers; back. */
#include "../common/demo.h"

#include "outage.h"

enum { PROBE_MS = 500 }; /* a broker that is up answers in this time */

static struct {
    const char *brokers;
    bool reported;   /* an outage, which is not over yet */
    unsigned losses; /* of connections to any broker */
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

/* One connection was lost. When it was the last one, librdkafka usually reports ALL_BROKERS_DOWN, but it may miss that if
 * the group's coordinator went first (2.0, 2.8). So this asks whether another broker answers. */
static void on_lost_connection(rd_kafka_t *kafka)
{
    state.losses++;
    if (!state.reported && !outage_probe(kafka, PROBE_MS)) outage_begin("no broker answers");
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
    (void)opaque;
    switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: on_lost_connection(kafka); break;
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
