/* Units of xml_text.h and exact_double.h: what is refused, what is printed, and doubles as text. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "exact_double.h"
#include "xml_text.h"

static bool refused(const char *xml) { return xml_refusal(xml, strlen(xml)) != NULL; }

static void a_document_type_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    assert_true(refused("<!DOCTYPE a><a/>"));
    assert_true(refused("<?xml version='1.0'?>\n<!-- > --><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"));
    assert_true(refused("<a><!ENTITY b 'c'></a>"));
    assert_false(refused("<a><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE a>]]></a>"));
    assert_false(refused("<a b='<!DOCTYPE'/>"));
    assert_false(refused("&lt;!DOCTYPE"));
    assert_true(refused("<?it's?><!DOCTYPE a>"));
    assert_false(refused("<!--><!DOCTYPE a>--><a/>"));
}

static void other_encodings_are_refused(void **state)
{
    (void)state;
    assert_non_null(xml_refusal("\xFE\xFF\0<\0a", 6));
    assert_non_null(xml_refusal("<\0", 2));
}

static void depth_is_bounded_and_not_fooled(void **state)
{
    (void)state;
    char xml[20000] = "";
    size_t len = 0;
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        len += (size_t)sprintf(xml + len, "<a b='/>'><!--</a>--><![CDATA[</a>]]>");
    assert_false(refused(xml));
    strcpy(xml + len, "<a>");
    assert_true(refused(xml));
    for (len = 0; len + 8 < sizeof xml;) len += (size_t)sprintf(xml + len, "<a></a>");
    assert_false(refused(xml));
    for (len = 0; len + 8 < sizeof xml;) len += (size_t)sprintf(xml + len, "<a/>");
    assert_false(refused(xml));
}

static void indented(const char *xml, const char *expected)
{
    char *text;
    size_t len;
    FILE *memory = open_memstream(&text, &len);
    xml_put_indented(memory, "> ", xml, strlen(xml));
    fclose(memory);
    assert_string_equal(text, expected);
    free(text);
}

static void an_element_a_line(void **state)
{
    (void)state;
    indented("<a>\r\n<b>x</b><c/>\r\n<d></d></a>", "> <a>\n>   <b>x</b>\n>   <c/>\n>   <d></d>\n> </a>\n");
    indented("<a> </a>", "> <a> </a>\n"); /* a value of one blank */
    indented("<a>\x1B[2J\n</a>", "> <a>\\x1B[2J\\n</a>\n");
    indented("not XML", "> not XML\n");
    indented("</a></a><b", "> </a>\n> </a>\n> <b\n");
    indented("", "");
    char deep[200] = "";
    for (int i = 0; i < 45; i++) strcat(deep, "<a>");
    char *text;
    size_t len;
    FILE *memory = open_memstream(&text, &len);
    xml_put_indented(memory, "", deep, strlen(deep));
    fclose(memory);
    assert_int_equal(len - (size_t)(strrchr(text, ' ') - text), strlen(" <a>\n"));
    assert_int_equal(strspn(strrchr(text, '\n') - strlen("<a>") - 80, " "), 80); /* no deeper than 40 levels */
    assert_int_equal(strspn(strrchr(text, '\n') - strlen("<a>") - 81, " "), 0);
    free(text);
}

static void text_is(double value, const char *expected)
{
    char text[EXACT_TEXT];
    size_t len = double_text(value, text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(text));
}

static void a_double_has_the_digits_that_it_needs(void **state)
{
    (void)state;
    text_is(0, "0");
    text_is(-0.0, "-0");
    text_is(1, "1");
    text_is(10, "10");
    text_is(-1609.344, "-1609.344");
    text_is(0.1, "0.1");
    text_is(0.001, "0.001");
    text_is(9.2, "9.2"); /* with one digit more than it needs it is 9.199999999999999 */
    text_is(0.30000000000000004, "0.30000000000000004");
    text_is(6.2137119223733395, "6.2137119223733395");
    text_is(123456789012345680, "123456789012345680");
    text_is(1e22, "10000000000000000000000");
}

static void what_is_no_number_has_a_text_too(void **state)
{
    (void)state;
    text_is(INFINITY, "inf");
    text_is(-INFINITY, "-inf");
    text_is(copysign(NAN, 1), "nan");
}

