/* test_rows.c - messages become rows, or reasons why they are none. */
#include "../../common/demo.h"

#include "random_rows.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PLAYER "\"equipo\":\"Peñarol\",\"posicion\":\"portero\",\"nacionalidad\":\"Perú\",\"edad\":20,\"goles\":3"

static const struct topic *player, *weather, *vehicle;
static char reason[ROW_REASON];

static bool reads(struct row *row, const struct topic *topic, const char *json)
{
    return row_read(row, topic, json, strlen(json), reason);
}

static void accepts(const struct topic *topic, const char *json)
{
    struct row row;
    if (!reads(&row, topic, json)) fail_msg("%s: %s", json, reason);
    row_free(&row);
}

static void rejects(const struct topic *topic, const char *json, const char *why)
{
    struct row row;
    if (reads(&row, topic, json)) fail_msg("taken for a row: %s", json);
    assert_null(row.json);
    if (strstr(reason, why) == NULL) fail_msg("%s: the reason is \"%s\", not \"%s\"", json, reason, why);
}

static void test_a_row(void **state)
{
    (void)state;
    struct row row;
    assert_true(reads(&row, player, "{\"nombre\":\"Íñigo \\u00d1\\ud83d\\ude00\"," PLAYER "}"));
    assert_memory_equal(row.values[0].text.bytes, "Íñigo Ñ😀", row.values[0].text.len);
    assert_int_equal(row.values[0].text.len, strlen("Íñigo Ñ😀"));
    assert_int_equal(row.values[4].integer, 20);
    row_free(&row);
}

static void test_order_and_extra_members_do_not_matter(void **state)
{
    (void)state;
    accepts(player, "{" PLAYER ",\"nombre\":\"x\"}");
    accepts(player, " { \"extra\": {\"nombre\": [1, null]}, \"nombre\" : \"\" , " PLAYER "} \n");
    rejects(player, "{\"extra\":1,\"extra\":2,\"nombre\":\"x\"," PLAYER "}", "twice");
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why; /* NULL: a row */
        int32_t value;
    } cases[] = {
        {"1e3", NULL, 1000},
        {"1000.0", NULL, 1000},
        {"-0", NULL, 0},
        {"2147483647", NULL, INT32_MAX},
        {"-2147483648", NULL, INT32_MIN},
        {"2147483648", "goles is out of range", 0},
        {"-2147483649", "out of range", 0},
        {"1e10", "out of range", 0},
        {"1.5", "not a whole number", 0},
        {"\"3\"", "goles is not a number", 0},
        {"true", "not a number", 0},
        {"null", "not a number", 0},
        {"1e999", "too large", 0},
        {"99999999999999999999", "too large", 0},
        {"NaN", "not JSON", 0},
        {"01", "not JSON", 0},
        {"+1", "not JSON", 0},
        {"0x10", "not JSON", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[512];
        snprintf(json, sizeof json,
                 "{\"nombre\":\"x\",\"equipo\":\"\",\"posicion\":\"\",\"nacionalidad\":\"\",\"edad\":1,\"goles\":%s}",
                 cases[i].text);
        if (cases[i].why != NULL) {
            rejects(player, json, cases[i].why);
            continue;
        }
        struct row row;
        assert_true(reads(&row, player, json));
        assert_int_equal(row.values[5].integer, cases[i].value);
        row_free(&row);
    }
}

static void test_doubles_are_exact(void **state)
{
    (void)state;
    static const char *const fine[] = {"0.1", "1e308", "5e-324", "9007199254740992", "-12.5", "0"};
    char json[512];
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct row row;
        snprintf(json, sizeof json,
                 "{\"placa\":\"x\",\"marca\":\"\",\"modelo\":\"\",\"anio\":1,\"color\":\"\",\"precio\":%s}", fine[i]);
        assert_true(reads(&row, vehicle, json));
        assert_true(row.values[5].number == strtod(fine[i], NULL));
        char again[ROW_JSON];
        struct row copy;
        assert_true(row_read(&copy, vehicle, again, row_write(&row, again), reason));
        assert_true(copy.values[5].number == row.values[5].number);
        row_free(&copy);
        row_free(&row);
    }
    rejects(vehicle,
            "{\"placa\":\"x\",\"marca\":\"\",\"modelo\":\"\",\"anio\":1,\"color\":\"\",\"precio\":9007199254740993}",
            "precio has more digits");
    rejects(
        vehicle,
        "{\"placa\":\"x\",\"marca\":\"\",\"modelo\":\"\",\"anio\":1,\"color\":\"\",\"precio\":-9223372036854775808}",
        "precio has more digits");
}

