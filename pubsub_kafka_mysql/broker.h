/* broker.h - what every program here says to librdkafka before its own part begins. */
#ifndef BROKER_H
#define BROKER_H

#include "topics.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum { BROKER_SECONDS = 10 }; /* the longest wait for an answer of a broker that should be up */

/* The brokers to use: what -b said, or KAFKA_BROKERS, or localhost:9092. */
const char *broker_option(const char *brokers);

/* A configuration with these brokers, quiet logs and connection problems told on standard error: each once, and once
 * more when it is over. */
rd_kafka_conf_t *broker_conf(const char *brokers);

/* The same for a consumer, which its group misses after `session_ms` without a sign of life. */
rd_kafka_conf_t *broker_group_conf(const char *brokers, const char *group, int session_ms);

/* Set one property; end the program if librdkafka does not take it. */
void broker_set(rd_kafka_conf_t *conf, const char *name, const char *value);
void broker_set_number(rd_kafka_conf_t *conf, const char *name, int value);

/* A producer or consumer; takes `conf` over. */
rd_kafka_t *broker_open(rd_kafka_type_t type, rd_kafka_conf_t *conf);

/* Says that no broker can be reached, and why; and that one is there again. Each once, however often they are called. */
void broker_gone(const char *reason);
void broker_back(void);

/* Tells what came in a message's place: news about a topic or a partition. */
void broker_news(const rd_kafka_message_t *message);

/* Says whether a broker answers within `timeout_ms`. */
bool broker_answers(rd_kafka_t *kafka, int timeout_ms);

/* Ends the program if no broker answers. */
void broker_must_answer(rd_kafka_t *kafka, const char *brokers);

/* How often a connection to a broker was lost so far. Whoever sees it grow may meet another cluster at the same address. */
unsigned broker_losses(void);

/* Asks the brokers, on a connection of its own, which cluster they are; NULL when none answers. To be freed. What a
 * long-lived handle knows is the cluster that it met first. */
char *broker_cluster(const char *brokers);

/* Which kind of Kafka that is: what the tests call real, or librdkafka's mock, whose ids begin with its name. */
const char *broker_tier(const char *cluster);

/* Creates those topics that are not there, and says which it created; ends the program when it cannot. */
void broker_create_topics(rd_kafka_t *kafka, const struct topic_choice *chosen, int partitions);

/* Joins the consumer's group, which shares the partitions of these topics; all that comes, comes from
 * rd_kafka_consumer_poll(). */
void broker_subscribe(rd_kafka_t *kafka, const struct topic_choice *chosen);

#endif
