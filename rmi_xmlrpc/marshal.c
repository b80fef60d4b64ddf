/* marshal.c - see marshal.h. */
#include "../common/demo.h"

#include "marshal.h"

/* ------------------------------------------------------------------------------------------------- The caller's side */

static void put(struct rmi_parameters *p, xmlrpc_value *value)
{
    if (value == NULL) return; /* env says why */
    xmlrpc_array_append_item(p->env, p->array, value);
    xmlrpc_DECREF(value);
    p->count++;
}

void rmi_put_real(struct rmi_parameters *p, double value)
{
    if (!p->env->fault_occurred) put(p, xmlrpc_double_new(p->env, value));
}

void rmi_put_whole(struct rmi_parameters *p, int value)
{
    if (!p->env->fault_occurred) put(p, xmlrpc_int_new(p->env, value));
}

/* xmlrpc-c would send bytes that no XML parser takes. */
static bool is_xml_text(const char *text)
{
    size_t len = strlen(text), n;
    for (const char *s = text; len > 0; s += n, len -= n)
        if ((n = demo_utf8((const unsigned char *)s, len)) == 0 || (n == 1 && *s < 0x20 && !strchr("\t\r\n", *s)))
            return false;
    return true;
}

void rmi_put_text(struct rmi_parameters *p, const char *value)
{
    if (p->env->fault_occurred) return;
    if (is_xml_text(value)) put(p, xmlrpc_string_new(p->env, value));
    else
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "parameter %d holds bytes that are no text in XML",
                                       p->count + 1);
}

void rmi_put_list(struct rmi_parameters *p, xmlrpc_value *value)
{
    if (p->env->fault_occurred) return;
    xmlrpc_INCREF(value);
    put(p, value);
}

/* Whether `value` is what the interface says; an int will do where a double is expected. */
static bool is_a(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_type expected)
{
    xmlrpc_type type = xmlrpc_value_type(value);
    if (type == expected || (expected == XMLRPC_TYPE_DOUBLE && type == XMLRPC_TYPE_INT)) return true;
    xmlrpc_env_set_fault_formatted(env, XMLRPC_TYPE_ERROR, "expected %s, got %s", xmlrpc_type_name(expected),
                                   xmlrpc_type_name(type));
    return false;
}

void rmi_unwrap_real(xmlrpc_env *env, xmlrpc_value *value, double *result)
{
    int whole = 0;
    if (!is_a(env, value, XMLRPC_TYPE_DOUBLE)) return;
    if (xmlrpc_value_type(value) == XMLRPC_TYPE_DOUBLE) {
        xmlrpc_read_double(env, value, result);
    } else {
        xmlrpc_read_int(env, value, &whole);
        *result = whole;
    }
}

void rmi_unwrap_text(xmlrpc_env *env, xmlrpc_value *value, char **result)
{
    if (is_a(env, value, XMLRPC_TYPE_STRING)) xmlrpc_read_string(env, value, (const char **)result);
}

void rmi_unwrap_truth(xmlrpc_env *env, xmlrpc_value *value, bool *result)
{
    xmlrpc_bool truth = false;
    if (is_a(env, value, XMLRPC_TYPE_BOOL)) xmlrpc_read_bool(env, value, &truth);
    *result = truth;
}

void rmi_unwrap_list(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result)
{
    if (is_a(env, value, XMLRPC_TYPE_ARRAY)) rmi_unwrap_any(env, value, result);
}

void rmi_unwrap_any(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result)
{
    (void)env;
    xmlrpc_INCREF(value);
    *result = value;
}

/* ------------------------------------------------------------------------------------------------- The object's side */

/* The next parameter, for the caller to xmlrpc_DECREF, if it is there and of that type; else NULL, and a fault that says
 * which one is wrong. */
static xmlrpc_value *next(struct rmi_parameters *p, const char *name, xmlrpc_type expected)
{
    xmlrpc_env env;
    xmlrpc_value *value = NULL;
    if (p->env->fault_occurred) return NULL;
    const int number = ++p->count;
    if (number > xmlrpc_array_size(p->env, p->array)) {
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "parameter %d, %s, is missing", number, name);
        return NULL;
    }
    xmlrpc_env_init(&env);
    xmlrpc_array_read_item(&env, p->array, (unsigned)number - 1, &value);
    if (!is_a(&env, value, expected)) {
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "parameter %d, %s: %s", number, name,
                                       env.fault_string);
        xmlrpc_DECREF(value);
        value = NULL;
    }
    xmlrpc_env_clean(&env);
    return value;
}

double rmi_get_real(struct rmi_parameters *p, const char *name)
{
    double real = 0;
    xmlrpc_value *value = next(p, name, XMLRPC_TYPE_DOUBLE);
    if (value == NULL) return real;
    rmi_unwrap_real(p->env, value, &real);
    xmlrpc_DECREF(value);
    return real;
}

int rmi_get_whole(struct rmi_parameters *p, const char *name)
{
    int whole = 0;
    xmlrpc_value *value = next(p, name, XMLRPC_TYPE_INT);
    if (value == NULL) return whole;
    xmlrpc_read_int(p->env, value, &whole);
    xmlrpc_DECREF(value);
    return whole;
}

const char *rmi_get_text(struct rmi_parameters *p, const char *name)
{
    char *text = NULL;
    xmlrpc_value *value = next(p, name, XMLRPC_TYPE_STRING);
    if (value == NULL) return "";
    rmi_unwrap_text(p->env, value, &text);
    xmlrpc_DECREF(value);
    if (text == NULL) return "";
    return p->texts[p->text_count++] = text;
}

xmlrpc_value *rmi_get_list(struct rmi_parameters *p, const char *name)
{
    xmlrpc_value *value = next(p, name, XMLRPC_TYPE_ARRAY);
    if (value != NULL) xmlrpc_DECREF(value); /* the array of parameters keeps it */
    return value;
}

bool rmi_got_all(struct rmi_parameters *p)
{
    if (p->env->fault_occurred) return false;
    int sent = xmlrpc_array_size(p->env, p->array);
    if (sent > p->count)
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "%d parameters, expected %d", sent, p->count);
    return !p->env->fault_occurred;
}

void rmi_parameters_clean(struct rmi_parameters *p)
{
    while (p->text_count > 0) free(p->texts[--p->text_count]);
}

xmlrpc_value *rmi_wrap_real(xmlrpc_env *env, double value) { return xmlrpc_double_new(env, value); }

xmlrpc_value *rmi_wrap_text(xmlrpc_env *env, char *value)
{
    xmlrpc_value *wrapped = xmlrpc_string_new(env, value);
    free(value);
    return wrapped;
}

xmlrpc_value *rmi_wrap_truth(xmlrpc_env *env, bool value) { return xmlrpc_bool_new(env, value); }

xmlrpc_value *rmi_wrap_list(xmlrpc_env *env, xmlrpc_value *value) { return rmi_wrap_any(env, value); }

xmlrpc_value *rmi_wrap_any(xmlrpc_env *env, xmlrpc_value *value)
{
    (void)env;
    return value;
}