static void test_length_is_counted_in_characters(void **state)
{
    (void)state;
    char suns[4 * TEXT_CHARACTERS + 1] = "", json[2048];
    for (size_t i = 0; i < TEXT_CHARACTERS; i++) memcpy(suns + 4 * i, "🌞", 5);
    snprintf(json, sizeof json, "{" PLAYER ",\"nombre\":\"%s\"}", suns);
    accepts(player, json);
    snprintf(json, sizeof json, "{" PLAYER ",\"nombre\":\"%sx\"}", suns);
    rejects(player, json, "nombre is longer than 200 characters");
}

static void test_what_is_no_json(void **state)
{
    (void)state;
    rejects(player, "", "not JSON");
    rejects(player, "hola", "not JSON");
    rejects(player, "{\"nombre\":\"x\"," PLAYER, "not JSON");
    rejects(player, "{\"nombre\":\"x\"," PLAYER "} {}", "not JSON");
    rejects(player, "[1, 2]", "not a JSON object");
    rejects(player, "{" PLAYER "}", "nombre is missing");
    rejects(player, "{\"nombre\":7," PLAYER "}", "nombre is not a string");
    rejects(player, "{\"nombre\":\"x\",\"nombre\":\"y\"," PLAYER "}", "twice");
    rejects(player, "{\"nombre\":\"\xC3\"," PLAYER "}", "not UTF-8");
    rejects(player, "{\"nombre\":\"\xED\xA0\x80\"," PLAYER "}", "not UTF-8");
    rejects(player, "{\"nombre\":\"\xC0\xAF\"," PLAYER "}", "not UTF-8");
    rejects(player, "{\"nombre\":\"\\ud800\"," PLAYER "}", "not JSON");
    struct row row;
    assert_false(row_read(&row, player, NULL, 0, reason));
    assert_string_equal(reason, "no value (a tombstone)");
}

static void test_nul_is_a_character(void **state)
{
    (void)state;
    struct row row;
    assert_true(reads(&row, player, "{\"nombre\":\"a\\u0000b\"," PLAYER "}"));
    assert_int_equal(row.values[0].text.len, 3);
    assert_memory_equal(row.values[0].text.bytes, "a\0b", 3);
    row_free(&row);
}

static void test_moments(void **state)
{
    (void)state;
    static const char *const fine[] = {"2026-03-01T12:00:00Z", "2024-02-29 23:59:59+00:00",
                                       "9999-12-31T00:00:00.123456Z", "2026-03-01T12:00:00.5Z"};
    static const char *const wrong[] = {"",
                                        "2026-03-01",
                                        "2026-03-01T12:00:00",
                                        "2026-02-29T12:00:00Z",
                                        "2026-13-01T12:00:00Z",
                                        "2026-00-01T12:00:00Z",
                                        "2026-01-32T12:00:00Z",
                                        "2026-01-00T12:00:00Z",
                                        "2026-03-01T24:00:00Z",
                                        "2026-03-01T12:60:00Z",
                                        "2026-03-01T12:00:60Z",
                                        "2026-03-01T12:00:00+02:00",
                                        "2026-03-01T12:00:00.1234567Z",
                                        "2026-03-01T12:00:00.Z",
                                        "0999-03-01T12:00:00Z",
                                        "2026-03-01T12:00:00Zx",
                                        "2026-03-01T12:00:00.",
                                        "2026-03-0aT12:00:00Z"};
    struct moment m;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) assert_true(moment_read(&m, fine[i], strlen(fine[i])));
    assert_int_equal(m.microsecond, 500000);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (moment_read(&m, wrong[i], strlen(wrong[i]))) fail_msg("taken for a moment: %s", wrong[i]);
    rejects(
        weather,
        "{\"ciudad\":\"\",\"fecha_hora\":\"ayer\",\"temperatura\":1,\"humedad\":1,\"presion\":1,\"condicion\":\"\"}",
        "fecha_hora is not a time");
}

static bool same(const struct row *a, const struct row *b)
{
    for (int i = 0; i < FIELDS; i++) {
        const union value *x = &a->values[i], *y = &b->values[i];
        switch (a->topic->fields[i].type) {
        case FIELD_INT:
            if (x->integer != y->integer) return false;
            break;
        case FIELD_NUMBER:
            if (x->number != y->number) return false;
            break;
        case FIELD_MOMENT:
            if (memcmp(&x->moment, &y->moment, sizeof x->moment) != 0) return false;
            break;
        default:
            if (x->text.len != y->text.len || memcmp(x->text.bytes, y->text.bytes, x->text.len) != 0) return false;
        }
    }
    return true;
}

