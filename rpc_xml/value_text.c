/* value_text.c - prints XML-RPC values of every type on one line. */
#include "../common/demo.h"

#include "../units/exact_text.h"
#include "value_text.h"

static void put_text(FILE *out, xmlrpc_env *env, xmlrpc_value *value, size_t most, const char *quote)
{
    const char *text = NULL;
    size_t len = 0;
    xmlrpc_read_string_lp(env, value, &len, &text);
    fputs(quote, out);
    demo_put_text(out, text != NULL ? text : "", len < most ? len : most, "");
    fprintf(out, "%s%s", quote, len > most ? "..." : "");
    free((char *)text);
}

static void put_items(FILE *out, xmlrpc_env *env, xmlrpc_value *value, size_t most)
{
    const size_t size = (size_t)xmlrpc_array_size(env, value);
    for (size_t i = 0; i < size && i < most; i++) {
        xmlrpc_value *item;
        xmlrpc_array_read_item(env, value, (unsigned)i, &item);
        if (i > 0) fputs(", ", out);
        value_put(out, item, most);
        xmlrpc_DECREF(item);
    }
    if (size > most) fputs(", ...", out);
}

static void put_struct(FILE *out, xmlrpc_env *env, xmlrpc_value *value, size_t most)
{
    const size_t size = (size_t)xmlrpc_struct_size(env, value);
    fputc('{', out);
    for (size_t i = 0; i < size && i < most; i++) {
        xmlrpc_value *key, *item;
        xmlrpc_struct_read_member(env, value, (unsigned)i, &key, &item);
        if (i > 0) fputs(", ", out);
        value_put(out, key, most);
        fputs(": ", out);
        value_put(out, item, most);
        xmlrpc_DECREF(key);
        xmlrpc_DECREF(item);
    }
    fputs(size > most ? ", ...}" : "}", out);
}

void value_put(FILE *out, xmlrpc_value *value, size_t most)
{
    char number[EXACT_TEXT];
    double real = 0;
    int whole = 0;
    xmlrpc_bool truth = false;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_INT:
        xmlrpc_read_int(&env, value, &whole);
        fprintf(out, "%d", whole);
        break;
    case XMLRPC_TYPE_BOOL:
        xmlrpc_read_bool(&env, value, &truth);
        fputs(truth ? "true" : "false", out);
        break;
    case XMLRPC_TYPE_DOUBLE:
        xmlrpc_read_double(&env, value, &real);
        double_text(real, number);
        fputs(number, out);
        break;
    case XMLRPC_TYPE_STRING: put_text(out, &env, value, most, "\""); break;
    case XMLRPC_TYPE_ARRAY:
        fputc('[', out);
        put_items(out, &env, value, most);
        fputc(']', out);
        break;
    case XMLRPC_TYPE_STRUCT: put_struct(out, &env, value, most); break;
    default: fprintf(out, "(%s)", xmlrpc_type_name(xmlrpc_value_type(value))); break;
    }
    xmlrpc_env_clean(&env);
}

void value_put_arguments(FILE *out, xmlrpc_value *array, size_t most)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    fputc('(', out);
    put_items(out, &env, array, most);
    fputc(')', out);
    xmlrpc_env_clean(&env);
}

void value_put_line(FILE *out, xmlrpc_value *value, size_t most)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    flockfile(out); /* other threads print too: a line stays in one piece */
    if (xmlrpc_value_type(value) == XMLRPC_TYPE_STRING) put_text(out, &env, value, most, "");
    else value_put(out, value, most);
    fputc('\n', out);
    funlockfile(out);
    xmlrpc_env_clean(&env);
}
