/* stubs.h - the stubs of every interface: local functions that call a remote object.
 *
 *     double millas;
 *     struct rmi_error error = conversor_convertir(&conversor, 10, "km", "mi", &millas);
 *
 * The first argument is the remote reference. The last one receives the result when the error is RMI_OK. */
#ifndef STUBS_H
#define STUBS_H

#include "interfaces.h"
#include "remote_reference.h"

#define RMI_DECLARE(type, name) , rmi_in_##type name
#define RMI_STUB(interface, method, returns, parameters, help)                                                       \
    struct rmi_error interface##_##method(struct rmi_reference *object parameters(RMI_DECLARE),                      \
                                          rmi_out_##returns *out);

CONVERSOR(RMI_STUB)
MOTOR_CALCULO(RMI_STUB)
AVISOS(RMI_STUB)
REGISTRO(RMI_STUB)

#endif
