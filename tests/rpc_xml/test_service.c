/* rpc_service.h and rpc_registry.h with procedures that rpc_server does not have: one that takes its time, one that keeps
 * the processor busy, one with a large result, one with a result that XML-RPC cannot carry. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <netinet/in.h>
#include <pthread.h>

#include "rpc_proto.h"
#include "rpc_service.h"

static int begun[2], let_go[2]; /* pipes: the procedure writes a byte when it begins, and ends when it reads one */

static xmlrpc_value *wait_long(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    (void)parameters, (void)caller;
    char byte = '.';
    if (write(begun[1], &byte, 1) != 1 || read(let_go[0], &byte, 1) != 1) return NULL;
    return xmlrpc_int_new(env, 7);
}

enum { LARGE = 100000 };
static int large_runs;

static xmlrpc_value *large(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    (void)parameters, (void)caller;
    static char text[LARGE + 1];
    memset(text, 'x', LARGE);
    large_runs++;
    return xmlrpc_string_new(env, text);
}

static int busy_runs;

/* Uses half a second of processor time, however many other programs run. */
static xmlrpc_value *busy(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    (void)parameters, (void)caller;
    struct timespec began, now;
    busy_runs++;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
    do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while (difftime(now.tv_sec, began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9 < 0.5);
    return xmlrpc_int_new(env, 7);
}

static xmlrpc_value *no_number(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    (void)parameters, (void)caller;
    return xmlrpc_build_value(env, "(dd)", 0.5, HUGE_VAL);
}

static xmlrpc_value *sum(xmlrpc_env *env, xmlrpc_value *parameters, const struct rpc_caller *caller)
{
    (void)parameters, (void)caller;
    return xmlrpc_double_new(env, 0.1 + 0.2);
}

static const struct rpc_procedure procedures[] = {{"no_number", no_number, "A:", "A list that XML-RPC cannot carry."},
                                                  {"sum", sum, "d:", "0.1 and 0.2."},
                                                  {"wait", wait_long, "i:", "Waits."},
                                                  {"busy", busy, "i:", "Half a second."},
                                                  {"large", large, "s:", "A long string."},
                                                  {0}};

static xmlrpc_registry *route(void *registry, const char *path)
{
    (void)path;
    return registry;
}

static struct fixture {
    struct rpc_service service;
    struct http_server *server;
} fixture;

static int set_up(void **state)
{
    const int *timeout_ms = *state;
    fixture.service =
        (struct rpc_service){.about = "a test", .route = route, .context = rpc_registry_new(procedures)};
    fixture.server = http_server_start(&(struct http_server_options){.address = "127.0.0.1",
                                                                     .port = "0",
                                                                     .handler = rpc_serve,
                                                                     .context = &fixture.service,
                                                                     .body_max = RPC_MESSAGE_MAX,
                                                                     .timeout_ms = *timeout_ms});
    return pipe(begun) != 0 || pipe(let_go) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    xmlrpc_registry_free(fixture.service.context);
    for (int i = 0; i < 2; i++) close(begun[i]), close(let_go[i]);
    return 0;
}

/* A connection to the server; -1 when it takes none. */
static int dial(const char *text)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    where.sin_port = htons((uint16_t)atoi(strchr(text, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&where, sizeof where) == 0) return fd;
    close(fd);
    return -1;
}

/* A call of the method, which has begun when this returns. */
static int begin_call(void)
{
    const char *request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n"
                          "<methodCall><methodName>wait</methodName></methodCall>      ";
    char byte;
    int fd = dial(http_server_endpoint(fixture.server));
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    assert_int_equal(read(begun[0], &byte, 1), 1);
    return fd;
}

/* Lets the method end; its answer, which must come. */
static void end_call(int fd, char *answer, size_t size)
{
    size_t len = 0;
    assert_int_equal(write(let_go[1], ".", 1), 1);
    for (answer[0] = '\0'; strstr(answer, "</methodResponse>") == NULL; answer[len] = '\0') {
        ssize_t got = read(fd, answer + len, size - 1 - len);
        if (got <= 0) fail_msg("the connection ended after: %s", answer);
        len += (size_t)got;
    }
    assert_non_null(strstr(answer, "<i4>7</i4>"));
}

static void a_method_may_take_longer_than_a_request(void **state)
{
    (void)state;
    char answer[2000], byte;
    int call = begin_call(), idle = dial(http_server_endpoint(fixture.server));
    assert_int_equal(read(idle, &byte, 1), 0); /* came later, and its time is up */
    end_call(call, answer, sizeof answer);
    assert_null(strstr(answer, "Connection: close"));
    close(call);
    close(idle);
    http_server_stop(fixture.server);
}

static void *stop_server(void *totals)
{
    *(struct http_totals *)totals = http_server_stop(fixture.server);
    return NULL;
}

static void a_call_in_hand_is_answered_before_the_end(void **state)
{
    (void)state;
    char answer[2000], where[80];
    pthread_t thread;
    struct http_totals totals;
    strcpy(where, http_server_endpoint(fixture.server));
    int call = begin_call();
    assert_int_equal(pthread_create(&thread, NULL, stop_server, &totals), 0);
    for (int fd; (fd = dial(where)) >= 0;) close(fd); /* until the server takes no new connection */
    end_call(call, answer, sizeof answer);
    assert_non_null(strstr(answer, "Connection: close"));
    pthread_join(thread, NULL);
    assert_int_equal(totals.requests, 1);
    close(call);
}

/* The answer to system.multicall with `count` calls of one procedure, and one of sum(). */
static char *call_many(xmlrpc_registry *registry, const char *name, int count, size_t *len)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *calls = xmlrpc_array_new(&env);
    for (int i = 0; i <= count; i++) {
        xmlrpc_value *call = xmlrpc_build_value(&env, "{s:s,s:()}", "methodName", i < count ? name : "sum", "params");
        xmlrpc_array_append_item(&env, calls, call);
        xmlrpc_DECREF(call);
    }
    xmlrpc_value *parameters = xmlrpc_build_value(&env, "(V)", calls);
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    xmlrpc_serialize_call(&env, xml, "system.multicall", parameters);
    assert_false(env.fault_occurred);
    *len = XMLRPC_MEMBLOCK_SIZE(char, xml);
    char *answer = rpc_registry_call(registry, NULL, XMLRPC_MEMBLOCK_CONTENTS(char, xml), len);
    XMLRPC_MEMBLOCK_FREE(char, xml);
    xmlrpc_DECREF(parameters);
    xmlrpc_DECREF(calls);
    xmlrpc_env_clean(&env);
    assert_non_null(answer);
    answer[*len - 1] = '\0'; /* its last line's end */
    return answer;
}

