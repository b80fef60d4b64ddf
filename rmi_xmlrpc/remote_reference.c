/* remote_reference.c - the invocation of a remote method: find the object, send the call, say which side failed. */
#include "../common/demo.h"

#include "../rpc_xml/rpc_xml.h"
#include "remote_reference.h"
#include "stubs.h"

enum { MOVES_MAX = 3 }; /* how often the object may move during one call */

struct rmi_reference rmi_registry_at(const char *host_port, int timeout_ms)
{
    struct object_url where;
    struct rmi_reference registry = {.name = "the registry", .timeout_ms = timeout_ms};
    if (!object_url_host_port(host_port, REGISTRY_PORT, &where) || !object_url_write(registry.url, &where, ""))
        errx(DEMO_USAGE, "--registry %s: expected HOST:PORT, such as localhost:" REGISTRY_PORT, host_port);
    return registry;
}

struct rmi_error rmi_registry_error(const struct rmi_reference *registry, struct rmi_error error)
{
    switch (error.failure) {
    case RMI_OK:
    case RMI_STOPPED:
    case RMI_LOCAL: return error;
    case RMI_GONE:
        return rmi_failed(
            RMI_REGISTRY, 0,
            "the registry, %s: no registry answers there (is it running? start it with: rmi_registry; or say "
            "where it is with --registry)",
            registry->url);
    case RMI_TIMEOUT:
        return rmi_failed(RMI_REGISTRY, 0, "the registry, %s: no answer in %g s (is it slow, stuck, or cut off?)",
                          registry->url, registry->timeout_ms / 1e3);
    case RMI_LOST:
        return rmi_failed(RMI_REGISTRY, 0,
                          "the registry, %s: the connection ended before the answer (did it crash, or was it "
                          "stopped?)",
                          registry->url);
    case RMI_FAULT:
        if (error.code == XMLRPC_NO_SUCH_METHOD_ERROR)
            return rmi_failed(RMI_REGISTRY, error.code,
                              "the registry, %s: what answers there is no registry but another XML-RPC server, "
                              "perhaps rpc_server (start rmi_registry with another -p, and say it with --registry)",
                              registry->url);
        error.failure = error.code == FAULT_NOT_BOUND  ? RMI_UNBOUND
                        : error.code == FAULT_LOOPBACK ? RMI_UNREACHABLE
                                                       : RMI_REGISTRY;
        return error;
    case RMI_PROTOCOL:
        if (error.code >= 500)
            return rmi_failed(
                RMI_REGISTRY, error.code, "the registry, %s: the web server there answered HTTP %d (%s)",
                registry->url, error.code,
                error.code == 503 ? "it has too many clients at once: try again later" : "is that a registry?");
        /* fall through */
    default: error.failure = RMI_REGISTRY; return error;
    }
}

/* Asks the registry for the object's URL. */
static struct rmi_error look_up(struct rmi_reference *object)
{
    char *url = NULL;
    struct object_url parts;
    struct rmi_error error = registro_lookup(object->registry, object->name, &url);
    object->url[0] = '\0';
    if (error.failure == RMI_OK && object_url_parse(url, &parts))
        snprintf(object->url, sizeof object->url, "%s", url);
    else if (error.failure == RMI_OK)
        error = rmi_failed(RMI_REGISTRY, 0, "the registry, %s: what it answers is no object's URL: %.100s",
                           object->registry->url, url);
    free(url);
    return rmi_registry_error(object->registry, error);
}

