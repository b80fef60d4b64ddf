/* marshal.c - values of C become values of XML-RPC and back; the type of every value that arrives is checked. */
#include "../common/demo.h"

#include "marshal.h"

/* -------------------------------------------------------------------------------------------------------- In a stub */

/* Adds a parameter, and takes over the caller's reference to it. */
static void append(struct rmi_parameters *p, xmlrpc_value *value)
{
    if (value == NULL) return; /* env says why */
    xmlrpc_array_append_item(p->env, p->array, value);
    xmlrpc_DECREF(value);
    p->count++;
}

void rmi_marshal_double(struct rmi_parameters *p, double value)
{
    if (!p->env->fault_occurred) append(p, xmlrpc_double_new(p->env, value));
}

void rmi_marshal_int(struct rmi_parameters *p, int value)
{
    if (!p->env->fault_occurred) append(p, xmlrpc_int_new(p->env, value));
}

/* False for bytes that no XML parser accepts: xmlrpc-c would send them. */
static bool is_xml_text(const char *text)
{
    size_t len = strlen(text), n;
    for (const char *s = text; len > 0; s += n, len -= n)
        if ((n = demo_utf8((const unsigned char *)s, len)) == 0 || (n == 1 && *s < 0x20 && !strchr("\t\r\n", *s)))
            return false;
    return true;
}

void rmi_marshal_string(struct rmi_parameters *p, const char *value)
{
    if (p->env->fault_occurred) return;
    if (is_xml_text(value)) append(p, xmlrpc_string_new(p->env, value));
    else
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "parameter %d holds bytes that are no text in XML",
                                       p->count + 1);
}

void rmi_marshal_array(struct rmi_parameters *p, xmlrpc_value *value)
{
    if (p->env->fault_occurred) return;
    xmlrpc_INCREF(value);
    append(p, value);
}

/* Whether `value` has the type of the interface. An int is accepted where a double is expected. */
static bool has_type(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_type expected)
{
    xmlrpc_type type = xmlrpc_value_type(value);
    if (type == expected || (expected == XMLRPC_TYPE_DOUBLE && type == XMLRPC_TYPE_INT)) return true;
    xmlrpc_env_set_fault_formatted(env, XMLRPC_TYPE_ERROR, "expected %s, got %s", xmlrpc_type_name(expected),
                                   xmlrpc_type_name(type));
    return false;
}

void rmi_unmarshal_result_double(xmlrpc_env *env, xmlrpc_value *value, double *result)
{
    int whole = 0;
    if (!has_type(env, value, XMLRPC_TYPE_DOUBLE)) return;
    if (xmlrpc_value_type(value) == XMLRPC_TYPE_DOUBLE) {
        xmlrpc_read_double(env, value, result);
    } else {
        xmlrpc_read_int(env, value, &whole);
        *result = whole;
    }
}

void rmi_unmarshal_result_string(xmlrpc_env *env, xmlrpc_value *value, char **result)
{
    if (has_type(env, value, XMLRPC_TYPE_STRING)) xmlrpc_read_string(env, value, (const char **)result);
}

void rmi_unmarshal_result_boolean(xmlrpc_env *env, xmlrpc_value *value, bool *result)
{
    xmlrpc_bool truth = false;
    if (has_type(env, value, XMLRPC_TYPE_BOOL)) xmlrpc_read_bool(env, value, &truth);
    *result = truth;
}

void rmi_unmarshal_result_array(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result)
{
    if (has_type(env, value, XMLRPC_TYPE_ARRAY)) rmi_unmarshal_result_any(env, value, result);
}

void rmi_unmarshal_result_any(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result)
{
    (void)env;
    xmlrpc_INCREF(value);
    *result = value;
}

/* ---------------------------------------------------------------------------------------------------- In a skeleton */

/* The next parameter, for the caller to xmlrpc_DECREF. NULL when it is missing or has another type; the fault names it. */
static xmlrpc_value *next_parameter(struct rmi_parameters *p, const char *name, xmlrpc_type expected)
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
    if (!has_type(&env, value, expected)) {
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "parameter %d, %s: %s", number, name,
                                       env.fault_string);
        xmlrpc_DECREF(value);
        value = NULL;
    }
    xmlrpc_env_clean(&env);
    return value;
}

