/* marshal.h - the types of interfaces.h: what each is in C, in XML-RPC, and how one becomes the other.
 *
 *     type    parameter           result (for the caller to free or xmlrpc_DECREF)
 *     real    double              double *           a double; an int is taken, too
 *     whole   int                 -                  an int
 *     text    const char *        char **            a string, UTF-8
 *     truth   -                   bool *             a boolean
 *     list    xmlrpc_value *      xmlrpc_value **    an array of whatever
 *     any     -                   xmlrpc_value **    whatever
 */
#ifndef MARSHAL_H
#define MARSHAL_H

#include <stdbool.h>

#include <xmlrpc-c/base.h>

typedef double rmi_in_real, rmi_out_real;
typedef int rmi_in_whole;
typedef const char *rmi_in_text;
typedef char *rmi_out_text;
typedef bool rmi_out_truth;
typedef xmlrpc_value *rmi_in_list, *rmi_out_list, *rmi_out_any;

/* In xmlrpc-c's signatures: a letter for each parameter, and the result before them, once for each that there may be. */
#define RMI_LETTER_real              "d"
#define RMI_LETTER_whole             "i"
#define RMI_LETTER_text              "s"
#define RMI_LETTER_list              "A"
#define RMI_SIGNATURE_real(letters)  "d:" letters
#define RMI_SIGNATURE_text(letters)  "s:" letters
#define RMI_SIGNATURE_truth(letters) "b:" letters
#define RMI_SIGNATURE_list(letters)  "A:" letters
#define RMI_SIGNATURE_any(letters)   "s:" letters ",b:" letters

enum { RMI_PARAMETERS_MAX = 8 };

/* The parameters of one call, on either side. What fails is noted in `env`, and ends the work of the functions below. */
struct rmi_parameters {
    xmlrpc_env *env;
    xmlrpc_value *array;
    int count;                       /* put, or got, so far */
    char *texts[RMI_PARAMETERS_MAX]; /* got: to be freed */
    int text_count;
};

/* The caller's side: C to XML-RPC, one parameter after the other, and the result back. */
void rmi_put_real(struct rmi_parameters *parameters, double value);
void rmi_put_whole(struct rmi_parameters *parameters, int value);
void rmi_put_text(struct rmi_parameters *parameters, const char *value);
void rmi_put_list(struct rmi_parameters *parameters, xmlrpc_value *value);
void rmi_unwrap_real(xmlrpc_env *env, xmlrpc_value *value, double *result);
void rmi_unwrap_text(xmlrpc_env *env, xmlrpc_value *value, char **result);
void rmi_unwrap_truth(xmlrpc_env *env, xmlrpc_value *value, bool *result);
void rmi_unwrap_list(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result);
void rmi_unwrap_any(xmlrpc_env *env, xmlrpc_value *value, xmlrpc_value **result);

/* The object's side: each parameter checked, by its name for whoever must be told, and the result. What is got is valid
 * until rmi_parameters_clean(). The wrap functions own what they are given. */
double rmi_get_real(struct rmi_parameters *parameters, const char *name);
int rmi_get_whole(struct rmi_parameters *parameters, const char *name);
const char *rmi_get_text(struct rmi_parameters *parameters, const char *name);
xmlrpc_value *rmi_get_list(struct rmi_parameters *parameters, const char *name);
bool rmi_got_all(struct rmi_parameters *parameters); /* every one was right, and there are no more */
void rmi_parameters_clean(struct rmi_parameters *parameters);
xmlrpc_value *rmi_wrap_real(xmlrpc_env *env, double value);
xmlrpc_value *rmi_wrap_text(xmlrpc_env *env, char *value);
xmlrpc_value *rmi_wrap_truth(xmlrpc_env *env, bool value);
xmlrpc_value *rmi_wrap_list(xmlrpc_env *env, xmlrpc_value *value);
xmlrpc_value *rmi_wrap_any(xmlrpc_env *env, xmlrpc_value *value);

#endif
