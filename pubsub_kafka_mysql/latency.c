/* latency.c - writes and reads the header sent_ns: nanoseconds since 1970, 64 bits in this machine's byte order. */
#include "../common/demo.h"

#include "latency.h"

#define SENT_NS "sent_ns"

static int64_t realtime_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

rd_kafka_headers_t *latency_headers(void)
{
    const int64_t now_ns = realtime_ns();
    rd_kafka_headers_t *headers = rd_kafka_headers_new(1);
    rd_kafka_header_add(headers, SENT_NS, -1, &now_ns, sizeof now_ns);
    return headers;
}

bool latency_of(const rd_kafka_message_t *message, int64_t *age_ns)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    int64_t sent_ns;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, SENT_NS, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        size != sizeof sent_ns)
        return false;
    memcpy(&sent_ns, value, sizeof sent_ns);
    const int64_t age = realtime_ns() - sent_ns;
    *age_ns = age > 0 ? age : 0;
    return true;
}
