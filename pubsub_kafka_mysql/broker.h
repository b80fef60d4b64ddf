/* broker.h - what all programs of this module tell librdkafka: its configuration, and whether a broker answers.
 * Properties: librdkafka's CONFIGURATION.md. */
#ifndef BROKER_H
#define BROKER_H

#include "topics.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

enum { BROKER_SECONDS = 10 }; /* the longest wait for the answer of a broker that should be up */

/* The bootstrap servers: the value of -b, else KAFKA_BROKERS, else localhost:9092. */
const char *broker_list(const char *option);

/* A configuration with these bootstrap servers. Lost connections are reported on standard error (outage.h). */
rd_kafka_conf_t *broker_conf(const char *brokers);

/* The same for a member of a consumer group. Without a heartbeat for `session_ms` the group excludes it. */
rd_kafka_conf_t *broker_group_conf(const char *brokers, const char *group, int session_ms);

/* Sets one property. Ends the program if librdkafka refuses it. */
void broker_set(rd_kafka_conf_t *conf, const char *name, const char *value);
void broker_set_number(rd_kafka_conf_t *conf, const char *name, int value);

/* Makes a producer or a consumer, which owns `conf` from now on. Never NULL. */
rd_kafka_t *broker_open(rd_kafka_type_t type, rd_kafka_conf_t *conf);

/* Waits for the answer of a broker. Ends the program if there is none after BROKER_SECONDS. */
void broker_must_answer(rd_kafka_t *kafka, const char *brokers);

/* rd_kafka_subscribe() for these topics. All records and events then come from rd_kafka_consumer_poll(). */
void broker_subscribe(rd_kafka_t *consumer, const struct topic_choice *chosen);

/* Warns about an event that rd_kafka_consumer_poll() returned in place of a record. */
void broker_warn_event(const rd_kafka_message_t *event);

/* Asks the brokers for the id of their cluster, on a new connection: an old handle only knows the cluster that it met
 * first. The caller frees the id. NULL: no broker answers. */
char *broker_cluster_id(const char *brokers);

/* The kind of broker, as text for the user: a real Kafka, or librdkafka's mock cluster. The id of a mock is "mockCluster" and
 * an address in memory: a new id at each start, except under a debugger or the address sanitizer. */
const char *broker_kind(const char *cluster_id);

#endif
