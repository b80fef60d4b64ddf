/* skeleton.h - the object's side of an interface: what stands between the calls that arrive and the servant, the object
 * itself. RMI_EXPORT(conversor, CONVERSOR) makes it of interfaces.h, in the program that has the servant.
 *
 * For every method the servant has a static function. It looks like the stub, but for the first argument, who is calling,
 * and the name; many threads call it at once:
 *
 *     static struct rmi_error conversor_convertir_servant(const struct rpc_caller *caller, double valor, ...)
 */
#ifndef SKELETON_H
#define SKELETON_H

#include "../rpc_xml/rpc_xml.h"
#include "interfaces.h"
#include "marshal.h"
#include "rmi_error.h"

extern bool skeleton_quiet; /* do not print the calls */

#define RMI_EXPECT(type, name) , rmi_in_##type name
#define RMI_GET(type, name)    rmi_in_##type name = rmi_get_##type(&got, #name);
#define RMI_PASS(type, name)   , name
#define RMI_LETTER(type, name) RMI_LETTER_##type

/* Unmarshals and checks the arguments, calls the servant, marshals the result or the fault. */
#define RMI_SKELETON(interface, method, returns, parameters, help)                                                   \
    static struct rmi_error interface##_##method##_servant(const struct rpc_caller *caller parameters(RMI_EXPECT),   \
                                                           rmi_out_##returns *out);                                  \
    static xmlrpc_value *interface##_##method##_skeleton(xmlrpc_env *env, xmlrpc_value *array,                       \
                                                         const struct rpc_caller *caller)                            \
    {                                                                                                                \
        struct rmi_parameters got = {.env = env, .array = array};                                                    \
        rmi_out_##returns out = {0};                                                                                 \
        xmlrpc_value *value = NULL;                                                                                  \
        parameters(RMI_GET);                                                                                         \
        if (rmi_got_all(&got)) {                                                                                     \
            struct rmi_error error = interface##_##method##_servant(caller parameters(RMI_PASS), &out);              \
            if (error.failure == RMI_OK) value = rmi_wrap_##returns(env, out);                                       \
            else xmlrpc_env_set_fault(env, error.code, error.text);                                                  \
        }                                                                                                            \
        skeleton_tell(caller, #interface "." #method, env, array, value);                                            \
        rmi_parameters_clean(&got);                                                                                  \
        return value;                                                                                                \
    }

#define RMI_ENTRY(interface, method, returns, parameters, help)                                                      \
    {#method, interface##_##method##_skeleton, RMI_SIGNATURE_##returns(parameters(RMI_LETTER)), help},

#define RMI_EXPORT(interface, METHODS)                                                                               \
    METHODS(RMI_SKELETON)                                                                                            \
    static const struct rpc_procedure interface##_methods[] = {METHODS(RMI_ENTRY){NULL, NULL, NULL, NULL}};

/* Prints who called what with which arguments, and the result, or the fault. */
void skeleton_tell(const struct rpc_caller *caller, const char *method, const xmlrpc_env *env,
                   xmlrpc_value *arguments, xmlrpc_value *result);

#endif
