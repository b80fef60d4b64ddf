/* Units of reqrep_proto.c: every bit of the format, datagrams that are no message, and what a user types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "reqrep_proto.h"

static const struct reqrep_message DEPOSIT_OF_1000 = {.kind = REQUEST,
                                                      .semantics = AT_MOST_ONCE,
                                                      .operation = DEPOSIT,
                                                      .attempt = 2,
                                                      .client = 0x0102030405060708,
                                                      .number = 0x090A0B0C,
                                                      .value = 1000};

/* The bytes as README.md draws them: another client can be compared with these. */
static const unsigned char ITS_BYTES[REQREP_BYTES] = {'R', 'R', 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                                                      11,  12,  3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0xE8};

static void the_format_is_what_the_readme_says(void **state)
{
    (void)state;
    unsigned char bytes[REQREP_BYTES];
    struct reqrep_message m;
    reqrep_encode(&DEPOSIT_OF_1000, bytes);
    assert_memory_equal(bytes, ITS_BYTES, REQREP_BYTES);
    assert_int_equal(reqrep_decode(ITS_BYTES, REQREP_BYTES, &m), WELL_FORMED);
    assert_int_equal(m.kind, REQUEST);
    assert_int_equal(m.semantics, AT_MOST_ONCE);
    assert_int_equal(m.operation, DEPOSIT);
    assert_int_equal(m.attempt, 2);
    assert_true(m.client == DEPOSIT_OF_1000.client);
    assert_int_equal(m.number, DEPOSIT_OF_1000.number);
    assert_int_equal(m.value, 1000);
}

/* ITS_BYTES with one byte changed. */
static enum reqrep_problem with(size_t at, unsigned char value)
{
    unsigned char bytes[REQREP_BYTES];
    struct reqrep_message m;
    memcpy(bytes, ITS_BYTES, sizeof bytes);
    bytes[at] = value;
    return reqrep_decode(bytes, sizeof bytes, &m);
}

static void what_is_none_of_ours_is_told_apart(void **state)
{
    (void)state;
    unsigned char longer[REQREP_BYTES + 1] = {0};
    struct reqrep_message m;
    memcpy(longer, ITS_BYTES, REQREP_BYTES);
    for (size_t len = 0; len < REQREP_BYTES; len++) assert_int_equal(reqrep_decode(ITS_BYTES, len, &m), TOO_SHORT);
    assert_int_equal(reqrep_decode(longer, sizeof longer, &m), OVERSIZED);
    assert_int_equal(with(0, 'r'), FOREIGN);
    assert_int_equal(with(1, 0), FOREIGN);
    assert_int_equal(with(2, 0), OTHER_VERSION);
    assert_int_equal(with(2, 2), OTHER_VERSION);
    longer[2] = 2; /* a later version may be longer: it is not taken for a mistake */
    assert_int_equal(reqrep_decode(longer, sizeof longer, &m), OTHER_VERSION);
}

static void every_field_has_its_range(void **state)
{
    (void)state;
    struct reqrep_message zero = DEPOSIT_OF_1000, most = DEPOSIT_OF_1000, audit = DEPOSIT_OF_1000;
    unsigned char bytes[REQREP_BYTES];
    assert_int_equal(with(3, 0), MALFORMED); /* kind */
    assert_int_equal(with(3, UNKNOWN + 1), MALFORMED);
    assert_int_equal(with(16, 0), MALFORMED); /* semantics */
    assert_int_equal(with(16, 4), MALFORMED);
    assert_int_equal(with(17, 0), MALFORMED); /* attempt */
    assert_int_equal(with(18, 0), MALFORMED); /* operation */
    assert_int_equal(with(18, 4), MALFORMED);
    assert_int_equal(with(18, BALANCE), MALFORMED); /* which takes no argument */
    assert_int_equal(with(19, 1), MALFORMED);       /* status, of a request */
    assert_int_equal(with(20, 0x80), MALFORMED);    /* a negative amount */
    assert_int_equal(with(23, 1), MALFORMED);       /* more than anybody may deposit at once */
    zero.value = 0;
    most.value = MOST_AMOUNT;
    audit.operation = AUDIT;
    audit.value = MOST_AUDIT_MS + 1;
    reqrep_encode(&zero, bytes);
    assert_int_equal(reqrep_decode(bytes, sizeof bytes, &zero), MALFORMED);
    reqrep_encode(&most, bytes);
    assert_int_equal(reqrep_decode(bytes, sizeof bytes, &most), WELL_FORMED);
    reqrep_encode(&audit, bytes);
    assert_int_equal(reqrep_decode(bytes, sizeof bytes, &audit), MALFORMED);
    for (size_t i = 12; i < 16; i++) assert_int_equal(with(i, 0), WELL_FORMED);
    memcpy(bytes, ITS_BYTES, sizeof bytes);
    memset(bytes + 12, 0, 4); /* request 0 */
    assert_int_equal(reqrep_decode(bytes, sizeof bytes, &audit), MALFORMED);
}

