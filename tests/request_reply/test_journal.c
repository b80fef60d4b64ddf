/* Units of reqrep_journal.c: what is written is read back, an unfinished line did not happen, every damaged bit is noticed, and
 * a broken promise is named. */
#define DEMO_MAIN
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reqrep_journal.h"

static struct execution execution(const char *at, uint64_t client, uint32_t request, uint8_t attempt)
{
    struct execution e = {.client = client,
                          .request = request,
                          .attempt = attempt,
                          .operation = DEPOSIT,
                          .argument = 100,
                          .balance = 100};
    snprintf(e.at, sizeof e.at, "2026-01-31T12:00:0%s0000Z", at);
    return e;
}

static void assert_same(const struct execution *a, const struct execution *b)
{
    assert_string_equal(a->at, b->at);
    assert_true(a->client == b->client && a->request == b->request && a->attempt == b->attempt);
    assert_true(a->operation == b->operation && a->argument == b->argument && a->balance == b->balance);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct journal journal;
    journal_open(&journal, NULL);
    struct execution first = execution("0.12", UINT64_MAX, UINT32_MAX, 255), second = execution("0.13", 0, 1, 1);
    first.balance = INT64_MAX;
    second.operation = BALANCE;
    journal_write(&journal, &first, true);
    journal_write(&journal, &second, false);
    struct executions all = journal_read(&journal);
    assert_int_equal(all.count, 2);
    assert_same(&all.list[0], &first);
    assert_same(&all.list[1], &second);
    free(all.list);
    journal_close(&journal);
}

static void an_unfinished_line_did_not_happen(void **state)
{
    (void)state;
    struct journal journal;
    struct execution whole = execution("0.12", 1, 1, 1), after = execution("0.13", 1, 2, 1);
    journal_open(&journal, NULL);
    journal_write(&journal, &whole, false);
    fputs("2026-01-31T12:00:00.130000Z client 000000000", journal.file);
    struct executions all = journal_read(&journal);
    assert_int_equal(all.count, 1);
    free(all.list);
    journal_write(&journal, &after, false); /* and what comes next is a line of its own */
    all = journal_read(&journal);
    assert_int_equal(all.count, 2);
    assert_same(&all.list[1], &after);
    free(all.list);
    journal_close(&journal);
}

static void a_line_may_be_cut_off_anywhere(void **state)
{
    (void)state;
    struct execution lines[] = {execution("0.13", 0x0123456789abcdef, UINT32_MAX, 255),
                                execution("0.13", UINT64_MAX, 1, 1), execution("0.13", 0, 10, 2)};
    lines[1].operation = BALANCE;
    lines[1].balance = INT64_MAX;
    lines[2].operation = AUDIT;
    char line[JOURNAL_LINE];
    static const char nuls[30]; /* a file system may leave some where a machine that crashed was writing */
    struct journal journal;
    struct execution whole = execution("0.12", 1, 1, 1);
    journal_open(&journal, NULL);
    journal_write(&journal, &whole, false);
    const off_t size = ftello(journal.file);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const size_t length = journal_format(&lines[i], line);
        for (size_t n = 2; n < 2 * length; n++) { /* each beginning twice: without NULs behind it, and with them */
            fwrite(line, 1, n / 2, journal.file);
            if (n % 2) fwrite(nuls, 1, sizeof nuls, journal.file);
            struct executions all = journal_read(&journal);
            assert_int_equal(all.count, 1);
            assert_int_equal(ftello(journal.file), size);
            free(all.list);
        }
    }
    journal_close(&journal);
}

static void every_bit_that_flips_is_noticed(void **state)
{
    (void)state;
    char line[JOURNAL_LINE], changed[JOURNAL_LINE];
    struct execution e = execution("0.12", 7, 3, 1), read_back = {0};
    size_t len = journal_format(&e, line) - 1;
    line[len] = '\0';
    assert_int_equal(journal_parse(line, &read_back), LINE_GOOD);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        memcpy(changed, line, sizeof line);
        changed[bit / 8] = (char)(changed[bit / 8] ^ 1 << bit % 8);
        assert_int_not_equal(changed[bit / 8], '\n'); /* that would make two lines of it */
        assert_int_not_equal(journal_parse(changed, &read_back), LINE_GOOD);
    }
}

static void the_checksum_is_the_crc_32_of_zip(void **state)
{
    (void)state;
    char line[JOURNAL_LINE];
    struct execution e = execution("0.12", 7, 3, 1);
    journal_format(&e, line);
    assert_non_null(strstr(line, " crc 84b4058d\n"));
}

static void what_was_executed_again_is_named(void **state)
{
    (void)state;
    struct execution list[] = {execution("0.10", 2, 4, 1), execution("0.20", 1, 4, 1), execution("0.30", 2, 5, 1),
                               execution("0.40", 2, 4, 1), execution("0.60", 2, 5, 3), execution("0.50", 2, 5, 2)};
    struct executions all = {list, sizeof list / sizeof *list};
    char text[1000] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_int_equal(journal_print_repeated(&all, out), 2);
    fclose(out);
    assert_string_equal(text,
                        "client 0000000000000002 request 4 executed twice: first at 2026-01-31T12:00:00.100000Z, "
                        "again at 2026-01-31T12:00:00.400000Z after duplicate of attempt 1\n"
                        "client 0000000000000002 request 5 executed 3 times: first at 2026-01-31T12:00:00.300000Z, "
                        "again at 2026-01-31T12:00:00.500000Z after retransmission, attempt 2, "
                        "again at 2026-01-31T12:00:00.600000Z after retransmission, attempt 3\n");
    struct executions none = {0}, one = {list, 1};
    assert_int_equal(journal_print_repeated(&none, stdout) + journal_print_repeated(&one, stdout), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),      cmocka_unit_test(an_unfinished_line_did_not_happen),
        cmocka_unit_test(a_line_may_be_cut_off_anywhere),    cmocka_unit_test(every_bit_that_flips_is_noticed),
        cmocka_unit_test(the_checksum_is_the_crc_32_of_zip), cmocka_unit_test(what_was_executed_again_is_named),
    };
    demo_start();
    return demo_end(cmocka_run_group_tests(tests, NULL, NULL));
}
