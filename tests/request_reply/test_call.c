/* Units of reqrep_call.c: the retransmission timeout of RFC 6298, Karn's rule, back-off, and the alive test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reqrep_call.h"

static const int64_t MS = 1000000, SECOND = 1000000000;

static struct reqrep_message request_of(enum reqrep_semantics semantics)
{
    return (struct reqrep_message){
        .kind = REQUEST, .semantics = semantics, .operation = DEPOSIT, .client = 7, .number = 1, .value = 1};
}

static struct reqrep_message answer(enum reqrep_kind kind)
{
    struct reqrep_message m = request_of(AT_MOST_ONCE);
    m.kind = kind;
    return m;
}

static void the_timeout_follows_the_rfc(void **state)
{
    (void)state;
    struct rto r;
    rto_begin(&r, SECOND, 0);
    assert_int_equal(r.now, SECOND);
    rto_measured(&r, 100 * MS); /* 2.2: SRTT 100, RTTVAR 50, RTO 100 + 4 * 50 */
    assert_int_equal(r.now, 300 * MS);
    rto_measured(&r, 180 * MS); /* 2.3: RTTVAR 3/4 50 + 1/4 80, SRTT 7/8 100 + 1/8 180 */
    assert_int_equal(r.rttvar, 57500000);
    assert_int_equal(r.srtt, 110 * MS);
    assert_int_equal(r.now, 340 * MS);
    for (int i = 0; i < 1000; i++) rto_measured(&r, 100 * MS);
    assert_in_range(r.now, 100 * MS, 102 * MS); /* no variation left: SRTT plus the clock's granularity */
}

static void the_timeout_has_its_limits(void **state)
{
    (void)state;
    struct rto r;
    rto_begin(&r, SECOND, 200 * MS);
    rto_measured(&r, 1);
    assert_int_equal(r.now, 200 * MS);
    for (int i = 0; i < 100; i++) rto_back_off(&r);
    assert_int_equal(r.now, 60 * SECOND);
    rto_begin(&r, 0, 0); /* never so short that it sends without a pause */
    assert_int_equal(r.now, MS);
}

static void silence_is_answered_with_the_same_request_after_twice_the_time(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_LEAST_ONCE);
    rto_begin(&r, SECOND, 0);
    call_begin(&c, &request, 100 * SECOND, 0);
    const int64_t times[] = {0, 1, 3, 7, 15, 31};
    for (int i = 0; i < 6; i++) {
        if (i > 0) assert_int_equal(call_step(&c, &r, times[i] * SECOND - 1), CALL_WAIT);
        assert_int_equal(call_step(&c, &r, times[i] * SECOND), CALL_SEND);
        assert_int_equal(c.request.attempt, i + 1);
        assert_int_equal(c.request.number, 1);
    }
    assert_int_equal(call_step(&c, &r, 63 * SECOND), CALL_SEND);
    assert_int_equal(c.due, 100 * SECOND); /* it gives up when it said, not when the next one would be due */
    assert_int_equal(call_step(&c, &r, 100 * SECOND), CALL_GIVE_UP);
}

static void maybe_sends_once(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(MAYBE);
    rto_begin(&r, SECOND, 0);
    call_begin(&c, &request, 10 * SECOND, 0);
    assert_int_equal(call_step(&c, &r, 0), CALL_SEND);
    for (int64_t t = 0; t < 10 * SECOND; t += 100 * MS) assert_int_equal(call_step(&c, &r, t), CALL_WAIT);
    assert_int_equal(call_step(&c, &r, 10 * SECOND), CALL_GIVE_UP);
}

static void karns_rule(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), reply = answer(REPLY);
    rto_begin(&r, SECOND, 0);
    call_begin(&c, &request, 100 * SECOND, 0);
    call_step(&c, &r, 0);
    call_step(&c, &r, SECOND); /* sent twice */
    assert_true(call_accept(&c, &r, &reply, SECOND + MS));
    assert_int_equal(r.srtt, 0);
    assert_int_equal(r.now, 2 * SECOND); /* stays backed off until something can be measured (5.7) */
    request.number = reply.number = 2;
    call_begin(&c, &request, 100 * SECOND, 10 * SECOND);
    call_step(&c, &r, 10 * SECOND);
    assert_true(call_accept(&c, &r, &reply, 10 * SECOND + 10 * MS));
    assert_int_equal(r.now, 30 * MS);
}

