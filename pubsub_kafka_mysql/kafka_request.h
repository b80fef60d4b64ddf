/* kafka_request.h - checks a request of Kafka's protocol before the mock cluster gets it: librdkafka wrote its mock for
 * tests, and a malformed request ends the program. Layouts: kafka.apache.org/protocol. */
#ifndef KAFKA_REQUEST_H
#define KAFKA_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum { KAFKA_REQUEST_REASON = 160 }; /* bytes of a reason, with its final NUL */

/* Looks at the first request in `bytes`, of which `len` have arrived. Sets `size` to its length with the 4 bytes that
 * hold its size, or to 0 if more bytes must arrive first. Returns false, and why, if it is longer than `most`, malformed,
 * or of a kind that a client does not send to a bootstrap server. */
bool kafka_request_check(const unsigned char *bytes, size_t len, size_t most, size_t *size,
                         char reason[KAFKA_REQUEST_REASON]);

#endif
