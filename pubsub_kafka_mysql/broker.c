#include "../common/demo.h"

#include "broker.h"
#include "topics.h"

enum { PROBE_MS = 500 }; /* a broker that is there answers in this time */

static struct {
    const char *brokers;
    bool lost;       /* told, and not yet over */
    unsigned losses; /* of one connection or another */
} state;

const char *broker_option(const char *brokers)
{
    const char *set = getenv("KAFKA_BROKERS");
    return brokers != NULL ? brokers : set != NULL && *set ? set : TOPIC_BROKERS;
}

void broker_gone(const char *reason)
{
    if (!state.lost)
        warnx("kafka %s: %s (is it up? ./demo up kafka, or kafka_embedded in another terminal): waiting for it",
              state.brokers, reason);
    state.lost = true;
}

void broker_back(void)
{
    if (state.lost) warnx("kafka %s: back", state.brokers);
    state.lost = false;
}

void broker_news(const rd_kafka_message_t *m)
{
    const char *topic = m->rkt ? rd_kafka_topic_name(m->rkt) : "kafka";
    if (m->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        warnx("%s: no such topic yet (kafka_generator creates it): waiting for it", topic);
    else warnx("%s: %s", topic, rd_kafka_message_errstr(m));
}

/* A connection was lost: the last one? librdkafka tells that too (ALL_BROKERS_DOWN), but may miss it when the group's
 * coordinator goes first (2.0, 2.8). So we ask whether anybody is left. */
static void on_loss(rd_kafka_t *kafka)
{
    state.losses++;
    if (!state.lost && !broker_answers(kafka, PROBE_MS)) broker_gone("no broker answers");
}

static void on_error(rd_kafka_t *kafka, int error, const char *reason, void *opaque)
{
    (void)opaque;
    switch (error) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: on_loss(kafka); break;
    case RD_KAFKA_RESP_ERR__RESOLVE: broker_gone(reason); break;
    default: warnx("kafka %s: %s: %s", state.brokers, rd_kafka_err2name(error), reason);
    }
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
    state.brokers = brokers;
    broker_set(conf, "bootstrap.servers", brokers);
    rd_kafka_conf_set_log_cb(conf, NULL); /* the same news as on_error's, several times over */
    broker_set(conf, "reconnect.backoff.max.ms", "1000");
    broker_set(conf, "topic.metadata.refresh.interval.ms", "2000"); /* a topic that is created later is seen soon */
    rd_kafka_conf_set_error_cb(conf, on_error);
    return conf;
}

rd_kafka_conf_t *broker_group_conf(const char *brokers, const char *group, int session_ms)
{
    rd_kafka_conf_t *conf = broker_conf(brokers);
    broker_set(conf, "group.id", group);
    broker_set_number(conf, "session.timeout.ms", session_ms);
    /* Who the group's coordinator is may be asked of the one that was, just when it is none any more: the question lies in
     * librdkafka (2.0) until it is given up. Its default is a minute without a message. */
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

bool broker_answers(rd_kafka_t *kafka, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(kafka, 0, NULL, &metadata, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    rd_kafka_metadata_destroy(metadata);
    broker_back();
    return true;
}

void broker_must_answer(rd_kafka_t *kafka, const char *brokers)
{
    for (int waited_ms = 0; waited_ms < BROKER_SECONDS * 1000 && !demo_stopping(); waited_ms += PROBE_MS) {
        if (broker_answers(kafka, PROBE_MS)) return;
        rd_kafka_poll(kafka, 0); /* tells why */
    }
    if (demo_stopping()) exit(DEMO_DONE);
    errx(DEMO_FAILED,
         "kafka %s: no answer in %d s (is it up? ./demo up kafka, or kafka_embedded in another terminal)", brokers,
         BROKER_SECONDS);
}

unsigned broker_losses(void) { return state.losses; }

char *broker_cluster(const char *brokers)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    broker_set(conf, "bootstrap.servers", brokers);
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *kafka = broker_open(RD_KAFKA_PRODUCER, conf);
    char *id = broker_answers(kafka, 2000) ? rd_kafka_clusterid(kafka, 2000) : NULL, *copy = id ? strdup(id) : NULL;
    if (id != NULL) rd_kafka_mem_free(kafka, id);
    rd_kafka_destroy(kafka);
    return copy;
}

const char *broker_tier(const char *cluster)
{
    return strncmp(cluster, "mockCluster", 11) == 0 ? "embedded broker: forgets everything when it ends"
                                                    : "real Kafka";
}

static bool is_there(rd_kafka_t *kafka, const char *name)
{
    const struct rd_kafka_metadata *all;
    bool found = false;
    rd_kafka_resp_err_t error = rd_kafka_metadata(kafka, 1, NULL, &all, BROKER_SECONDS * 1000);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) errx(DEMO_FAILED, "list the topics: %s", rd_kafka_err2str(error));
    for (int i = 0; i < all->topic_cnt; i++) found |= strcmp(all->topics[i].topic, name) == 0;
    rd_kafka_metadata_destroy(all);
    return found;
}

void broker_create_topics(rd_kafka_t *kafka, const struct topic_choice *chosen, int partitions)
{
    char reason[512];
    size_t missing = 0;
    rd_kafka_NewTopic_t *wanted[TOPICS];
    for (size_t i = 0; i < chosen->count; i++) {
        const char *name = chosen->topics[i]->name;
        if (is_there(kafka, name)) continue; /* and a broker that cannot create any is not asked to */
        /* -1 copies: as many as the broker's default.replication.factor says */
        wanted[missing] = rd_kafka_NewTopic_new(name, partitions, -1, reason, sizeof reason);
        if (wanted[missing++] == NULL) errx(DEMO_FAILED, "topic %s: %s", name, reason);
    }
    if (missing == 0) return;
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, BROKER_SECONDS * 1000, NULL, 0); /* until all brokers know */
    rd_kafka_queue_t *answers = rd_kafka_queue_new(kafka);
    rd_kafka_CreateTopics(kafka, wanted, missing, options, answers);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(answers, 2 * BROKER_SECONDS * 1000);
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(answer);
    if (result == NULL || rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
        errx(DEMO_FAILED, "create topics: %s", answer ? rd_kafka_event_error_string(answer) : "no answer in time");
    size_t answered;
    const rd_kafka_topic_result_t **each = rd_kafka_CreateTopics_result_topics(result, &answered);
    for (size_t i = 0; i < answered; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(each[i]);
        const char *name = rd_kafka_topic_result_name(each[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) warnx("created topic %s with %d partitions", name, partitions);
        else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            errx(DEMO_FAILED, "create topic %s: %s", name, rd_kafka_topic_result_error_string(each[i]));
    }
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy_array(wanted, missing);
}

void broker_subscribe(rd_kafka_t *kafka, const struct topic_choice *chosen)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)chosen->count);
    for (size_t i = 0; i < chosen->count; i++)
        rd_kafka_topic_partition_list_add(list, chosen->topics[i]->name, RD_KAFKA_PARTITION_UA);
    rd_kafka_poll_set_consumer(kafka);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(kafka, list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) errx(DEMO_FAILED, "subscribe: %s", rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
}
