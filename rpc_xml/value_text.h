/* value_text.h - prints an XML-RPC value of any type for people: ["m", 10, {"simbolo": "km"}] */
#ifndef VALUE_TEXT_H
#define VALUE_TEXT_H

#include <stdio.h>

#include <xmlrpc-c/base.h>

/* On one line, escaped. Of a string at most `most` bytes, of an array or struct at most `most` items; ... stands for more. */
void value_put(FILE *out, xmlrpc_value *value, size_t most);

/* The arguments of a call, in the same way: (10, "km") */
void value_put_arguments(FILE *out, xmlrpc_value *array, size_t most);

/* A value in the same way, and a line end; a string without quotes. */
void value_put_line(FILE *out, xmlrpc_value *value, size_t most);

#endif
