/* broker.c - the configuration that all programs of this module share, the wait for a broker, the cluster's id. */
#include "../common/demo.h"

#include "broker.h"
#include "outage.h"

enum {
    PROBE_MS = 500,       /* between two tries while a program starts */
    CLUSTER_ID_MS = 2000, /* the longest wait for a cluster's id */
};

const char *broker_list(const char *option)
{
    const char *environment = getenv("KAFKA_BROKERS");
    return option != NULL ? option : environment != NULL && *environment ? environment : TOPIC_BROKERS;
}

void broker_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char reason[512];
    if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        errx(DEMO_USAGE, "librdkafka: %s", reason);
}

void broker_set_number(rd_kafka_conf_t *conf, const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    broker_set(conf, name, text);
}

rd_kafka_conf_t *broker_conf(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    broker_set(conf, "bootstrap.servers", brokers);
    broker_set(conf, "reconnect.backoff.max.ms", "1000");
    broker_set(conf, "topic.metadata.refresh.interval.ms", "2000"); /* a topic that is created later is seen soon */
    outage_watch(conf, brokers);
    return conf;
}

rd_kafka_conf_t *broker_group_conf(const char *brokers, const char *group, int session_ms)
{
    rd_kafka_conf_t *conf = broker_conf(brokers);
    broker_set(conf, "group.id", group);
    broker_set_number(conf, "session.timeout.ms", session_ms);
    /* After a failover librdkafka 2.0 may ask the old coordinator who the new one is, and gets no answer. The consumer is
     * idle until that request times out: by default 60 s. */
    broker_set_number(conf, "socket.timeout.ms", BROKER_SECONDS * 1000);
    return conf;
}

rd_kafka_t *broker_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char reason[512];
    rd_kafka_t *kafka = rd_kafka_new(type, conf, reason, sizeof reason);
    if (kafka == NULL) errx(DEMO_FAILED, "librdkafka: %s", reason);
    return kafka;
}

void broker_must_answer(rd_kafka_t *kafka, const char *brokers)
{
    for (int waited_ms = 0; waited_ms < BROKER_SECONDS * 1000 && !demo_stopping(); waited_ms += PROBE_MS) {
        if (outage_probe(kafka, PROBE_MS)) return;
        rd_kafka_poll(kafka, 0); /* reports the reason */
    }
    if (demo_stopping()) exit(DEMO_DONE);
    errx(DEMO_FAILED,
         "kafka %s: no answer in %d s (is it up? ./demo up kafka, or kafka_embedded in another terminal)", brokers,
         BROKER_SECONDS);
}

void broker_subscribe(rd_kafka_t *consumer, const struct topic_choice *chosen)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)chosen->count);
    for (size_t i = 0; i < chosen->count; i++)
        rd_kafka_topic_partition_list_add(list, chosen->topics[i]->name, RD_KAFKA_PARTITION_UA);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) errx(DEMO_FAILED, "subscribe: %s", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
}

void broker_warn_event(const rd_kafka_message_t *event)
{
    const char *topic = event->rkt ? rd_kafka_topic_name(event->rkt) : "kafka";
    if (event->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        warnx("%s: no such topic yet (kafka_generator creates it): waiting for it", topic);
    else warnx("%s: %s", topic, rd_kafka_message_errstr(event));
}

char *broker_cluster_id(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    broker_set(conf, "bootstrap.servers", brokers);
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *kafka = broker_open(RD_KAFKA_PRODUCER, conf);
    char *id = outage_probe(kafka, CLUSTER_ID_MS) ? rd_kafka_clusterid(kafka, CLUSTER_ID_MS) : NULL;
    char *copy = id != NULL ? strdup(id) : NULL;
    if (id != NULL) rd_kafka_mem_free(kafka, id);
    rd_kafka_destroy(kafka);
    return copy;
}

const char *broker_kind(const char *cluster_id)
{
    return strncmp(cluster_id, "mockCluster", 11) == 0 ? "embedded broker: forgets everything when it ends"
                                                       : "real Kafka";
}
