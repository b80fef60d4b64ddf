/* latency.h - measures the age of messages: --low-latency puts the time of sending into a header of each message.
 * Simplification: both programs must run on one machine, because two clocks differ. */
#ifndef LATENCY_H
#define LATENCY_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

/* New headers with the present time. The caller gives them to rd_kafka_producev(), which owns them if it succeeds. */
rd_kafka_headers_t *latency_headers(void);

/* The age of a message in nanoseconds, at least 0. False if it has no such header. */
bool latency_of(const rd_kafka_message_t *message, int64_t *age_ns);

#endif
