/* topic_admin.h - creates topics through Kafka's administration API (KIP-4: CreateTopics). */
#ifndef TOPIC_ADMIN_H
#define TOPIC_ADMIN_H

#include "topics.h"

#include <librdkafka/rdkafka.h>

/* Creates the chosen topics that do not exist yet, and reports each. Ends the program if that fails. */
void topic_admin_create(rd_kafka_t *kafka, const struct topic_choice *chosen, int partitions);

#endif
