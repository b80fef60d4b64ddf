/* skeleton.h - the skeletons of an interface: each receives the call of one method, unmarshals and checks its arguments,
 * calls the servant, and marshals the result or the fault.
 *
 * The servant is the object itself: a static function for each method of its interface. It looks like the stub, but its
 * first argument tells who calls. Many threads call it at once:
 *
 *     static struct rmi_error conversor_convertir_servant(const struct rpc_caller *caller, double valor, ...)
 *
 * RMI_SKELETONS(conversor, CONVERSOR), below the servant, makes conversor_skeletons from interfaces.h. A servant that does
 * not fit its interface does not compile. */
#ifndef SKELETON_H
#define SKELETON_H

#include "../rpc_xml/rpc_xml.h"
#include "interfaces.h"
#include "marshal.h"
#include "rmi_error.h"

/* Each is defined by the program that has the servant; ends with {0}. */
extern const struct rpc_procedure conversor_skeletons[], motor_calculo_skeletons[], avisos_skeletons[],
    registro_skeletons[];

extern bool skeleton_quiet; /* do not print the calls */

#define RMI_EXPECT(type, name)    , rmi_in_##type name
#define RMI_UNMARSHAL(type, name) rmi_in_##type name = rmi_unmarshal_##type(&got, #name);
#define RMI_PASS(type, name)      , name
#define RMI_LETTER(type, name)    RMI_LETTER_##type

#define RMI_SKELETON(interface, method, returns, parameters, help)                                                   \
    static struct rmi_error interface##_##method##_servant(const struct rpc_caller *caller parameters(RMI_EXPECT),   \
                                                           rmi_out_##returns *out);                                  \
    static xmlrpc_value *interface##_##method##_skeleton(xmlrpc_env *env, xmlrpc_value *array,                       \
                                                         const struct rpc_caller *caller)                            \
    {                                                                                                                \
        struct rmi_parameters got = {.env = env, .array = array};                                                    \
        rmi_out_##returns out = {0};                                                                                 \
        xmlrpc_value *result = NULL;                                                                                 \
        parameters(RMI_UNMARSHAL);                                                                                   \
        if (rmi_unmarshalled_all(&got)) {                                                                            \
            struct rmi_error error = interface##_##method##_servant(caller parameters(RMI_PASS), &out);              \
            if (error.failure == RMI_OK) result = rmi_marshal_result_##returns(env, out);                            \
            else xmlrpc_env_set_fault(env, error.code, error.text);                                                  \
        }                                                                                                            \
        skeleton_print_call(caller, #interface "." #method, env, array, result);                                     \
        rmi_parameters_clean(&got);                                                                                  \
        return result;                                                                                               \
    }

#define RMI_ENTRY(interface, method, returns, parameters, help)                                                      \
    {#method, interface##_##method##_skeleton, RMI_SIGNATURE_##returns(parameters(RMI_LETTER)), help},

#define RMI_SKELETONS(interface, METHODS)                                                                            \
    METHODS(RMI_SKELETON)                                                                                            \
    const struct rpc_procedure interface##_skeletons[] = {METHODS(RMI_ENTRY){NULL, NULL, NULL, NULL}};

/* Prints the caller, the method, its arguments, and the result or the fault. */
void skeleton_print_call(const struct rpc_caller *caller, const char *method, const xmlrpc_env *env,
                         xmlrpc_value *arguments, xmlrpc_value *result);

#endif
