/* Every parser of ours with texts that nobody would write, from a fixed seed: nothing reads out of bounds (the sanitizers
 * watch), nothing goes on for ever, and what must hold for any text holds. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "exact_double.h"
#include "units.h"
#include "xml_text.h"

enum { ROUNDS = 20000, LONGEST = 200 };

static uint64_t seed = 20240601;

static uint32_t any(uint32_t below) /* a linear congruential generator: the same texts everywhere */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* A text of pieces that mean something to the parsers, and of random bytes. In a buffer of its very size: a byte too far is
 * seen by the sanitizer. */
static char *text_of(const char *const *pieces, uint32_t count, size_t *len)
{
    char text[LONGEST];
    size_t n = 0;
    for (size_t want = any(LONGEST); n < want;) {
        const char *piece = pieces[any(count)];
        char byte[2] = {(char)(1 + any(255)), '\0'};
        if (any(8) == 0) piece = byte;
        while (*piece != '\0' && n < sizeof text) text[n++] = *piece++;
    }
    char *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    *len = n;
    return copy;
}

static void names_of_units(void **state)
{
    (void)state;
    const char *pieces[] = {"m", "k", "mi", "lla", "\xC3", "\xC3\xA1", "\xCC",    "\xCC\x81",
                            " ", "-", "s",  "es",  "ches", "pie",      "\xC2\xB5"};
    for (int i = 0; i < ROUNDS; i++) {
        size_t len;
        char *text = text_of(pieces, sizeof pieces / sizeof *pieces, &len), folded[UNIT_NAME_MAX],
             again[UNIT_NAME_MAX];
        size_t folded_len = unit_fold(text, folded);
        assert_int_equal(folded_len, strlen(folded));
        unit_fold(folded, again);
        if (len < UNIT_NAME_MAX / 2 && strstr(text, "\xCC") == NULL && strstr(text, "\xC3") == NULL &&
            strstr(text, "\xC2") == NULL)
            assert_string_equal(folded, again); /* folding what is folded changes nothing */
        const struct unit *unit = unit_find(text);
        if (unit != NULL) assert_ptr_equal(unit_find(unit->symbol), unit);
        free(text);
    }
}

static void markup(void **state)
{
    (void)state;
    const char *pieces[] = {"<",        ">",         "</",  "/>", "<!--",    "-->",     "<![CDATA[", "]]>",
                            "<?",       "?>",        "<!",  "'",  "\"",      "a",       " ",         "\n",
                            "<double>", "</double>", "1.5", "-",  "<value>", "</value>"};
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    for (int i = 0; i < ROUNDS; i++) {
        size_t len, covered = 0, marked_len;
        char *text = text_of(pieces, sizeof pieces / sizeof *pieces, &len), *exact = malloc(len + !len);
        assert_non_null(exact);
        memcpy(exact, text, len);
        const char *next = exact;
        for (struct xml_token token; (token = xml_next(&next, exact + len)).kind != XML_FINISHED;) {
            assert_true(token.len > 0);
            assert_ptr_equal(token.start, exact + covered); /* every byte belongs to one token */
            covered += token.len;
        }
        assert_int_equal(covered, len);
        xml_refusal(exact, len);
        xml_put_indented(nowhere, "> ", exact, len);
        marked_len = len;
        char *marked = doubles_mark(exact, &marked_len);
        assert_true(marked_len >= len && marked_len <= len + len / 9 * 2);
        double values[] = {1, 0.1};
        size_t put_len = len;
        free(doubles_put(&(struct doubles){.values = values, .count = 1 + any(2)}, exact, &put_len));
        free(marked);
        free(exact);
        free(text);
    }
    fclose(nowhere);
}

static void doubles(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t bits = (uint64_t)any(1u << 31) << 33 ^ (uint64_t)any(1u << 31) << 11 ^ any(1u << 11);
        double value;
        memcpy(&value, &bits, sizeof value);
        char text[EXACT_TEXT];
        assert_true(double_text(value, text) < sizeof text);
        assert_true(strtod(text, NULL) == value || (isnan(value) && isnan(strtod(text, NULL))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_units),
        cmocka_unit_test(markup),
        cmocka_unit_test(doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
