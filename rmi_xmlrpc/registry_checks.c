/* registry_checks.c - the checks of rmi_registry.c, and its faults. Each fault tells what to do. */
#include "../common/demo.h"

#include "interfaces.h"
#include "registry_checks.h"

bool remote_bind_allowed;

static const struct rmi_error passed = {.failure = RMI_OK};

struct rmi_error check_binder(const struct rpc_caller *caller)
{
    if (remote_bind_allowed || address_is_loopback(caller->address)) return passed;
    return rmi_fault(FAULT_FORBIDDEN,
                     "%s is another host: this registry lets its own host bind names only (to change that, start it "
                     "with: rmi_registry --remote-bind)",
                     caller->client);
}

struct rmi_error check_binding(const struct rpc_caller *caller, const char *name, const char *url, bool *loopback)
{
    struct object_url parts;
    struct rmi_error error = check_binder(caller);
    if (error.failure != RMI_OK) return error;
    if (!binding_name_is_valid(name))
        return rmi_fault(FAULT_MALFORMED, "%.80s: a name is 1 to 63 letters, digits, or . - _", name);
    if (!object_url_parse(url, &parts))
        return rmi_fault(FAULT_MALFORMED, "%.80s: an object's URL looks like http://HOST:PORT/NAME", url);
    const enum object_reach reach = object_url_reach(&parts);
    *loopback = reach == REACH_LOOPBACK;
    if (reach == REACH_UNKNOWN)
        return rmi_fault(FAULT_MALFORMED, "%s: this registry's host knows no host of that name", url);
    if (*loopback && !address_is_loopback(caller->address))
        return rmi_fault(
            FAULT_LOOPBACK,
            "%s is an address of each host's own, and you are not on this registry's host (start rmi_server "
            "with -l and an address that others can reach, or say one with --advertise)",
            url);
    return passed;
}

bool can_reach(const struct rpc_caller *caller, const struct binding *binding)
{
    return !binding->loopback || address_is_loopback(caller->address);
}

struct rmi_error fault_unreachable(const struct binding *binding)
{
    return rmi_fault(FAULT_LOOPBACK,
                     "%s is bound to %s, which only the registry's own host can reach (its server listens there "
                     "only: start rmi_server with -l, or with --advertise)",
                     binding->name, binding->url);
}

struct rmi_error fault_not_bound(const char *name)
{
    return rmi_fault(FAULT_NOT_BOUND,
                     "no object is bound to %.80s (is its server running? start it with: rmi_server)", name);
}

struct rmi_error fault_bound(const struct binding *binding)
{
    return rmi_fault(FAULT_BOUND, "%s is bound to %s (to take its place: rebind; rmi_server does with --rebind)",
                     binding->name, binding->url);
}
