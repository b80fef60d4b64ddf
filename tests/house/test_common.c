/* Unit tests of common/: safe text, UTF-8, options, lines of standard input, the last line of a measurement, endpoints. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include "../../common/endpoint.h"
#include "../../common/lines.h"
#include "../../common/measure.h"
#include "../../common/options.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What demo_put_text prints for `len` bytes; valid until the next call. */
static const char *shown(const char *text, size_t len, const char *as_is)
{
    static char *buffer;
    size_t size;
    free(buffer);
    FILE *out = open_memstream(&buffer, &size);
    demo_put_text(out, text, len, as_is);
    fclose(out);
    return buffer;
}

static void printable_text_stays_what_it_is(void **state)
{
    (void)state;
    const char *text = "hola, ñandú €😀";
    assert_string_equal(shown(text, strlen(text), ""), text);
    assert_string_equal(shown("", 0, ""), "");
}

static void control_bytes_and_backslashes_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(shown("a\tb\r\n", 5, ""), "a\\tb\\r\\n");
    assert_string_equal(shown("\x1b[2J\x7f\0\\", 7, ""), "\\x1B[2J\\x7F\\x00\\\\");
    assert_string_equal(shown("\xC2\x9B"
                              "2J",
                              4, ""),
                        "\\xC2\\x9B2J"); /* C1, as some terminals obey it */
}

static void bytes_as_is_are_left_alone(void **state)
{
    (void)state;
    assert_string_equal(shown("a\nb\t\0", 5, "\n"), "a\nb\\t\\x00");
}

static void what_is_no_utf8_is_escaped(void **state)
{
    (void)state;
    const char *malformed[] = {"\x80",    "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                               "\xF8\x88"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        const unsigned char *s = (const unsigned char *)malformed[i];
        assert_int_equal(demo_utf8(s, strlen(malformed[i])), 0);
        for (const char *c = shown(malformed[i], strlen(malformed[i]), ""); *c != '\0'; c++)
            assert_in_range(*c, ' ', '~');
    }
}

static void every_character_is_as_long_as_it_is(void **state)
{
    (void)state;
    const char *characters[] = {
        "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
        const unsigned char *s = (const unsigned char *)characters[i];
        size_t len = strlen(characters[i]);
        assert_int_equal(demo_utf8(s, len), len);
        if (len > 1) assert_int_equal(demo_utf8(s, len - 1), 0); /* its rest is not there: nothing beyond is read */
    }
}

static void numbers_and_seconds(void **state)
{
    (void)state;
    assert_int_equal(demo_number("-p", "65535", 0, 65535), 65535);
    assert_int_equal(demo_number("-p", "0", 0, 65535), 0);
    assert_int_equal(demo_seconds("-w", "0.5"), 500);
    assert_int_equal(demo_seconds("-w", "86400"), 86400000);
}

static struct {
    bool quiet, welcome;
    const char *address, *port;
    size_t count;
    int timeout_ms;
    char read[32];
} parsed;

static void read_semantics(const char *option, const char *value)
{
    snprintf(parsed.read, sizeof parsed.read, "%s=%s", option, value);
}

static const struct demo_option table[] = {
    {'l', "listen", "ADDR", "an address", .text = &parsed.address},
    {'p', "port", "PORT", "a port", .port = &parsed.port},
    {.help = "Measuring:"},
    {'n', "count", "N", "how many,\nin all", .number = &parsed.count, .min = 1, .max = 1000},
    {'w', "timeout", "SEC", "how long", .milliseconds = &parsed.timeout_ms, .min = 1},
    {'q', "quiet", NULL, "no lines", .on = &parsed.quiet},
    {0, "no-welcome", NULL, "no greeting", .off = &parsed.welcome},
    {0, "semantics", "NAME", "which", .read = read_semantics},
    {0},
};
static const struct demo_usage usage = {.arguments = "[HOST]", .purpose = "A test.", .example = "example", .most = 1};

