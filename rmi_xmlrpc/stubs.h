/* stubs.h - the caller's side of every interface, as C functions: to call one is to call a remote object.
 *
 *     double millas;
 *     struct rmi_error error = conversor_convertir(&conversor, 10, "km", "mi", &millas);
 *
 * The last argument receives the result, if the error is RMI_OK. */
#ifndef STUBS_H
#define STUBS_H

#include "interfaces.h"
#include "remote.h"

#define RMI_DECLARE(type, name) , rmi_in_##type name
#define RMI_STUB(interface, method, returns, parameters, help)                                                       \
    struct rmi_error interface##_##method(struct rmi_object *object parameters(RMI_DECLARE), rmi_out_##returns *out);

CONVERSOR(RMI_STUB)
MOTOR_CALCULO(RMI_STUB)
AVISOS(RMI_STUB)
REGISTRO(RMI_STUB)

#endif
