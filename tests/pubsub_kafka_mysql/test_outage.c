/* test_outage.c - what is said about lost connections is true, and is said once per outage. librdkafka is played by this file. */
#include "../../common/demo.h"

#include "broker.h"
#include "outage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void (*on_error)(rd_kafka_t *, int, const char *, void *);
static int answers_after; /* how many probes fail before one is answered; -1: all */
static bool new_connection_answers;
static int captured, saved;

void rd_kafka_conf_set_error_cb(rd_kafka_conf_t *conf, void (*callback)(rd_kafka_t *, int, const char *, void *))
{
    (void)conf;
    on_error = callback;
}

void rd_kafka_conf_set_log_cb(rd_kafka_conf_t *conf,
                              void (*callback)(const rd_kafka_t *, int, const char *, const char *))
{
    (void)conf, (void)callback;
}

rd_kafka_resp_err_t rd_kafka_metadata(rd_kafka_t *kafka, int all, rd_kafka_topic_t *topic,
                                      const struct rd_kafka_metadata **metadata, int timeout_ms)
{
    (void)kafka, (void)all, (void)topic, (void)timeout_ms;
    *metadata = NULL;
    return answers_after >= 0 && answers_after-- == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__TIMED_OUT;
}

void rd_kafka_metadata_destroy(const struct rd_kafka_metadata *metadata) { (void)metadata; }

const char *rd_kafka_err2name(rd_kafka_resp_err_t error)
{
    (void)error;
    return "NAME";
}

char *broker_cluster_id(const char *brokers)
{
    (void)brokers;
    return new_connection_answers ? strdup("id") : NULL;
}

/* What an event puts on standard error, but for the program's name. */
static const char *said(int error, const char *reason)
{
    static char text[1024];
    fflush(stderr);
    assert_int_equal(ftruncate(captured, 0), 0);
    lseek(captured, 0, SEEK_SET);
    dup2(captured, STDERR_FILENO);
    on_error(NULL, error, reason, NULL);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    const ssize_t n = pread(captured, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    const char *name_ends = strstr(text, ": ");
    return name_ends != NULL ? name_ends + 2 : text;
}

static const char *lost(const char *reason, int probes_that_fail)
{
    answers_after = probes_that_fail;
    return said(RD_KAFKA_RESP_ERR__TRANSPORT, reason);
}

#define REFUSED " Connect to ipv4#127.0.0.1:9094 failed: Connection refused (after 0ms in state CONNECT)"
#define DOWN    "kafka 127.0.0.1:9094: this broker does not answer, others do (is it up? ./demo status)\n"

static void test_one_of_three_brokers_is_named_once_per_outage(void **state)
{
    (void)state;
    outage_watch(NULL, "127.0.0.1:9092,127.0.0.1:9094,127.0.0.1:9096");
    assert_string_equal(lost("127.0.0.1:9094/2: Disconnected (after 99ms in state UP)", 0), "");
    assert_string_equal(lost("127.0.0.1:9094/2:" REFUSED, 0), DOWN);
    assert_string_equal(lost("127.0.0.1:9094/2:" REFUSED, 0), "");
    assert_string_equal(lost("GroupCoordinator: 127.0.0.1:9094:" REFUSED, 0), "");
    assert_string_equal(lost("GroupCoordinator:" REFUSED, 0), "");
    assert_non_null(strstr(lost("127.0.0.1:9096/3:" REFUSED, 0), "kafka 127.0.0.1:9096: this broker"));
    assert_string_equal(lost("127.0.0.1:9094/2: Disconnected (after 99ms in state UP)", 0), ""); /* it was back */
    assert_string_equal(lost("GroupCoordinator: 127.0.0.1:9094:" REFUSED, 0), DOWN);
    assert_int_equal(outage_losses(), 8);
}

static void test_no_broker_answers_is_said_when_none_does(void **state)
{
    (void)state;
    outage_watch(NULL, "127.0.0.1:9092,127.0.0.1:9094");
    assert_string_equal(lost("127.0.0.1:9092/1: Disconnected (after 9ms in state UP)", 1),
                        "");       /* the second probe is answered */
    new_connection_answers = true; /* the producer's own ones are busy */
    assert_string_equal(lost("127.0.0.1:9092/1: Disconnected (after 9ms in state UP)", -1), "");
    new_connection_answers = false;
    for (int outages = 0; outages < 2; outages++) { /* the second one has the same cause */
        assert_non_null(strstr(lost("127.0.0.1:9092/1: Disconnected (after 9ms in state UP)", -1),
                               "no broker answers (is it up?"));
        assert_string_equal(lost("127.0.0.1:9094/2:" REFUSED, -1), "");
        outage_clear();
    }
}

static int begin(void **state)
{
    (void)state;
    char name[] = "/tmp/test_outage-XXXXXX";
    saved = dup(STDERR_FILENO);
    captured = mkstemp(name);
    return captured < 0 || unlink(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_of_three_brokers_is_named_once_per_outage),
        cmocka_unit_test(test_no_broker_answers_is_said_when_none_does),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
