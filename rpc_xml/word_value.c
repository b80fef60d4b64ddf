/* word_value.c - decides which type of XML-RPC a typed word has: int, double or string. */
#include "../common/demo.h"

#include "word_value.h"

#include <limits.h>

xmlrpc_value *word_number(const char *word)
{
    char *end_of_whole, *end;
    errno = 0;
    const long whole = strtol(word, &end_of_whole, 10);
    const bool is_int = *end_of_whole == '\0' && errno == 0 && whole >= INT_MIN && whole <= INT_MAX;
    const double number = strtod(word, &end);
    if (*end != '\0' || strpbrk(word, "0123456789") == NULL) return NULL; /* strtod(3) takes the words inf and nan */
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *value = is_int ? xmlrpc_int_new(&env, (int)whole) : xmlrpc_double_new(&env, number);
    if (env.fault_occurred) errx(DEMO_FAILED, "%s: %s", word, env.fault_string);
    xmlrpc_env_clean(&env);
    return value;
}

xmlrpc_value *word_array(xmlrpc_env *env, char **words, int count)
{
    xmlrpc_value *array = xmlrpc_array_new(env);
    for (int i = 0; i < count && !env->fault_occurred; i++) {
        xmlrpc_value *value = word_number(words[i]);
        if (value == NULL) value = xmlrpc_string_new(env, words[i]);
        if (env->fault_occurred) break;
        xmlrpc_array_append_item(env, array, value);
        xmlrpc_DECREF(value); /* the array keeps it */
    }
    if (!env->fault_occurred) return array;
    if (array != NULL) xmlrpc_DECREF(array);
    return NULL;
}
