/* test_object_url.c - URLs of remote objects: parsed, written, and which machines can reach them. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "object_url.h"

static void urls(void **state)
{
    (void)state;
    struct object_url url;
    assert_true(object_url_parse("http://localhost:8000/conversor", &url));
    assert_string_equal(url.host, "localhost");
    assert_string_equal(url.port, "8000");
    assert_true(object_url_parse("http://[2001:db8::1]:1/", &url));
    assert_string_equal(url.host, "2001:db8::1");
    const char *wrong[] = {"",
                           "conversor",
                           "localhost:8000/x",
                           "https://h:1/x",
                           "ftp://h:1/x",
                           "http://",
                           "http:///x",
                           "http://h/x",
                           "http://h:/x",
                           "http://h:0/x",
                           "http://h:65536/x",
                           "http://h:000080/x",
                           "http://h:99999999999/x",
                           "http://h:1",
                           "http://h:1x/",
                           "http://u@h:1/x",
                           "http://u:p@h:1/x",
                           "http://h:1/x?q",
                           "http://h:1/x#f",
                           "http://h:1/%2e",
                           "http://h:1/a b",
                           "http://h:1/\x1b[2J",
                           "http://ñ:1/x",
                           "http://[::1:1/x",
                           "http://[::1]/x",
                           "http://[]:1/x",
                           "http://[h]:1/x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (object_url_parse(wrong[i], &url)) fail_msg("taken: %s", wrong[i]);
    char longer[RMI_URL_MAX + 1] = "http://h:1/";
    memset(longer + strlen("http://h:1/"), 'p', RMI_URL_MAX - strlen("http://h:1/"));
    assert_false(object_url_parse(longer, &url));
    longer[RMI_URL_MAX - 1] = '\0';
    assert_true(object_url_parse(longer, &url));
    char host[] =
        "http://________________________________________________________________________________________________"
        "________________________________________________________________________________________________________"
        "________________________________________________________________:1/";
    assert_false(object_url_parse(host, &url));
}

static void hosts_and_ports(void **state)
{
    (void)state;
    struct object_url url;
    assert_true(object_url_host_port("registry.example", "8000", &url));
    assert_string_equal(url.port, "8000");
    assert_true(object_url_host_port("[::1]", "8000", &url));
    assert_string_equal(url.host, "::1");
    assert_true(object_url_host_port("10.0.0.1:9", "8000", &url));
    assert_string_equal(url.port, "9");
    const char *wrong[] = {"", ":8000", "h:", "h:x", "h:70000", "::1", "h:1/x", "a b:1", "http://h:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (object_url_host_port(wrong[i], "8000", &url)) fail_msg("taken: %s", wrong[i]);
    assert_false(object_url_host_port("h", NULL, &url));
}

static void written_as_read(void **state)
{
    (void)state;
    struct object_url url = {.host = "::1", .port = "80"};
    char text[RMI_URL_MAX];
    assert_true(object_url_write(text, &url, "conversor"));
    assert_string_equal(text, "http://[::1]:80/conversor");
    strcpy(url.host, "10.0.0.1");
    assert_true(object_url_write(text, &url, ""));
    assert_string_equal(text, "http://10.0.0.1:80/");
    memset(url.host, 'h', sizeof url.host - 1);
    char path[64];
    memset(path, 'p', sizeof path);
    path[63] = '\0';
    assert_false(object_url_write(text, &url, path));
}

static enum object_reach reach_of(const char *host)
{
    struct object_url url = {.port = "1"};
    strcpy(url.host, host);
    return object_url_reach(&url);
}

static void which_machines_can_reach_it(void **state)
{
    (void)state;
    const char *here[] = {"127.0.0.1", "127.8.9.10", "localhost", "::1",  "::ffff:127.0.0.1",
                          "0.0.0.0",   "::",         "0",         "127.1"};
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (reach_of(here[i]) != REACH_LOOPBACK) fail_msg("%s", here[i]);
    assert_int_equal(reach_of("192.0.2.1"), REACH_NETWORK);
    assert_int_equal(reach_of("2001:db8::1"), REACH_NETWORK);
    assert_int_equal(reach_of("no.such.host.invalid"), REACH_UNKNOWN);
}

static bool is_at(const char *host, const char *peer)
{
    struct object_url url = {.port = "1"};
    strcpy(url.host, host);
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, peer, &v4.sin_addr) == 1) return object_url_is_at(&url, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, peer, &v6.sin6_addr), 1);
    return object_url_is_at(&url, (struct sockaddr *)&v6);
}

static void same_host_as_the_caller(void **state)
{
    (void)state;
    assert_true(is_at("192.0.2.1", "192.0.2.1"));
    assert_true(is_at("192.0.2.1", "::ffff:192.0.2.1"));
    assert_true(is_at("2001:db8::1", "2001:db8::1"));
    assert_true(is_at("localhost", "127.0.0.1"));
    assert_true(is_at("127.0.0.1", "::1"));
    assert_false(is_at("192.0.2.1", "192.0.2.2"));
    assert_false(is_at("127.0.0.1", "192.0.2.2"));
    assert_false(is_at("192.0.2.1", "127.0.0.1"));
    assert_false(is_at("0.0.0.0", "127.0.0.1"));
    assert_false(is_at("no.such.host.invalid", "127.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(hosts_and_ports),
        cmocka_unit_test(written_as_read),
        cmocka_unit_test(which_machines_can_reach_it),
        cmocka_unit_test(same_host_as_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
