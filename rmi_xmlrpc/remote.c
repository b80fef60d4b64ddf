/* remote.c - see remote.h. */
#include "../common/demo.h"

#include "../rpc_xml/rpc_xml.h"
#include "remote.h"
#include "stubs.h"

enum { MOVES_MAX = 3 }; /* how often an object may move on while one call looks for it */

struct rmi_error rmi_registry_error(const struct rmi_object *registry, struct rmi_error error)
{
    if (error.failure == RMI_OK || error.failure == RMI_STOPPED || error.failure == RMI_HERE) return error;
    if (error.failure == RMI_GONE)
        return rmi_failed(
            RMI_REGISTRY, 0,
            "the registry, %s: no registry answers there (is it running? start it with: rmi_registry; or say "
            "where it is with --registry)",
            registry->url);
    error.failure = error.failure != RMI_FAULT      ? RMI_REGISTRY
                    : error.code == FAULT_NOT_BOUND ? RMI_UNBOUND
                    : error.code == FAULT_LOOPBACK  ? RMI_UNREACHABLE
                                                    : RMI_REGISTRY;
    return error;
}

static struct rmi_error look_up(struct rmi_object *o)
{
    char *url = NULL;
    struct object_url parts;
    struct rmi_error error = registro_lookup(o->registry, o->name, &url);
    o->url[0] = '\0';
    if (error.failure == RMI_OK && object_url_parse(url, &parts)) snprintf(o->url, sizeof o->url, "%s", url);
    else if (error.failure == RMI_OK)
        error = rmi_failed(RMI_REGISTRY, 0, "the registry, %s: what it answers is no object's URL: %.100s",
                           o->registry->url, url);
    free(url);
    return rmi_registry_error(o->registry, error);
}

/* Which side an rpc_call that failed has failed on. */
static struct rmi_error judge(const struct rmi_object *o, const struct rpc_outcome *outcome)
{
    switch (outcome->problem) {
    case RPC_DONE: return (struct rmi_error){.failure = RMI_OK};
    case RPC_STOPPED: return rmi_failed(RMI_STOPPED, 0, "%s", outcome->text);
    case RPC_HERE: return rmi_failed(RMI_HERE, 0, "%s", outcome->text);
    case RPC_WRONG_HOST:
    case RPC_NO_LISTENER:
        return rmi_failed(RMI_GONE, 0, "%s should be at %s, but nobody answers there (did its server end?)", o->name,
                          o->url);
    case RPC_TIMEOUT:
        return rmi_failed(
            RMI_TIMEOUT, 0,
            "no answer from %s in %g s (its server is slow, stuck, or cut off; whether the method ran is "
            "not known; more time: -w)",
            o->url, o->timeout_ms / 1e3);
    case RPC_BROKEN: return rmi_failed(RMI_LOST, 0, "%s", outcome->text);
    case RPC_FAULT: return rmi_failed(RMI_FAULT, outcome->code, "%s", outcome->text);
    case RPC_HTTP_ERROR:
        if (outcome->code == 404)
            return rmi_failed(RMI_GONE, 0, "%s should be at %s, but the server there has no such object", o->name,
                              o->url);
        break;
    case RPC_NOT_XML_RPC: break;
    }
    return rmi_failed(RMI_PROTOCOL, outcome->code, "%s", outcome->text);
}

/* One attempt, over a connection of its own. A kept one may end while the call is on its way, because its server leaves:
 * whether the method ran is not known then (RMI_LOST). A new one is refused by then, for certain before anything was sent
 * (RMI_GONE), and the object can be called where it is now. */
static struct rmi_error attempt(struct rmi_call *call)
{
    struct rmi_object *o = call->object;
    struct rpc_server *server = rpc_open("rmi_xmlrpc", o->url, o->timeout_ms, false);
    if (server == NULL) return rmi_failed(RMI_HERE, 0, "%s: no http URL", o->url);
    struct rpc_outcome outcome = rpc_call(server, call->method, call->parameters.array);
    rpc_close(server);
    call->result = outcome.result;
    return judge(o, &outcome);
}

void rmi_begin(struct rmi_call *call, struct rmi_object *object, const char *method)
{
    *call = (struct rmi_call){.object = object, .method = method};
    xmlrpc_env_init(&call->env);
    call->parameters = (struct rmi_parameters){.env = &call->env, .array = xmlrpc_array_new(&call->env)};
}

bool rmi_invoke(struct rmi_call *call)
{
    struct rmi_object *o = call->object;
    char tried[RMI_URL_MAX];
    if (call->env.fault_occurred) {
        call->error = rmi_failed(RMI_HERE, 0, "not sent: %s", call->env.fault_string);
        return false;
    }
    if (o->url[0] == '\0' && (call->error = look_up(o)).failure != RMI_OK) return false;
    for (int moves = 0;; moves++) {
        struct rmi_error error = call->error = attempt(call);
        if (error.failure == RMI_OK || error.failure == RMI_FAULT || o->registry == NULL) break;

        /* Not where it was: where is it now? Only when nothing was executed may this call go there, too. */
        memcpy(tried, o->url, sizeof tried);
        o->url[0] = '\0'; /* whatever happened, the next call looks it up again */
        if (error.failure != RMI_GONE || moves == MOVES_MAX) break;
        if ((call->error = look_up(o)).failure != RMI_OK) break;
        if (strcmp(tried, o->url) == 0) {
            call->error = error;
            break;
        }
    }
    return call->error.failure == RMI_OK;
}

struct rmi_error rmi_finish(struct rmi_call *call)
{
    if (call->error.failure == RMI_OK && call->env.fault_occurred) /* unmarshalling the result */
        call->error = rmi_failed(RMI_PROTOCOL, 0, "%s: %s is not what its interface says: %s", call->object->url,
                                 call->method, call->env.fault_string);
    if (call->result != NULL) xmlrpc_DECREF(call->result);
    if (call->parameters.array != NULL) xmlrpc_DECREF(call->parameters.array);
    xmlrpc_env_clean(&call->env);
    return call->error;
}