static void a_long_operation_tells_nothing_about_the_network(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), reply = answer(REPLY);
    request.operation = reply.operation = AUDIT;
    rto_begin(&r, SECOND, 0);
    call_begin(&c, &request, 100 * SECOND, 0);
    call_step(&c, &r, 0);
    assert_true(call_accept(&c, &r, &reply, 900 * MS)); /* what said that it works on it got lost */
    assert_int_equal(r.srtt, 0);
}

static void a_reply_to_another_request_or_client_is_none(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), other = answer(REPLY);
    rto_begin(&r, SECOND, 0);
    call_begin(&c, &request, 100 * SECOND, 0);
    call_step(&c, &r, 0);
    other.number = 2;
    assert_false(call_accept(&c, &r, &other, MS));
    other = answer(REPLY);
    other.client = 8;
    assert_false(call_accept(&c, &r, &other, MS));
    assert_int_equal(r.srtt, 0);
}

static void a_server_that_works_is_asked_whether_it_lives_and_waited_for(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), working = answer(WORKING), reply = answer(REPLY);
    rto_begin(&r, SECOND, SECOND);
    call_begin(&c, &request, 5 * SECOND, 0);
    call_step(&c, &r, 0);
    call_accept(&c, &r, &working, 0);
    int64_t t = 0;
    for (; t < 100 * SECOND; t += SECOND) { /* twenty times give_up_after */
        assert_int_equal(call_step(&c, &r, c.due), CALL_PROBE);
        assert_false(call_accept(&c, &r, &working, c.due - SECOND));
    }
    assert_int_equal(c.sent, 1);
    assert_true(call_accept(&c, &r, &reply, t));
}

static void a_server_that_does_not_answer_probes_is_asked_anew(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), working = answer(WORKING);
    rto_begin(&r, SECOND, SECOND);
    call_begin(&c, &request, 100 * SECOND, 0);
    call_step(&c, &r, 0);
    call_accept(&c, &r, &working, 0);
    for (int i = 0; i < 3; i++) assert_int_equal(call_step(&c, &r, c.due), CALL_PROBE);
    assert_int_equal(call_step(&c, &r, c.due), CALL_SEND);
    assert_int_equal(c.request.attempt, 2);
}

static void a_server_that_lost_the_request_gets_it_again_at_once(void **state)
{
    (void)state;
    struct rto r;
    struct call c;
    struct reqrep_message request = request_of(AT_MOST_ONCE), working = answer(WORKING), unknown = answer(UNKNOWN);
    rto_begin(&r, SECOND, SECOND);
    call_begin(&c, &request, 100 * SECOND, 0);
    call_step(&c, &r, 0);
    call_accept(&c, &r, &unknown, 0); /* not asked for: only a probe is answered so */
    assert_int_equal(call_step(&c, &r, 0), CALL_WAIT);
    call_accept(&c, &r, &working, 0);
    assert_int_equal(call_step(&c, &r, SECOND), CALL_PROBE);
    call_accept(&c, &r, &unknown, SECOND + MS);
    assert_int_equal(call_step(&c, &r, SECOND + MS), CALL_SEND);
    call_accept(&c, &r, &unknown, SECOND + 2 * MS); /* a doubled one asks for nothing more */
    assert_int_equal(call_step(&c, &r, SECOND + 2 * MS), CALL_WAIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_timeout_follows_the_rfc),
        cmocka_unit_test(the_timeout_has_its_limits),
        cmocka_unit_test(silence_is_answered_with_the_same_request_after_twice_the_time),
        cmocka_unit_test(maybe_sends_once),
        cmocka_unit_test(karns_rule),
        cmocka_unit_test(a_long_operation_tells_nothing_about_the_network),
        cmocka_unit_test(a_reply_to_another_request_or_client_is_none),
        cmocka_unit_test(a_server_that_works_is_asked_whether_it_lives_and_waited_for),
        cmocka_unit_test(a_server_that_does_not_answer_probes_is_asked_anew),
        cmocka_unit_test(a_server_that_lost_the_request_gets_it_again_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
