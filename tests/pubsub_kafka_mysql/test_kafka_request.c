/* test_kafka_request.c - only well-formed requests of kinds for a bootstrap server pass; random damage is refused. */
#include "../../common/demo.h"

#include "kafka_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 65536 };

/* Requests as clients send them, each with its size in front. */
#define HEADER(kind, version) "\0" kind "\0" version "\0\0\0\7" /* and correlation id 7 */
#define REQUEST(name, bytes)                                                                                         \
    {                                                                                                                \
        name, bytes, sizeof(bytes) - 1                                                                               \
    }
static const struct request {
    const char *name, *bytes;
    size_t len;
} requests[] = {
    REQUEST("Metadata 0, all topics", "\0\0\0\x0F" HEADER("\3", "\0") "\0\1x\0\0\0\0"),
    REQUEST("Metadata 2, null", "\0\0\0\x0E" HEADER("\3", "\2") "\xFF\xFF\xFF\xFF\xFF\xFF"),
    REQUEST("Metadata 1, two topics", "\0\0\0\x15" HEADER("\3", "\1") "\0\1x\0\0\0\2\0\1a\0\1b"),
    REQUEST("Metadata 4", "\0\0\0\x10" HEADER("\3", "\4") "\0\1x\0\0\0\0\1"),
    REQUEST("Metadata 9, one topic", "\0\0\0\x14" HEADER("\3", "\x9") "\0\1x\0\2\2a\0\1\0\0\0"),
    REQUEST("FindCoordinator 0", "\0\0\0\x0E" HEADER("\x0A", "\0") "\0\1x\0\1g"),
    REQUEST("FindCoordinator 2", "\0\0\0\x0F" HEADER("\x0A", "\2") "\0\1x\0\1g\0"),
    REQUEST("ApiVersions 0", "\0\0\0\x0B" HEADER("\x12", "\0") "\0\1x"),
    REQUEST("ApiVersions 3", "\0\0\0\x11" HEADER("\x12", "\3") "\0\1x\0\2a\2b\0"),
    REQUEST("ApiVersions of later years", "\0\0\0\x0E" HEADER("\x12", "\x63") "\0\1x\0\xAA\xBB"),
    REQUEST("InitProducerId 1", "\0\0\0\x11" HEADER("\x16", "\1") "\0\1x\xFF\xFF\0\0\0\1"),
    REQUEST("InitProducerId 4",
            "\0\0\0\x1C" HEADER("\x16", "\4") "\0\1x\0\0\0\0\0\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0"),
};

static char reason[KAFKA_REQUEST_REASON];

static bool passes(const char *bytes, size_t len, size_t *size)
{
    unsigned char *exact = malloc(len ? len : 1); /* so that the sanitizer sees a read past the end */
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    const bool fine = kafka_request_check(exact, len, MOST, size, reason);
    free(exact);
    return fine;
}

static void test_requests_of_clients_pass(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        size_t size;
        if (!passes(requests[i].bytes, requests[i].len, &size)) fail_msg("%s: %s", requests[i].name, reason);
        assert_int_equal(size, requests[i].len);
        for (size_t len = 0; len < requests[i].len; len++) { /* wait for the rest */
            if (!passes(requests[i].bytes, len, &size)) fail_msg("%s, %zu bytes: %s", requests[i].name, len, reason);
            assert_int_equal(size, 0);
        }
    }
}

static void test_only_the_first_request_counts(void **state)
{
    (void)state;
    size_t size;
    assert_true(passes("\0\0\0\x0B" HEADER("\x12", "\0") "\0\1xGET /", 20, &size));
    assert_int_equal(size, 15);
}

static void refuses(const char *bytes, size_t len, const char *why)
{
    size_t size;
    if (passes(bytes, len, &size)) fail_msg("passes, should be refused: %s", why);
    if (strstr(reason, why) == NULL) fail_msg("the reason is \"%s\", not \"%s\"", reason, why);
    assert_int_equal(size, 0);
}
#define REFUSES(bytes, why) refuses(bytes, sizeof(bytes) - 1, why)

static void test_malformed_requests_are_refused(void **state)
{
    (void)state;
    REFUSES("\0\0\0\x0F" HEADER("\3", "\0") "\0\1x\x7F\x7F\x7F\x7F",
            "malformed request Metadata, version 0, 15 bytes");
    REFUSES("\0\0\0\x0F" HEADER("\3", "\0") "\0\1x\0\0\0\1", "malformed");         /* an element is missing */
    REFUSES("\0\0\0\x11" HEADER("\3", "\0") "\0\1x\0\0\0\1\xFF\xFF", "malformed"); /* a topic without a name */
    REFUSES("\0\0\0\x10" HEADER("\3", "\0") "\0\1x\0\0\0\0\0", "malformed");       /* a byte too many */
    REFUSES("\0\0\0\x0F" HEADER("\3", "\0") "\x7F\xFFx\0\0\0\0", "malformed");     /* the client id */
    REFUSES("\0\0\0\x14" HEADER("\3", "\x9") "\0\1x\0\xFF\xFF\xFF\xFF\xFF\0\0\0", "malformed");
    REFUSES("GET / HTTP/1.0\r\n\r\n", "no request of Kafka: its size would be 1195725856 bytes");
    REFUSES("\0\0\0\0", "its size would be 0 bytes");
    REFUSES("\xFF\xFF\xFF\xFF", "its size would be -1 bytes");
    REFUSES("\0\0\0\x0F" HEADER("\1", "\0") "\0\1x\0\0\0\0", "kind 1, version 0: not for a bootstrap server");
    REFUSES("\0\0\0\x0F" HEADER("\3", "\x63") "\0\1x\0\0\0\0", "kind 3, version 99");
}

/* Random damage: a reason, or a request of the length that it says. The sanitizers watch for reads past the end. */
static void test_damage(void **state)
{
    (void)state;
    unsigned random = (unsigned)demo_now_ns();
    const unsigned seed = random;
    for (int n = 0; n < 200000; n++) {
        char damaged[64];
        const struct request *r = &requests[(size_t)n % (sizeof requests / sizeof *requests)];
        memcpy(damaged, r->bytes, r->len);
        for (unsigned times = (random = random * 1664525 + 1013904223) >> 30; times > 0; times--) {
            random = random * 1664525 + 1013904223;
            damaged[(random >> 8) % r->len] = (char)(random >> 24);
        }
        size_t size;
        if (passes(damaged, r->len, &size) && size != 0 && size > r->len) fail_msg("seed %u: %zu bytes", seed, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_of_clients_pass),
        cmocka_unit_test(test_only_the_first_request_counts),
        cmocka_unit_test(test_malformed_requests_are_refused),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
