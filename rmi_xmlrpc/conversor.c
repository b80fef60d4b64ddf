/* conversor.c - the servant of the remote object conversor: units of length. */
#include "../common/demo.h"

#include "../units/units.h"
#include "servants.h"

#include <math.h>

static struct rmi_error conversor_convertir_servant(const struct rpc_caller *caller, double valor, const char *origen,
                                                    const char *destino, double *result)
{
    char list[200];
    (void)caller;
    const struct unit *from = unit_find(origen), *to = unit_find(destino);
    if (from == NULL || to == NULL)
        return rmi_fault(FAULT_UNIT, "unknown unit \"%.60s\": there are %s", from == NULL ? origen : destino,
                         unit_list(list, sizeof list));
    *result = unit_convert(valor, from, to);
    if (!isfinite(*result)) return rmi_fault(FAULT_NOT_FINITE, "the result is no finite number");
    return (struct rmi_error){.failure = RMI_OK};
}

static struct rmi_error conversor_unidades_servant(const struct rpc_caller *caller, xmlrpc_value **list)
{
    struct rmi_error error = {.failure = RMI_OK};
    (void)caller;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    *list = units_value(&env);
    if (env.fault_occurred) error = rmi_fault(env.fault_code, "%s", env.fault_string);
    xmlrpc_env_clean(&env);
    return error;
}

RMI_EXPORT(conversor, CONVERSOR)

xmlrpc_registry *conversor_registry(void) { return rpc_registry_new(conversor_methods); }
