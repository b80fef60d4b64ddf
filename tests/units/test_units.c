/* units.h: names, conversions that are exact, and the service that every model offers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

static void is(const char *text, const char *symbol)
{
    const struct unit *unit = unit_find(text);
    if (unit == NULL) fail_msg("no unit: %s", text);
    else assert_string_equal(unit->symbol, symbol);
}

static void names_in_spanish_and_english(void **state)
{
    (void)state;
    const char *same[][2] = {
        {"km", "km"},    {"kilómetro", "km"},  {"kilometre", "km"},      {"kilometer", "km"},      {"metro", "m"},
        {"meter", "m"},  {"centímetro", "cm"}, {"milímetro", "mm"},      {"pulgada", "in"},        {"inch", "in"},
        {"pie", "ft"},   {"foot", "ft"},       {"feet", "ft"},           {"yarda", "yd"},          {"yard", "yd"},
        {"milla", "mi"}, {"mile", "mi"},       {"milla náutica", "nmi"}, {"nautical mile", "nmi"}, {"µm", "µm"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) is(same[i][0], same[i][1]);
}

static void plural_case_accents_and_blanks_are_forgiven(void **state)
{
    (void)state;
    const char *same[][2] = {
        {"KILÓMETROS", "km"},
        {"kilometros", "km"},
        {"Kilo\xCC\x81metros", "km"},
        {"Millas", "mi"},
        {"MI", "mi"},
        {"inches", "in"},
        {"pies", "ft"},
        {" m ", "m"},
        {"millas náuticas", "nmi"},
        {"Millas-Nauticas", "nmi"},
        {"Nautical  Miles", "nmi"},
        {"MICRÓMETROS", "µm"},
        {"μm", "µm"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) is(same[i][0], same[i][1]);
}

static void folding_hides_what_is_forgiven_and_ends_in_time(void **state)
{
    (void)state;
    char folded[UNIT_NAME_MAX + 1], text[3 * UNIT_NAME_MAX];
    unit_fold(" Pin\xCC\x83"
              "a-U\xCC\x88",
              folded);
    assert_string_equal(folded, "pina u");
    for (size_t first = 1; first < UNIT_NAME_MAX; first++) { /* letters without and with a blank before each */
        memset(text, 'a', first);
        for (size_t i = first; i < sizeof text; i++) text[i] = (i - first) % 2 == 0 ? ' ' : 'a';
        text[sizeof text - 1] = '\0';
        folded[UNIT_NAME_MAX] = '!';
        assert_true(unit_fold(text, folded) < UNIT_NAME_MAX);
        assert_int_equal(folded[UNIT_NAME_MAX], '!');
    }
}