/* Bytes of any kind, most of them near a good datagram: never read beyond their end, and what is accepted is in range
 * and would be written the same way again. */
static void any_bytes_are_decoded_or_refused(void **state)
{
    (void)state;
    uint64_t random = 1;
    size_t accepted = 0;
    for (int round = 0; round < 1000000; round++) {
        unsigned char bytes[REQREP_BUFFER], again[REQREP_BYTES];
        struct reqrep_message m;
        memcpy(bytes, ITS_BYTES, REQREP_BYTES);
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = random >> 60 ? REQREP_BYTES : (random >> 40) % (REQREP_BUFFER + 1);
        for (int changes = (int)(random >> 56 & 3); changes > 0; changes--) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[(random >> 50) % REQREP_BUFFER] = (unsigned char)(random >> 33 & (random >> 62 ? 7 : 255));
        }
        if (reqrep_decode(bytes, len, &m) != WELL_FORMED) continue;
        accepted++;
        reqrep_encode(&m, again);
        assert_memory_equal(bytes, again, REQREP_BYTES);
        assert_true(m.number > 0 && m.value >= 0);
        assert_non_null(reqrep_operation_name(m.operation));
        assert_non_null(reqrep_semantics_name(m.semantics));
    }
    assert_in_range(accepted, 100000, 900000);
}

static void assert_call(const char *text, enum reqrep_operation operation, int64_t argument)
{
    enum reqrep_operation got = 0;
    int64_t value = -1;
    assert_true(reqrep_parse_call(text, &got, &value));
    assert_int_equal(got, operation);
    assert_int_equal(value, argument);
}

static void calls_are_read(void **state)
{
    (void)state;
    assert_call("deposit 100", DEPOSIT, 100);
    assert_call("  deposit\t1000000000 ", DEPOSIT, MOST_AMOUNT);
    assert_call("balance", BALANCE, 0);
    assert_call("audit 2.5", AUDIT, 2500);
    assert_call("audit 0", AUDIT, 0);
    const char *none[] = {"",           "deposit",     "deposit 0",         "deposit -1",           "deposit 1.5",
                          "deposit x",  "deposit 1 2", "deposit 1e18",      "deposit nan",          "balance 1",
                          "audit",      "audit -1",    "audit 601",         "withdraw 1",           "Deposit 1",
                          "deposit 1x", "deposit1",    "balance balance b", "deposit 100000000000", "audit inf"};
    enum reqrep_operation operation;
    int64_t argument;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(reqrep_parse_call(none[i], &operation, &argument));
}

static void names_are_read(void **state)
{
    (void)state;
    for (enum reqrep_semantics s = MAYBE; s <= AT_MOST_ONCE; s++)
        assert_int_equal(reqrep_semantics_of(reqrep_semantics_name(s)), s);
    assert_int_equal(reqrep_semantics_of("exactly-once"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_format_is_what_the_readme_says),
        cmocka_unit_test(what_is_none_of_ours_is_told_apart),
        cmocka_unit_test(every_field_has_its_range),
        cmocka_unit_test(any_bytes_are_decoded_or_refused),
        cmocka_unit_test(calls_are_read),
        cmocka_unit_test(names_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
