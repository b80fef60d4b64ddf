/* stubs.c - the bodies of the stubs. Each method of interfaces.h becomes a function that marshals its arguments, sends the
 * call, and unmarshals the result. See what the preprocessor makes of it: cc -E -P rmi_xmlrpc/stubs.c */
#include "../common/demo.h"

#include "stubs.h"

#define MARSHAL(type, name) rmi_marshal_##type(&call.parameters, name);
#define STUB_BODY(interface, method, returns, parameters, help)                                                      \
    struct rmi_error interface##_##method(struct rmi_reference *object parameters(RMI_DECLARE),                      \
                                          rmi_out_##returns *out)                                                    \
    {                                                                                                                \
        struct rmi_call call;                                                                                        \
        rmi_begin(&call, object, #method);                                                                           \
        parameters(MARSHAL);                                                                                         \
        if (rmi_invoke(&call)) rmi_unmarshal_result_##returns(&call.env, call.result, out);                          \
        return rmi_finish(&call);                                                                                    \
    }

CONVERSOR(STUB_BODY)
MOTOR_CALCULO(STUB_BODY)
AVISOS(STUB_BODY)
REGISTRO(STUB_BODY)
