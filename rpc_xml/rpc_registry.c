/* rpc_registry.c - xmlrpc-c's registry with what it lacks: exact doubles, and bounds on system.multicall. */
#include "../common/demo.h"

#include "exact_double.h"
#include "rpc_proto.h"
#include "rpc_registry.h"
#include "xml_text.h"

/* One request, from its XML to its answer. system.multicall calls several procedures in it. */
struct request {
    const struct rpc_caller *caller;
    struct doubles results; /* of all procedures called so far */
    size_t calls, bytes;    /* so far; bytes of the results, but for the first */
};

/* How long the result will be in the answer's XML. */
static size_t marshalled_size(xmlrpc_env *env, xmlrpc_value *value)
{
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, env, 0);
    if (env->fault_occurred) return 0;
    xmlrpc_serialize_value(env, xml, value);
    size_t size = XMLRPC_MEMBLOCK_SIZE(char, xml);
    XMLRPC_MEMBLOCK_FREE(char, xml);
    return size;
}

/* xmlrpc-c calls this for every procedure. Half a megabyte of system.multicall can name thousands of them, and their
 * results can fill the memory: both are bounded, before the next procedure runs. */
static xmlrpc_value *call_procedure(xmlrpc_env *env, xmlrpc_value *parameters, void *of_procedure, void *of_request)
{
    const struct rpc_procedure *procedure = of_procedure;
    struct request *request = of_request;
    const size_t noted = request->results.count;
    if (++request->calls > RPC_CALLS_MAX || request->bytes > RPC_MESSAGE_MAX) {
        xmlrpc_env_set_fault_formatted(
            env, XMLRPC_LIMIT_EXCEEDED_ERROR,
            "not called: one request calls at most %d procedures, with at most %d bytes of results", RPC_CALLS_MAX,
            RPC_MESSAGE_MAX);
        return NULL;
    }
    xmlrpc_value *result = procedure->function(env, parameters, request->caller);
    if (env->fault_occurred) return NULL;
    doubles_note(env, &request->results, result);
    if (!env->fault_occurred && request->calls > 1) request->bytes += marshalled_size(env, result);
    if (!env->fault_occurred) return result;
    request->results.count = noted; /* a fault takes the place of the result, whose doubles will not be written */
    xmlrpc_DECREF(result);
    return NULL;
}

xmlrpc_registry *rpc_registry_new(const struct rpc_procedure *procedures)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_limit_set(XMLRPC_XML_SIZE_LIMIT_ID, doubles_hex_size(RPC_MESSAGE_MAX)); /* of the whole process */
    xmlrpc_registry *registry = xmlrpc_registry_new(&env);
    for (const struct rpc_procedure *p = procedures; p->name != NULL && !env.fault_occurred; p++) {
        struct xmlrpc_method_info3 info = {
            .methodName = p->name,
            .methodFunction = call_procedure,
            .serverInfo = (void *)p,
            .signatureString = p->signature,
            .help = p->help,
        };
        xmlrpc_registry_add_method3(&env, registry, &info);
    }
    if (env.fault_occurred) errx(DEMO_FAILED, "a registry: %s", env.fault_string);
    xmlrpc_env_clean(&env);
    return registry;
}

/* The answer to a call that the registry does not get to see. */
static xmlrpc_mem_block *fault_answer(xmlrpc_env *env, const char *why)
{
    xmlrpc_env fault;
    xmlrpc_env_init(&fault);
    xmlrpc_env_set_fault(&fault, XMLRPC_PARSE_ERROR, why);
    xmlrpc_mem_block *answer = XMLRPC_MEMBLOCK_NEW(char, env, 0);
    if (!env->fault_occurred) xmlrpc_serialize_fault(env, answer, &fault);
    xmlrpc_env_clean(&fault);
    return answer;
}

char *rpc_registry_call(xmlrpc_registry *registry, const struct rpc_caller *caller, const char *xml, size_t *len)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct request request = {.caller = caller};
    xmlrpc_mem_block *block = NULL;
    const char *refusal = xml_refusal(xml, *len);
    char *hex = refusal == NULL ? doubles_to_hex(xml, len) : NULL, *answer = NULL;
    if (hex != NULL) xmlrpc_registry_process_call2(&env, registry, hex, *len, &request, &block);
    else block = fault_answer(&env, refusal != NULL ? refusal : "out of memory");
    if (!env.fault_occurred) {
        *len = XMLRPC_MEMBLOCK_SIZE(char, block);
        answer = doubles_to_decimal(&request.results, XMLRPC_MEMBLOCK_CONTENTS(char, block), len);
    }
    if (block != NULL) XMLRPC_MEMBLOCK_FREE(char, block);
    free(hex);
    doubles_clean(&request.results);
    xmlrpc_env_clean(&env);
    return answer;
}
