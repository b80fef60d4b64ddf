/* conversor.c - the servant of the remote object conversor: units of length. */
#include "../common/demo.h"

#include "../units/units.h"
#include "skeleton.h"

static struct rmi_error conversor_convertir_servant(const struct rpc_caller *caller, double valor, const char *origen,
                                                    const char *destino, double *result)
{
    char reason[UNITS_REASON];
    (void)caller;
    enum conversion outcome = units_convertir(valor, origen, destino, result, reason);
    if (outcome != UNITS_CONVERTED) return rmi_fault((int)outcome, "%s", reason);
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

RMI_SKELETONS(conversor, CONVERSOR)
