/* units_value.h - what the procedures about lengths send as XML-RPC values: numbers, and the table of units/units.h. */
#ifndef UNITS_VALUE_H
#define UNITS_VALUE_H

#include <xmlrpc-c/base.h>

/* Unmarshals a number: a double, or an int: rpc_client and most languages send 10 as an int. Anything else sets a fault. */
double units_read_number(xmlrpc_env *env, xmlrpc_value *value);

/* The table of units, the result of the procedure unidades: an array of structs {simbolo, nombre, metros}, for the caller to
 * xmlrpc_DECREF. NULL, and a fault, without memory. */
xmlrpc_value *units_value(xmlrpc_env *env);

#endif
