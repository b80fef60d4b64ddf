/* marshal.h - marshalling: what each type of interfaces.h is in C and in XML-RPC, and how one becomes the other.
 *
 *     type      parameter           result (for the caller to free or xmlrpc_DECREF)
 *     double    double              double *           an int is accepted, too
 *     int       int                 -
 *     string    const char *        char **            UTF-8
 *     boolean   -                   bool *
 *     array     xmlrpc_value *      xmlrpc_value **    of values of any type
 *     any       -                   xmlrpc_value **    a value of any type
 */
#ifndef MARSHAL_H
#define MARSHAL_H

#include "rmi_error.h"

#include <xmlrpc-c/base.h>

typedef double rmi_in_double, rmi_out_double;
typedef int rmi_in_int;
typedef const char *rmi_in_string;
typedef char *rmi_out_string;
typedef bool rmi_out_boolean;
typedef xmlrpc_value *rmi_in_array, *rmi_out_array, *rmi_out_any;

/* The signature of a method, as xmlrpc-c writes it: the letter of the result, a colon, a letter for each parameter. A result
 * of any type has one signature for each type that it may have. */
#define RMI_LETTER_double              "d"
#define RMI_LETTER_int                 "i"
#define RMI_LETTER_string              "s"
#define RMI_LETTER_array               "A"
#define RMI_SIGNATURE_double(letters)  "d:" letters
#define RMI_SIGNATURE_string(letters)  "s:" letters
#define RMI_SIGNATURE_boolean(letters) "b:" letters
#define RMI_SIGNATURE_array(letters)   "A:" letters
#define RMI_SIGNATURE_any(letters)     "s:" letters ",b:" letters

enum { RMI_PARAMETERS_MAX = 8 };

/* The parameters of one call. After a failure, which is a fault in `env`, the functions below do nothing. */
struct rmi_parameters {
    xmlrpc_env *env;
    xmlrpc_value *array;
    int count;                         /* marshalled or unmarshalled so far */
    char *strings[RMI_PARAMETERS_MAX]; /* unmarshalled: freed by rmi_parameters_clean() */
    int string_count;
};

/* In a stub: one parameter after the other, then the result. */
void rmi_marshal_double(struct rmi_parameters *parameters, double value);
void rmi_marshal_int(struct rmi_parameters *parameters, int value);
void rmi_marshal_string(struct rmi_parameters *parameters, const char *value);
void rmi_marshal_array(struct rmi_parameters *parameters, xmlrpc_value *value);
void rmi_unmarshal_result_double(xmlrpc_env *env, xmlrpc_value *value, double *result);
void rmi_unmarshal_result_string(xmlrpc_env *env, xmlrpc_value *value, char **result);
void rmi_unmarshal_result_boolean(xmlrpc_env *env, xmlrpc_value *value, bool *result);
void rmi_unmarshal_result_array(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result);
void rmi_unmarshal_result_any(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result);

/* In a skeleton: one parameter after the other, its type checked; the fault names the parameter that is wrong. The values
 * are valid until rmi_parameters_clean(). Then the result, which the marshalling function takes over. */
double rmi_unmarshal_double(struct rmi_parameters *parameters, const char *name);
int rmi_unmarshal_int(struct rmi_parameters *parameters, const char *name);
const char *rmi_unmarshal_string(struct rmi_parameters *parameters, const char *name);
xmlrpc_value *rmi_unmarshal_array(struct rmi_parameters *parameters, const char *name);
bool rmi_unmarshalled_all(struct rmi_parameters *parameters); /* no failure so far, and no parameter is left over */
void rmi_parameters_clean(struct rmi_parameters *parameters);
xmlrpc_value *rmi_marshal_result_double(xmlrpc_env *env, double value);
xmlrpc_value *rmi_marshal_result_string(xmlrpc_env *env, char *value);
xmlrpc_value *rmi_marshal_result_boolean(xmlrpc_env *env, bool value);
xmlrpc_value *rmi_marshal_result_array(xmlrpc_env *env, xmlrpc_value *value);
xmlrpc_value *rmi_marshal_result_any(xmlrpc_env *env, xmlrpc_value *value);

/* An array that is made item by item. Begin, add, end; the end tells the first failure, with the code of a fault. */
struct rmi_array {
    xmlrpc_env env;
    xmlrpc_value *value;
};
void rmi_array_begin(struct rmi_array *array);
void rmi_array_add_int(struct rmi_array *array, int item);
void rmi_array_add_string(struct rmi_array *array, const char *item);
struct rmi_error rmi_array_end(struct rmi_array *array, xmlrpc_value **result); /* for the caller to xmlrpc_DECREF */

#endif
