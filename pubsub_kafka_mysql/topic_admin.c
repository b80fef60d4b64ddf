/* topic_admin.c - asks which topics exist, and creates those that are missing. */
#include "../common/demo.h"

#include "broker.h"
#include "topic_admin.h"

enum { ANSWER_MS = BROKER_SECONDS * 1000 };

static bool topic_exists(rd_kafka_t *kafka, const char *name)
{
    const struct rd_kafka_metadata *all;
    bool found = false;
    rd_kafka_resp_err_t error = rd_kafka_metadata(kafka, 1, NULL, &all, ANSWER_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) errx(DEMO_FAILED, "list the topics: %s", rd_kafka_err2str(error));
    for (int i = 0; i < all->topic_cnt; i++) found |= strcmp(all->topics[i].topic, name) == 0;
    rd_kafka_metadata_destroy(all);
    return found;
}

/* Another program may have created a topic in the meantime: that is no failure. */
static void check_results(const rd_kafka_CreateTopics_result_t *result, int partitions)
{
    size_t count;
    const rd_kafka_topic_result_t **each = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(each[i]);
        const char *name = rd_kafka_topic_result_name(each[i]);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) warnx("created topic %s with %d partitions", name, partitions);
        else if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            errx(DEMO_FAILED, "create topic %s: %s", name, rd_kafka_topic_result_error_string(each[i]));
    }
}

void topic_admin_create(rd_kafka_t *kafka, const struct topic_choice *chosen, int partitions)
{
    char reason[512];
    size_t missing = 0;
    rd_kafka_NewTopic_t *new_topics[TOPICS];
    for (size_t i = 0; i < chosen->count; i++) {
        const char *name = chosen->topics[i]->name;
        if (topic_exists(kafka, name)) continue; /* kafka_embedded does not know CreateTopics, and is not asked */
        /* -1 replicas: the broker's default.replication.factor */
        new_topics[missing] = rd_kafka_NewTopic_new(name, partitions, -1, reason, sizeof reason);
        if (new_topics[missing++] == NULL) errx(DEMO_FAILED, "topic %s: %s", name, reason);
    }
    if (missing == 0) return;
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, ANSWER_MS, NULL, 0); /* answer when all brokers know them */
    rd_kafka_queue_t *answers = rd_kafka_queue_new(kafka);
    rd_kafka_CreateTopics(kafka, new_topics, missing, options, answers);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(answers, 2 * ANSWER_MS);
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(answer);
    if (result == NULL || rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR)
        errx(DEMO_FAILED, "create topics: %s", answer ? rd_kafka_event_error_string(answer) : "no answer in time");
    check_results(result, partitions);
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy_array(new_topics, missing);
}
