/* units_value.h - the table of units/units.h as an XML-RPC value: the result of the procedure unidades. */
#ifndef UNITS_VALUE_H
#define UNITS_VALUE_H

#include <xmlrpc-c/base.h>

/* An array of structs {simbolo, nombre, metros}, for the caller to xmlrpc_DECREF. NULL, and a fault, without memory. */
xmlrpc_value *units_value(xmlrpc_env *env);

#endif
