/* units.h and exact_text.h with random names and numbers. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "../fuzz.h"
#include "exact_text.h"
#include "units.h"

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
        cmocka_unit_test(doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