/* Reads a command line of `argc` words. Returns the index of the first argument. */
static int read_options(int argc, const char *const *words, const struct demo_usage *how)
{
    char *argv[16] = {NULL}, copy[512];
    size_t used = 0;
    for (int i = 0; i < argc; i++) {
        argv[i] = copy + used;
        used += (size_t)sprintf(copy + used, "%s", words[i]) + 1;
    }
    parsed.welcome = true;
    parsed.quiet = false;
    optind = 0; /* getopt_long(3) starts again */
    return demo_options(argc, argv, how, table);
}

static void options_go_where_the_table_says(void **state)
{
    (void)state;
    const char *words[] = {"./test", "-l",   "::1",          "-p",          "0",     "--count=7",
                           "-qw",    "0.25", "--no-welcome", "--semantics", "maybe", "localhost"};
    assert_int_equal(read_options(12, words, &usage), 11);
    assert_string_equal(parsed.port, "0");
    assert_int_equal(parsed.count, 7);
    assert_int_equal(parsed.timeout_ms, 250);
    assert_true(parsed.quiet);
    assert_false(parsed.welcome);
    assert_string_equal(parsed.read, "--semantics=maybe");
}

static void a_long_name_may_be_shortened_and_arguments_may_come_first(void **state)
{
    (void)state;
    const char *words[] = {"test", "host", "--quiet", "--cou", "3"};
    assert_int_equal(read_options(5, words, &usage), 4);
    assert_int_equal(parsed.count, 3);
    assert_true(parsed.quiet);
}

static void after_the_first_argument_a_minus_is_no_option_where_options_come_first(void **state)
{
    (void)state;
    const struct demo_usage first = {
        .arguments = "[WORD...]", .purpose = "", .example = "", .most = 9, .options_first = true};
    const char *call[] = {"test", "-n", "3", "word", "-q"};
    assert_int_equal(read_options(5, call, &first), 3);
    assert_false(parsed.quiet);
}

static void lines_are_whole_whatever_arrives_at_once(void **state)
{
    (void)state;
    static struct lines in;
    int saved = dup(STDIN_FILENO), ends[2];
    size_t len;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    assert_null(lines_take(&in, &len));
    assert_int_equal(write(ends[1], "ho", 2), 2);
    lines_read(&in);
    assert_null(lines_take(&in, &len)); /* half a line is none */
    assert_int_equal(write(ends[1], "la\n\nx\0y\nlast", 12), 12);
    lines_read(&in);
    assert_string_equal(lines_take(&in, &len), "hola");
    assert_string_equal(lines_take(&in, &len), "");
    assert_int_equal(len, 0);
    assert_memory_equal(lines_take(&in, &len), "x\0y", 4);
    assert_int_equal(len, 3);
    assert_null(lines_take(&in, &len));
    close(ends[1]);
    assert_string_equal(lines_next(&in, &len), "last"); /* the end of the input ends a line, too */
    assert_null(lines_next(&in, &len));
    assert_true(in.ended);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
}

static void a_line_that_is_too_long_is_cut_and_the_next_one_is_whole(void **state)
{
    (void)state;
    static struct lines in;
    int saved = dup(STDIN_FILENO), ends[2];
    size_t len = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        for (size_t i = 0; i < (size_t)3 * LINES_ROOM; i++)
            if (write(ends[1], "x", 1) != 1) _exit(1);
        _exit(write(ends[1], "\nnext\n", 6) == 6 ? 0 : 1);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    const char *line = lines_next(&in, &len);
    assert_non_null(line);
    assert_int_equal(len, 3 * LINES_ROOM);
    assert_int_equal(strlen(line), LINES_ROOM);
    line = lines_next(&in, &len);
    assert_non_null(line);
    assert_string_equal(line, "next");
    assert_int_equal(len, 4);
    assert_null(lines_next(&in, &len));
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
}

