/* units_value.c - reads a number that is an int or a double, and builds the table of units as an array of structs. */
#include "units_value.h"

#include "../units/units.h"

double units_read_number(xmlrpc_env *env, xmlrpc_value *value)
{
    double number = 0;
    int whole = 0;
    if (xmlrpc_value_type(value) != XMLRPC_TYPE_INT) {
        xmlrpc_read_double(env, value, &number); /* a fault when it is anything else */
        return number;
    }
    xmlrpc_read_int(env, value, &whole);
    return whole;
}

xmlrpc_value *units_value(xmlrpc_env *env)
{
    xmlrpc_value *list = xmlrpc_array_new(env);
    for (size_t u = 0; u < units_count && !env->fault_occurred; u++) {
        xmlrpc_value *unit = xmlrpc_build_value(env, "{s:s,s:s,s:d}", "simbolo", units[u].symbol, "nombre",
                                                units[u].name, "metros", units[u].numerator / units[u].denominator);
        if (env->fault_occurred) break; /* then `unit` has no value */
        xmlrpc_array_append_item(env, list, unit);
        xmlrpc_DECREF(unit);
    }
    if (!env->fault_occurred) return list;
    if (list != NULL) xmlrpc_DECREF(list);
    return NULL;
}
