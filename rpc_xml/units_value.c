/* units_value.c - marshals the table of units by hand: an array of structs, as xmlrpc-c builds them. */
#include "units_value.h"

#include "../units/units.h"

xmlrpc_value *units_value(xmlrpc_env *env)
{
    xmlrpc_value *list = xmlrpc_array_new(env);
    for (size_t u = 0; u < units_count && !env->fault_occurred; u++) {
        xmlrpc_value *unit = xmlrpc_build_value(env, "{s:s,s:s,s:d}", "simbolo", units[u].symbol, "nombre",
                                                units[u].name, "metros", units[u].numerator / units[u].denominator);
        if (!env->fault_occurred) xmlrpc_array_append_item(env, list, unit);
        if (unit != NULL) xmlrpc_DECREF(unit);
    }
    if (!env->fault_occurred) return list;
    if (list != NULL) xmlrpc_DECREF(list);
    return NULL;
}