static void a_double_is_read_as_it_was(void **state)
{
    (void)state;
    const double values[] = {DBL_MAX, -DBL_MAX,  DBL_MIN, 5e-324, -5e-324,
                             1.0 / 3, 0.1 + 0.2, 1e-300,  1e300,  DBL_EPSILON};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[EXACT_TEXT];
        assert_true(double_text(values[i], text) < EXACT_TEXT);
        assert_true(strtod(text, NULL) == values[i]);
        assert_null(strchr(text, 'e'));
    }
}

static void marked_is(const char *xml, const char *expected)
{
    size_t len = strlen(xml);
    char *marked = doubles_mark(xml, &len);
    assert_non_null(marked);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(marked, expected, len);
    free(marked);
}

static void plain_doubles_get_an_exponent_and_nothing_else_changes(void **state)
{
    (void)state;
    marked_is("<double>1.5</double>", "<double>1.5e0</double>");
    marked_is("<a><double>-1</double><double>2</double></a>", "<a><double>-1e0</double><double>2e0</double></a>");
    marked_is("<double>+1.5</double>", "<double>+1.5e0</double>");
    const char *same[] = {"<double>1e5</double>",
                          "<double> 1 </double>",
                          "<double></double>",
                          "<double>x</double>",
                          "",
                          "<string>1</string>",
                          "<![CDATA[<double>1</double>]]>",
                          "<!--<double>1</double>-->",
                          "<i4>1</i4>"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) marked_is(same[i], same[i]);
}

static void put_writes_the_noted_doubles_or_nothing(void **state)
{
    (void)state;
    double values[] = {6.2137119223733395, 2};
    struct doubles two = {.values = values, .count = 2, .room = 2}, none = {0};
    const char *xml = "<a><double>6.2</double><double>2.0</double></a>", *one = "<double>6.2</double>";
    const char *three = "<double>1</double><double>1</double><double>1</double>";
    size_t len = strlen(xml);
    char *put = doubles_put(&two, xml, &len);
    assert_int_equal(len, strlen("<a><double>6.2137119223733395</double><double>2</double></a>"));
    assert_memory_equal(put, "<a><double>6.2137119223733395</double><double>2</double></a>", len);
    free(put);
    len = strlen(one);
    assert_null(doubles_put(&two, one, &len));
    assert_null(doubles_put(&none, one, &len));
    len = strlen(three);
    assert_null(doubles_put(&two, three, &len));
}

/* What xmlrpc-c writes of a value, and what becomes of its doubles, wherever they stand. */
static void doubles_inside_of_others_keep_every_digit(void **state)
{
    (void)state;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct doubles noted = {0};
    xmlrpc_value *value =
        xmlrpc_build_value(&env, "({s:d,s:(ds),s:i}d)", "a", 0.1 + 0.2, "b", 9.2, "1.5", "c", 7, 1e22);
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    doubles_note(&env, &noted, value);
    xmlrpc_serialize_params(&env, xml, value);
    assert_false(env.fault_occurred);
    assert_int_equal(noted.count, 3);
    size_t len = XMLRPC_MEMBLOCK_SIZE(char, xml);
    char *put = doubles_put(&noted, XMLRPC_MEMBLOCK_CONTENTS(char, xml), &len), *text = put;
    assert_non_null(put);
    put[len - 1] = '\0'; /* its last line's end */
    const char *expected[] = {"<double>0.30000000000000004</double>", "<double>9.2</double>",
                              "<double>10000000000000000000000</double>"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected && text != NULL; i++) text = strstr(text, expected[i]);
    assert_non_null(text); /* each after the one before it */
    free(put);
    doubles_clean(&noted);
    xmlrpc_DECREF(value);
    XMLRPC_MEMBLOCK_FREE(char, xml);
    xmlrpc_env_clean(&env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_type_is_refused_wherever_it_stands),
        cmocka_unit_test(other_encodings_are_refused),
        cmocka_unit_test(depth_is_bounded_and_not_fooled),
        cmocka_unit_test(an_element_a_line),
        cmocka_unit_test(a_double_has_the_digits_that_it_needs),
        cmocka_unit_test(what_is_no_number_has_a_text_too),
        cmocka_unit_test(a_double_is_read_as_it_was),
        cmocka_unit_test(plain_doubles_get_an_exponent_and_nothing_else_changes),
        cmocka_unit_test(doubles_inside_of_others_keep_every_digit),
        cmocka_unit_test(put_writes_the_noted_doubles_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
