/* xml_text.h and exact_double.h with random markup. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../fuzz.h"
#include "exact_double.h"
#include "xml_text.h"

static void markup(void **state)
{
    (void)state;
    const char *pieces[] = {"<",        ">",         "</",  "/>", "<!--",    "-->",     "<![CDATA[", "]]>",
                            "<?",       "?>",        "<!",  "'",  "\"",      "a",       " ",         "\n",
                            "<double>", "</double>", "1.5", "-",  "<value>", "</value>"};
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    for (int i = 0; i < ROUNDS; i++) {
        size_t len, covered = 0, hex_len;
        char *text = text_of(pieces, sizeof pieces / sizeof *pieces, &len), *exact = malloc(len + !len);
        assert_non_null(exact);
        memcpy(exact, text, len);
        const char *next = exact;
        for (struct xml_token token; (token = xml_next(&next, exact + len)).kind != XML_FINISHED;) {
            assert_true(token.len > 0);
            assert_ptr_equal(token.start, exact + covered); /* every byte belongs to one token */
            struct xml_token inner = xml_characters(&token);
            assert_true(inner.start >= token.start && inner.start + inner.len <= token.start + token.len);
            covered += token.len;
        }
        assert_int_equal(covered, len);
        xml_refusal(exact, len);
        xml_put_indented(nowhere, "> ", exact, len);
        hex_len = len;
        char *hex = doubles_to_hex(exact, &hex_len);
        assert_true(hex_len <= doubles_hex_size(len));
        double values[] = {1, 0.1};
        size_t decimal_len = len;
        free(doubles_to_decimal(&(struct doubles){.values = values, .count = 1 + any(2)}, exact, &decimal_len));
        free(hex);
        free(exact);
        free(text);
    }
    fclose(nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(markup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