/* The remote error that an outcome of rpc_call() means for a caller of this object. */
static struct rmi_error remote_error(const struct rmi_reference *object, const struct rpc_outcome *outcome)
{
    switch (outcome->problem) {
    case RPC_DONE: return (struct rmi_error){.failure = RMI_OK};
    case RPC_STOPPED: return rmi_failed(RMI_STOPPED, 0, "%s", outcome->text);
    case RPC_HERE: return rmi_failed(RMI_LOCAL, 0, "%s", outcome->text);
    case RPC_WRONG_HOST:
    case RPC_NO_LISTENER:
        return rmi_failed(RMI_GONE, 0, "%s should be at %s, but no server answers there (did its server end?)",
                          object->name, object->url);
    case RPC_TIMEOUT:
        return rmi_failed(
            RMI_TIMEOUT, 0,
            "no answer from %s in %g s (its server is slow, stuck, or cut off; whether the method ran is "
            "not known; more time: -w)",
            object->url, object->timeout_ms / 1e3);
    case RPC_BROKEN: return rmi_failed(RMI_LOST, 0, "%s", outcome->text);
    case RPC_FAULT: return rmi_failed(RMI_FAULT, outcome->code, "%s", outcome->text);
    case RPC_HTTP_ERROR:
        if (outcome->code == 404)
            return rmi_failed(RMI_GONE, 0, "%s should be at %s, but the server there has no such object",
                              object->name, object->url);
        break;
    case RPC_NOT_XML_RPC: break;
    }
    return rmi_failed(RMI_PROTOCOL, outcome->code, "%s", outcome->text);
}

/* Sends the call once, over a new connection. A kept connection may end while the call is on its way, because the server
 * ends; whether the method ran is not known then (RMI_LOST). A new connection is refused instead, before anything is sent
 * (RMI_GONE): no method ran, and the object can be looked up again. */
static struct rmi_error send_call(struct rmi_call *call)
{
    struct rmi_reference *object = call->object;
    struct rpc_server *server = rpc_open("rmi_xmlrpc", object->url, object->timeout_ms, false);
    if (server == NULL) return rmi_failed(RMI_LOCAL, 0, "%s: no http URL", object->url);
    struct rpc_outcome outcome = rpc_call(server, call->method, call->parameters.array);
    rpc_close(server);
    call->result = outcome.result;
    return remote_error(object, &outcome);
}

void rmi_begin(struct rmi_call *call, struct rmi_reference *object, const char *method)
{
    *call = (struct rmi_call){.object = object, .method = method};
    xmlrpc_env_init(&call->env);
    call->parameters = (struct rmi_parameters){.env = &call->env, .array = xmlrpc_array_new(&call->env)};
}

bool rmi_invoke(struct rmi_call *call)
{
    struct rmi_reference *object = call->object;
    char tried[RMI_URL_MAX];
    if (call->env.fault_occurred) {
        call->error = rmi_failed(RMI_LOCAL, 0, "not sent: %s", call->env.fault_string);
        return false;
    }
    if (object->url[0] == '\0' && (call->error = look_up(object)).failure != RMI_OK) return false;
    for (int moves = 0;; moves++) {
        struct rmi_error error = call->error = send_call(call);
        if (error.failure == RMI_OK || error.failure == RMI_FAULT || object->registry == NULL) break;

        /* The object did not answer. Forget its URL: the next call looks it up. Only after RMI_GONE, when certainly no
         * method ran, is this call sent again, to the URL where the object is now. */
        memcpy(tried, object->url, sizeof tried);
        object->url[0] = '\0';
        if (error.failure != RMI_GONE || moves == MOVES_MAX) break;
        if ((call->error = look_up(object)).failure != RMI_OK) break;
        if (strcmp(tried, object->url) == 0) { /* it has not moved */
            call->error = error;
            break;
        }
    }
    return call->error.failure == RMI_OK;
}

struct rmi_error rmi_finish(struct rmi_call *call)
{
    if (call->error.failure == RMI_OK && call->env.fault_occurred) /* while the result was unmarshalled */
        call->error = rmi_failed(RMI_PROTOCOL, 0, "%s: %s is not what its interface says: %s", call->object->url,
                                 call->method, call->env.fault_string);
    if (call->result != NULL) xmlrpc_DECREF(call->result);
    if (call->parameters.array != NULL) xmlrpc_DECREF(call->parameters.array);
    xmlrpc_env_clean(&call->env);
    return call->error;
}