static void anything_else_is_none(void **state)
{
    (void)state;
    const char *none[] = {"", " ", "s", "es", "parsec", "kmm", "m m", "ms", "kg", "mill", "\xC3", "\xC3\x28", "nm"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (unit_find(none[i]) != NULL) fail_msg("a unit: %s", none[i]);
    char name[1000];
    memset(name, 'm', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_null(unit_find(name));
    memset(name, ' ', sizeof name - 2);
    assert_non_null(unit_find(name + 1)); /* blanks, however many, and an m */
}

static double convert(double value, const char *from, const char *to)
{
    return unit_convert(value, unit_find(from), unit_find(to));
}

static void conversions_are_the_nearest_double(void **state)
{
    (void)state;
    assert_true(convert(1, "mi", "m") == 1609.344);
    assert_true(convert(10, "km", "mi") == 6.2137119223733395); /* as rational arithmetic rounds it */
    assert_true(convert(1, "in", "cm") == 2.54);
    assert_true(convert(1, "ft", "m") == 0.3048);
    assert_true(convert(1, "yd", "m") == 0.9144);
    assert_true(convert(1, "nmi", "m") == 1852);
    assert_true(convert(3, "ft", "yd") == 1);
    assert_true(convert(12, "in", "ft") == 1);
    assert_true(convert(5280, "ft", "mi") == 1);
    assert_true(convert(0.1, "m", "cm") == 10);
    assert_true(convert(-2.5, "m", "mm") == -2500);
    assert_true(convert(0, "m", "mi") == 0);
}

/* Rounded twice, these would miss the nearest double: the expected ones are those of rational arithmetic. */
static void a_subnormal_result_is_rounded_once(void **state)
{
    (void)state;
    assert_true(convert(2.3e-308, "mm", "km") == 2.3e-314);
    assert_true(convert(1e-310, "m", "m") == 1e-310);
    assert_true(convert(5e-324, "m", "mm") == 4.94e-321);
    assert_true(convert(5e-324, "mm", "m") == 0);
    assert_true(convert(0x1.cd085ba6676b3p-1016, "m", "mi") == 0x0.1255905c372dbp-1022);
    assert_true(convert(0x1.7b647103ef3c2p-1016, "cm", "m") == 0x0.f2cfa47d65e91p-1022);
    assert_true(convert(0x1.f891196b3952dp-1019, "cm", "yd") == 0x0.2c24e23224d1bp-1022);
    assert_true(convert(0x1.67413f1ee5c7bp-1016, "cm", "m") == 0x0.e5ec515b7456dp-1022);
}

static void a_unit_to_itself_is_exact(void **state)
{
    (void)state;
    const double values[] = {0.1, 1.0 / 3, 1e300, 5e-324, -0.0, 6.2137119223733395};
    for (size_t u = 0; u < units_count; u++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            assert_true(unit_convert(values[i], &units[u], &units[u]) == values[i]);
}

static void the_range_of_a_double_is_used_up(void **state)
{
    (void)state;
    assert_true(convert(1.5e308, "mm", "m") == 1.5e308 / 1000);
    assert_true(isinf(convert(1.5e308, "m", "mm")));
    assert_true(isnan(convert(NAN, "m", "mm")));
}

static void says(enum conversion expected, const char *why, double valor, const char *origen, const char *destino)
{
    char reason[UNITS_REASON];
    double result = 7;
    assert_int_equal(units_convertir(valor, origen, destino, &result, reason), expected);
    assert_string_equal(reason, why);
}

static void the_service_converts_or_says_why_not(void **state)
{
    (void)state;
    const char *list = "; there are µm, mm, cm, dm, m, dam, hm, km, in, ft, yd, mi, nmi";
    char reason[UNITS_REASON], expected[UNITS_REASON], name[UNIT_NAME_MAX + 1];
    double result;
    assert_int_equal(units_convertir(1, "Millas", "m", &result, reason), UNITS_CONVERTED);
    assert_true(result == 1609.344);
    snprintf(expected, sizeof expected, "unknown unit \"parsec\"%s", list);
    says(UNITS_UNKNOWN, expected, 1, "parsec", "m");
    says(UNITS_UNKNOWN, expected, 1, "m", "parsec");
    says(UNITS_UNKNOWN, expected, 1, "parsec", "lightyear");
    memset(name, 'a', sizeof name);
    name[UNIT_NAME_MAX - 1] = '\0';
    snprintf(expected, sizeof expected, "unknown unit \"%s\"%s", name, list);
    says(UNITS_UNKNOWN, expected, 1, name, "m");
    name[UNIT_NAME_MAX - 1] = 'a';
    name[UNIT_NAME_MAX] = '\0';
    snprintf(expected, sizeof expected, "unknown unit \"(a long name)\"%s", list);
    says(UNITS_UNKNOWN, expected, 1, name, "m");
    says(UNITS_NOT_FINITE, "valor is no finite number", NAN, "m", "mm");
    says(UNITS_NOT_FINITE, "valor is no finite number", INFINITY, "parsec", "mm");
    says(UNITS_NOT_FINITE, "the result is no finite number", -1e308, "km", "mm");
}

static void the_list_names_every_symbol(void **state)
{
    (void)state;
    char list[160], small[8];
    unit_list(list, sizeof list);
    for (size_t u = 0; u < units_count; u++) assert_non_null(strstr(list, units[u].symbol));
    assert_true(strlen(unit_list(small, sizeof small)) < sizeof small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_spanish_and_english),
        cmocka_unit_test(plural_case_accents_and_blanks_are_forgiven),
        cmocka_unit_test(anything_else_is_none),
        cmocka_unit_test(conversions_are_the_nearest_double),
        cmocka_unit_test(a_subnormal_result_is_rounded_once),
        cmocka_unit_test(a_unit_to_itself_is_exact),
        cmocka_unit_test(the_service_converts_or_says_why_not),
        cmocka_unit_test(the_range_of_a_double_is_used_up),
        cmocka_unit_test(the_list_names_every_symbol),
        cmocka_unit_test(folding_hides_what_is_forgiven_and_ends_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
