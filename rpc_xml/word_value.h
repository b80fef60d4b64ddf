/* word_value.h - words that a person typed, as XML-RPC values: rpc_client's parameters. */
#ifndef WORD_VALUE_H
#define WORD_VALUE_H

#include <xmlrpc-c/base.h>

/* The word as a number: an int when it is a whole number that fits, otherwise a double. For the caller to xmlrpc_DECREF; NULL
 * when it is no number, such as km, inf or nan. Ends the program when there is no memory. */
xmlrpc_value *word_number(const char *word);

/* An array of words, numbers and strings, as the parameters of a call. For the caller to xmlrpc_DECREF; NULL, and a fault,
 * when a word is no UTF-8. */
xmlrpc_value *word_array(xmlrpc_env *env, char **words, int count);

#endif