static void test_what_is_written_reads_the_same(void **state)
{
    (void)state;
    struct random_rows rows_of_seed = random_rows_begin(1);
    for (int n = 0; n < 20000; n++) {
        char json[ROW_JSON];
        struct row row, again;
        random_row(&rows_of_seed, &row, &topics[n % TOPICS]);
        if (n % 3 == 0) {
            row.values[0].text.bytes = "'; DROP TABLE x; -- \"\\\x01\x1B\n\0ñ";
            row.values[0].text.len = 29;
        }
        size_t len = row_write(&row, json);
        if (!row_read(&again, row.topic, json, len, reason)) fail_msg("%.*s: %s", (int)len, json, reason);
        assert_true(same(&row, &again));
        row_free(&again);
    }
}

static void test_the_same_seed_makes_the_same_rows(void **state)
{
    (void)state;
    struct random_rows a = random_rows_begin(42), b = random_rows_begin(42), c = random_rows_begin(43);
    int differing = 0;
    for (int n = 0; n < 1000; n++) {
        struct row x, y, z;
        random_row(&a, &x, &topics[n % TOPICS]);
        random_row(&b, &y, &topics[n % TOPICS]);
        random_row(&c, &z, &topics[n % TOPICS]);
        assert_true(same(&x, &y));
        differing += !same(&x, &z);
    }
    assert_in_range(differing, 990, 1000);
}

/* Fuzz: valid messages with random damage, and random bytes. Either a row that is in bounds and is written and read the
 * same, or a reason in printable ASCII. The sanitizers watch the rest. Its seed is the run's: FUZZ_SEED repeats one. */
static void test_fuzz(void **state)
{
    (void)state;
    const char *seed = getenv("FUZZ_SEED"), *rounds = getenv("FUZZ_ROUNDS");
    unsigned random = seed ? (unsigned)atol(seed) : (unsigned)demo_now_ns();
    const unsigned began = random;
    struct random_rows rows_of_seed = random_rows_begin(random);
    static const char *const pieces[] = {"\"",
                                         "\\",
                                         "{",
                                         "}",
                                         "[",
                                         ",",
                                         ":",
                                         "null",
                                         "1e999",
                                         "\\u0000",
                                         "\\ud83d",
                                         "\xC3",
                                         "\xF0\x9F\x8C\x9E",
                                         "\xFF",
                                         "9223372036854775808",
                                         "-",
                                         "e",
                                         ".",
                                         "\x1B[2J",
                                         "'"};
    int rows = 0;
    for (long n = rounds ? atol(rounds) : 100000; n > 0; n--) {
        char json[ROW_JSON], again[ROW_JSON];
        struct row row, copy;
        const struct topic *topic = &topics[n % TOPICS];
        random_row(&rows_of_seed, &row, topic);
        size_t len = row_write(&row, json);
        for (unsigned damage = (random = random * 1664525 + 1013904223) >> 30; damage > 0; damage--) {
            const unsigned r = random = random * 1664525 + 1013904223;
            const char *piece = pieces[(r >> 8) % (sizeof pieces / sizeof *pieces)];
            size_t at = (r >> 16) % len;
            if (r >> 31) json[at] = (char)(r >> 3);
            else
                for (; *piece != '\0' && at < len - 1; at++) json[at] = *piece++;
            if ((r & 15) == 0) len = at + 1;
        }
        char *exact = malloc(len); /* so that a read past the end is one past the allocation */
        assert_non_null(exact);
        memcpy(exact, json, len);
        if (row_read(&row, topic, exact, len, reason)) {
            rows++;
            size_t written = row_write(&row, again);
            if (!row_read(&copy, topic, again, written, reason) || !same(&row, &copy))
                fail_msg("seed %u: %.*s", began, (int)len, exact);
            row_free(&copy);
            row_free(&row);
        } else {
            assert_in_range(strlen(reason), 1, ROW_REASON - 1);
            for (const char *c = reason; *c; c++) assert_in_range(*c, ' ', '~');
        }
        free(exact);
    }
    assert_true(rows > 0);
}

int main(void)
{
    player = topic_named("jugadores_futbol");
    weather = topic_named("datos_clima");
    vehicle = topic_named("vehiculo");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row),
        cmocka_unit_test(test_order_and_extra_members_do_not_matter),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_doubles_are_exact),
        cmocka_unit_test(test_length_is_counted_in_characters),
        cmocka_unit_test(test_what_is_no_json),
        cmocka_unit_test(test_nul_is_a_character),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_what_is_written_reads_the_same),
        cmocka_unit_test(test_the_same_seed_makes_the_same_rows),
        cmocka_unit_test(test_fuzz),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
