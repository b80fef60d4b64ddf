/* outage.h - reports on standard error that no broker can be reached, and that one is back; or that one of several brokers
 * cannot be reached: each once per outage. */
#ifndef OUTAGE_H
#define OUTAGE_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Makes librdkafka report lost connections to this file. `brokers` must stay valid; it is shown to the user. */
void outage_watch(rd_kafka_conf_t *conf, const char *brokers);

/* Warns that no broker can be reached, and why, unless that was said before. */
void outage_begin(const char *reason);

/* Says that a broker is back, if an outage was reported. Cheap: call it for every record that arrives. */
void outage_clear(void);

/* True if a broker answers within `timeout_ms`. That also ends an outage. */
bool outage_probe(rd_kafka_t *kafka, int timeout_ms);

/* How many connections to brokers were lost so far. After a loss, another cluster may have the same address. */
unsigned outage_losses(void);

#endif