static void results_of_one_request_are_bounded(void **state)
{
    (void)state;
    size_t len;
    xmlrpc_registry *registry = rpc_registry_new(procedures);
    free(call_many(registry, "large", 5, &len));
    assert_int_equal(large_runs, 5);
    large_runs = 0;
    char *answer = call_many(registry, "large", 1000, &len);
    assert_in_range(large_runs, 5, 7); /* no procedure runs for a result that has no room */
    assert_true(len / 3 < RPC_MESSAGE_MAX);
    assert_non_null(strstr(answer, "<i4>-509</i4>"));
    free(answer);
    xmlrpc_registry_free(registry);
}

static void the_time_of_one_request_is_bounded(void **state)
{
    (void)state;
    size_t len;
    xmlrpc_registry *registry = rpc_registry_new(procedures);
    char *answer = call_many(registry, "busy", 20, &len);
    assert_in_range(busy_runs, 2 * RPC_SECONDS_MAX, 2 * RPC_SECONDS_MAX + 2);
    assert_non_null(strstr(answer, "<i4>-509</i4>"));
    assert_non_null(strstr(answer, "send the rest in another request"));
    free(answer);
    xmlrpc_registry_free(registry);
}

enum { LARGE_CALLS = 8, LONGEST = RPC_MESSAGE_MAX };

static void *call_wait(void *xml)
{
    size_t len = strlen(xml);
    free(rpc_registry_call(fixture.service.context, NULL, xml, &len));
    return NULL;
}

/* Whether a procedure begins: at once, or no longer than it takes on a busy machine. */
static bool one_begins(int timeout_ms)
{
    char byte;
    return poll(&(struct pollfd){.fd = begun[0], .events = POLLIN}, 1, timeout_ms) == 1 &&
           read(begun[0], &byte, 1) == 1;
}

static void large_calls_wait_for_each_other(void **state)
{
    (void)state;
    pthread_t threads[LARGE_CALLS + 2];
    static char small[] = "<methodCall><methodName>wait</methodName></methodCall>", large_call[LONGEST + 1];
    snprintf(large_call, sizeof large_call, "%-*s", LONGEST, small);
    for (int i = 0; i <= LARGE_CALLS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_wait, large_call), 0);
    for (int i = 0; i < LARGE_CALLS; i++) assert_true(one_begins(-1));
    assert_false(one_begins(300)); /* the last one waits */
    assert_int_equal(pthread_create(&threads[LARGE_CALLS + 1], NULL, call_wait, small), 0);
    assert_true(one_begins(-1)); /* a small one does not */
    for (int i = 0; i < LARGE_CALLS + 2; i++) assert_int_equal(write(let_go[1], ".", 1), 1);
    assert_true(one_begins(-1));
    for (int i = 0; i < LARGE_CALLS + 2; i++) pthread_join(threads[i], NULL);
    http_server_stop(fixture.server);
}

static void a_fault_leaves_the_other_results_of_its_request_exact(void **state)
{
    (void)state;
    size_t len;
    xmlrpc_registry *registry = rpc_registry_new(procedures);
    char *answer = call_many(registry, "no_number", 1, &len);
    assert_non_null(strstr(answer, "<i4>2</i4>"));
    assert_non_null(strstr(answer, "<double>0.30000000000000004</double>"));
    free(answer);
    xmlrpc_registry_free(registry);
}

int main(void)
{
    int short_ms = 500, long_ms = 30000;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(a_method_may_take_longer_than_a_request, set_up, tear_down,
                                                 &short_ms),
        cmocka_unit_test_prestate_setup_teardown(a_call_in_hand_is_answered_before_the_end, set_up, tear_down,
                                                 &long_ms),
        cmocka_unit_test(results_of_one_request_are_bounded),
        cmocka_unit_test_prestate_setup_teardown(large_calls_wait_for_each_other, set_up, tear_down, &long_ms),
        cmocka_unit_test(the_time_of_one_request_is_bounded),
        cmocka_unit_test(a_fault_leaves_the_other_results_of_its_request_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
