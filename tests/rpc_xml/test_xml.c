/* xml_text.h and exact_double.h: what is refused, what is printed, and numbers that xmlrpc-c must not round. */
#include "../../common/demo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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

static void hex_is(const char *xml, const char *expected)
{
    size_t len = strlen(xml);
    char *hex = doubles_to_hex(xml, &len);
    assert_non_null(hex);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(hex, expected, len);
    free(hex);
}

static void numbers_become_hexadecimal_and_nothing_else_changes(void **state)
{
    (void)state;
    hex_is("<double>1.5</double>", "<double>0x1.8p+0</double>");
    hex_is("<a><double>-1</double><double>2</double></a>", "<a><double>-0x1p+0</double><double>0x1p+1</double></a>");
    hex_is("<double>+1.5</double>", "<double>0x1.8p+0</double>");
    hex_is("<double>1e5</double>", "<double>0x1.86ap+16</double>");
    hex_is("<double\n>1</double>", "<double\n>0x1p+0</double>");
    hex_is("<double>5e-324</double>", "<double>0x0.0000000000001p-1022</double>");
    const char *same[] = {"<double> 1 </double>",
                          "<double></double>",
                          "<double>x</double>",
                          "<double>1e999</double>",
                          "<double>inf</double>",
                          "<double>0x10</double>",
                          "<double>1<a/></double>",
                          "<double>1<double>",
                          "<double>1",
                          "<doubles>1</doubles>",
                          "<double/>1",
                          "",
                          "<string>1</string>",
                          "<![CDATA[<double>1</double>]]>",
                          "<!--<double>1</double>-->",
                          "<i4>1</i4>"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) hex_is(same[i], same[i]);
}

/* What a parser leaves out, or joins, does not cut a number in two. */
static void a_number_in_pieces_is_one_number(void **state)
{
    (void)state;
    const char *fifteen = "<double>0x1.ep+3</double>";
    hex_is("<double>1<!-- -->5</double>", fifteen);
    hex_is("<double><!--7-->15</double>", fifteen);
    hex_is("<double>1<?x 9?>5</double>", fifteen);
    hex_is("<double>1<![CDATA[5]]></double>", fifteen);
    hex_is("<double><![CDATA[1]]><!-- --><![CDATA[5]]></double>", fifteen);
    hex_is("<double><!-- --></double>", "<double><!-- --></double>");
    hex_is("<double>1<!-- -->x</double>", "<double>1<!-- -->x</double>");
}

/* What xmlrpc-c reads in the XML, which is what a parameter or a result becomes. */
static double read_by_xmlrpc(const char *number)
{
    char answer[500];
    size_t len = (size_t)sprintf(answer,
                                 "<methodResponse><params><param><value><double>%s</double></value></param></params>"
                                 "</methodResponse>",
                                 number);
    char *hex = doubles_to_hex(answer, &len);
    xmlrpc_env env;
    xmlrpc_value *value = NULL;
    const char *fault = NULL;
    int code;
    double real = 0;
    xmlrpc_env_init(&env);
    xmlrpc_parse_response2(&env, hex, len, &value, &code, &fault);
    if (env.fault_occurred) fail_msg("%s: %s", number, env.fault_string);
    xmlrpc_read_double(&env, value, &real);
    xmlrpc_DECREF(value);
    xmlrpc_env_clean(&env);
    free(hex);
    return real;
}

static void xmlrpc_c_reads_every_number_exactly(void **state)
{
    (void)state;
    assert_true(read_by_xmlrpc("1609.344") == 1609.344);
    assert_true(read_by_xmlrpc("1<!-- -->5") == 15);
    assert_true(read_by_xmlrpc("1.7976931348623157e308") == 1.7976931348623157e308);
    assert_true(read_by_xmlrpc("1e-310") == 1e-310);
    assert_true(read_by_xmlrpc("2.3e-308") == 2.3e-308);
    assert_true(read_by_xmlrpc("5e-324") == 5e-324);
    assert_true(signbit(read_by_xmlrpc("-0")));
}

static void decimal_is(const struct doubles *doubles, const char *xml, const char *expected)
{
    size_t len = strlen(xml);
    char *decimal = doubles_to_decimal(doubles, xml, &len);
    assert_non_null(decimal);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(decimal, expected, len);
    free(decimal);
}

static void the_noted_doubles_are_written_or_nothing_changes(void **state)
{
    (void)state;
    double values[] = {6.2137119223733395, 2};
    struct doubles two = {.values = values, .count = 2, .room = 2}, none = {0};
    const char *xml = "<a><double>6.2</double><double>2.0</double></a>", *one = "<double>6.2</double>";
    const char *three = "<double>1</double><double>1</double><double>1</double>";
    decimal_is(&two, xml, "<a><double>6.2137119223733395</double><double>2</double></a>");
    decimal_is(&two, one, one);
    decimal_is(&none, one, one);
    decimal_is(&two, three, three);
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
    char *put = doubles_to_decimal(&noted, XMLRPC_MEMBLOCK_CONTENTS(char, xml), &len), *text = put;
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
        cmocka_unit_test(numbers_become_hexadecimal_and_nothing_else_changes),
        cmocka_unit_test(a_number_in_pieces_is_one_number),
        cmocka_unit_test(xmlrpc_c_reads_every_number_exactly),
        cmocka_unit_test(doubles_inside_of_others_keep_every_digit),
        cmocka_unit_test(the_noted_doubles_are_written_or_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