/* The line that measure_end prints for these samples. */
static void assert_figures(const uint32_t *rtt_ns, size_t received, size_t sent, int status, const char *expected)
{
    struct measure m;
    measure_begin(&m, sent);
    m.sent = sent;
    for (size_t i = 0; i < received; i++) measure_reply(&m, rtt_ns[i]);

    char line[200] = "";
    int saved = dup(STDOUT_FILENO), ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(stdout);
    dup2(ends[1], STDOUT_FILENO);
    int got = measure_end(&m);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    assert_true(read(ends[0], line, sizeof line - 1) > 0);
    close(ends[0]);
    close(ends[1]);
    close(saved);
    *strstr(line, " us, ") = '\0'; /* the rate depends on the clock */
    assert_string_equal(line, expected);
    assert_int_equal(got, status);
}

static void percentiles_are_by_nearest_rank(void **state)
{
    (void)state;
    uint32_t rtt_ns[100];
    for (uint32_t i = 0; i < 100; i++) rtt_ns[i] = (100 - i) * 1000; /* 100 us down to 1 us */
    assert_figures(rtt_ns, 100, 100, DEMO_DONE,
                   "100 sent, 100 received, 0 lost, rtt min/p50/p99/max 1.0/50.0/99.0/100.0");
    assert_figures(rtt_ns, 1, 1, DEMO_DONE,
                   "1 sent, 1 received, 0 lost, rtt min/p50/p99/max 100.0/100.0/100.0/100.0");
    assert_figures(rtt_ns, 2, 3, DEMO_FAILED,
                   "3 sent, 2 received, 1 lost, rtt min/p50/p99/max 99.0/99.0/100.0/100.0");
    assert_figures(rtt_ns, 0, 2, DEMO_FAILED, "2 sent, 0 received, 2 lost, rtt min/p50/p99/max -/-/-/-");
}

static void endpoints_as_text(void **state)
{
    (void)state;
    char text[ENDPOINT_TEXT];
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons(9999), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_string_equal(endpoint_text(&v4, sizeof v4, text), "127.0.0.1:9999");
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    assert_string_equal(endpoint_text(&v6, sizeof v6, text), "[::1]:80");
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    assert_string_equal(endpoint_text(&none, sizeof none, text), "(unknown address)");
}

static void waiting_ends_when_ready_or_after_the_timeout(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct pollfd fds[2] = {{.fd = ends[0], .events = POLLIN}};
    assert_int_equal(demo_wait(fds, 1, 0), 0);
    assert_int_equal(demo_wait(fds, 1, 20), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(demo_wait(fds, 1, -1), 1);
    assert_true(fds[0].revents & POLLIN);
    raise(SIGTERM);
    assert_int_equal(demo_wait(fds, 1, -1), -1);
    assert_true(demo_stopping());
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    demo_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_stays_what_it_is),
        cmocka_unit_test(control_bytes_and_backslashes_are_escaped),
        cmocka_unit_test(bytes_as_is_are_left_alone),
        cmocka_unit_test(what_is_no_utf8_is_escaped),
        cmocka_unit_test(every_character_is_as_long_as_it_is),
        cmocka_unit_test(numbers_and_seconds),
        cmocka_unit_test(options_go_where_the_table_says),
        cmocka_unit_test(a_long_name_may_be_shortened_and_arguments_may_come_first),
        cmocka_unit_test(after_the_first_argument_a_minus_is_no_option_where_options_come_first),
        cmocka_unit_test(lines_are_whole_whatever_arrives_at_once),
        cmocka_unit_test(a_line_that_is_too_long_is_cut_and_the_next_one_is_whole),
        cmocka_unit_test(percentiles_are_by_nearest_rank),
        cmocka_unit_test(endpoints_as_text),
        cmocka_unit_test(waiting_ends_when_ready_or_after_the_timeout),
    };
    return demo_end(cmocka_run_group_tests(tests, NULL, NULL));
}