double rmi_unmarshal_double(struct rmi_parameters *p, const char *name)
{
    double real = 0;
    xmlrpc_value *value = next_parameter(p, name, XMLRPC_TYPE_DOUBLE);
    if (value == NULL) return real;
    rmi_unmarshal_result_double(p->env, value, &real);
    xmlrpc_DECREF(value);
    return real;
}

int rmi_unmarshal_int(struct rmi_parameters *p, const char *name)
{
    int whole = 0;
    xmlrpc_value *value = next_parameter(p, name, XMLRPC_TYPE_INT);
    if (value == NULL) return whole;
    xmlrpc_read_int(p->env, value, &whole);
    xmlrpc_DECREF(value);
    return whole;
}

const char *rmi_unmarshal_string(struct rmi_parameters *p, const char *name)
{
    char *text = NULL;
    xmlrpc_value *value = next_parameter(p, name, XMLRPC_TYPE_STRING);
    if (value == NULL) return "";
    rmi_unmarshal_result_string(p->env, value, &text);
    xmlrpc_DECREF(value);
    if (text == NULL) return "";
    return p->strings[p->string_count++] = text;
}

xmlrpc_value *rmi_unmarshal_array(struct rmi_parameters *p, const char *name)
{
    xmlrpc_value *value = next_parameter(p, name, XMLRPC_TYPE_ARRAY);
    if (value != NULL) xmlrpc_DECREF(value); /* the array of parameters keeps it */
    return value;
}

bool rmi_unmarshalled_all(struct rmi_parameters *p)
{
    if (p->env->fault_occurred) return false;
    int sent = xmlrpc_array_size(p->env, p->array);
    if (sent > p->count)
        xmlrpc_env_set_fault_formatted(p->env, XMLRPC_TYPE_ERROR, "%d parameters, expected %d", sent, p->count);
    return !p->env->fault_occurred;
}

void rmi_parameters_clean(struct rmi_parameters *p)
{
    while (p->string_count > 0) free(p->strings[--p->string_count]);
}

xmlrpc_value *rmi_marshal_result_double(xmlrpc_env *env, double value) { return xmlrpc_double_new(env, value); }

xmlrpc_value *rmi_marshal_result_string(xmlrpc_env *env, char *value)
{
    xmlrpc_value *wrapped = xmlrpc_string_new(env, value);
    free(value);
    return wrapped;
}

xmlrpc_value *rmi_marshal_result_boolean(xmlrpc_env *env, bool value) { return xmlrpc_bool_new(env, value); }

xmlrpc_value *rmi_marshal_result_array(xmlrpc_env *env, xmlrpc_value *value)
{
    return rmi_marshal_result_any(env, value);
}

xmlrpc_value *rmi_marshal_result_any(xmlrpc_env *env, xmlrpc_value *value)
{
    (void)env;
    return value;
}

/* ------------------------------------------------------------------------------------------- An array, item by item */

void rmi_array_begin(struct rmi_array *array)
{
    xmlrpc_env_init(&array->env);
    array->value = xmlrpc_array_new(&array->env);
}

static void add_item(struct rmi_array *array, xmlrpc_value *item)
{
    if (item == NULL) return; /* env says why */
    xmlrpc_array_append_item(&array->env, array->value, item);
    xmlrpc_DECREF(item);
}

void rmi_array_add_int(struct rmi_array *array, int item)
{
    if (!array->env.fault_occurred) add_item(array, xmlrpc_int_new(&array->env, item));
}

void rmi_array_add_string(struct rmi_array *array, const char *item)
{
    if (!array->env.fault_occurred) add_item(array, xmlrpc_string_new(&array->env, item));
}

struct rmi_error rmi_array_end(struct rmi_array *array, xmlrpc_value **result)
{
    struct rmi_error error = {.failure = RMI_OK};
    if (!array->env.fault_occurred) {
        *result = array->value;
    } else {
        error = rmi_fault(array->env.fault_code, "%s", array->env.fault_string);
        if (array->value != NULL) xmlrpc_DECREF(array->value);
    }
    xmlrpc_env_clean(&array->env);
    return error;
}
