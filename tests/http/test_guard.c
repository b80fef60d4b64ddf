/* Units of http_guard.h and http_request.h: which heads are refused, and what the bodies of all requests may take. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http_guard.h"
#include "http_request.h"

/* The verdict on a head "Name: value\nName: value\n"; 0 when it is in order. */
static unsigned verdict(const char *uri, const char *version, const char *head)
{
    struct http_guard guard = {0};
    char copy[500], *rest = copy;
    unsigned status;
    strcpy(copy, head);
    http_guard_uri(&guard, uri);
    for (char *name; (name = strtok_r(NULL, "\n", &rest)) != NULL;) {
        char *value = strchr(name, ':');
        *value = '\0';
        http_guard_field(&guard, name, value + 2);
    }
    return http_guard_verdict(&guard, version, &status) != NULL ? status : 0;
}

static void heads_in_order_pass(void **state)
{
    (void)state;
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\n"), 0);
    assert_int_equal(verdict("/a%20b?c=%2500", "HTTP/1.1", "hOST: x\nContent-Length: 5\nX-Y: z\nX-Y: z\n"), 0);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nTransfer-Encoding: Chunked\n"), 0);
    assert_int_equal(verdict("/", "HTTP/1.0", ""), 0);
    assert_int_equal(verdict("/", "HTTP/1.0", "Host: x\nContent-Length: 5\n"), 0);
}

static void ambiguous_heads_are_refused(void **state)
{
    (void)state;
    assert_int_equal(verdict("/RPC2%00evil", "HTTP/1.1", "Host: x\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", ""), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nhost: y\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.0", "Host: x\nHost: x\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nContent-Length: 5\nContent-Length: 6\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\ncontent-length: 5\nContent-Length: 5\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nContent-Length: 5\nTransfer-Encoding: chunked\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n"),
                     400);
    assert_int_equal(verdict("/", "HTTP/1.0", "Host: x\nTransfer-Encoding: chunked\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nContent-Length : 5\n"), 400);
    assert_int_equal(verdict("/", "HTTP/1.1", "Host: x\nTransfer-Encoding: gzip, chunked\n"), 501);
}

/* Heads put together at random: the guard must pass exactly those whose counts are in order. */
static void random_heads_are_judged_by_their_counts(void **state)
{
    (void)state;
    static const char *const fields[] = {"Host: x\n", "Content-Length: 1\n", "Transfer-Encoding: chunked\n",
                                         "X: y\n"};
    unsigned seed = 7;
    for (int i = 0; i < 10000; i++) {
        char head[200] = "";
        int counts[4] = {0};
        for (int n = rand_r(&seed) % 5; n > 0; n--) {
            int which = rand_r(&seed) % 4;
            counts[which]++;
            strcat(head, fields[which]);
        }
        bool in_order = counts[0] == 1 && counts[1] <= 1 && counts[2] <= 1 && (counts[1] == 0 || counts[2] == 0);
        assert_int_equal(verdict("/", "HTTP/1.1", head), in_order ? 0 : 400);
    }
}

enum { BODY_MAX = 512 * 1024 };

static void a_body_is_kept_in_one_piece(void **state)
{
    (void)state;
    atomic_size_t bodies = 0;
    struct http_request_state r = {0};
    for (int i = 0; i < BODY_MAX / 16; i++) http_request_append(&r, "0123456789abcdef", 16, BODY_MAX, &bodies);
    assert_int_equal(r.refused, 0);
    assert_int_equal(r.len, BODY_MAX);
    assert_int_equal(bodies, r.room);
    for (size_t i = 0; i < r.len; i++) assert_int_equal(r.body[i], "0123456789abcdef"[i % 16]);
    assert_int_equal(r.body[r.len], '\0');
    http_request_append(&r, "x", 1, BODY_MAX, &bodies);
    assert_int_equal(r.refused, 413);
    assert_null(r.body);
    assert_int_equal(bodies, 0);
    http_request_free(&r, &bodies);
}

static void the_sum_of_all_bodies_is_bounded(void **state)
{
    (void)state;
    enum { REQUESTS = 400 };
    static struct http_request_state requests[REQUESTS];
    static char piece[BODY_MAX];
    atomic_size_t bodies = 0;
    int refused = 0;
    for (int i = 0; i < REQUESTS; i++) {
        http_request_append(&requests[i], piece, sizeof piece, BODY_MAX, &bodies);
        assert_true(requests[i].refused == 0 || requests[i].refused == 503);
        refused += requests[i].refused != 0;
    }
    assert_true(bodies <= HTTP_UPLOADS_MAX);
    assert_int_equal(REQUESTS - refused, HTTP_UPLOADS_MAX / (BODY_MAX + 1));
    struct http_request_state small = {0};
    http_request_append(&small, piece, HTTP_SMALL_BODY / 2 - 1, BODY_MAX, &bodies);
    assert_int_equal(small.refused, 0);
    http_request_free(&small, &bodies);
    http_request_answered(&requests[0], (size_t)3 * BODY_MAX,
                          &bodies); /* a response counts, too, but is never refused */
    for (int i = 0; i < REQUESTS; i++) http_request_free(&requests[i], &bodies);
    assert_int_equal(bodies, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_in_order_pass),
        cmocka_unit_test(ambiguous_heads_are_refused),
        cmocka_unit_test(random_heads_are_judged_by_their_counts),
        cmocka_unit_test(a_body_is_kept_in_one_piece),
        cmocka_unit_test(the_sum_of_all_bodies_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
