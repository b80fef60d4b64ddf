/* rpc_registry.c - the dispatch of a call by xmlrpc-c's registry: rpc_registry_call() gives it the XML, it looks the name up
 * and calls call_procedure(). Added around it: exact doubles (exact_double.h), and bounds on system.multicall and on large
 * calls. */
#include "../common/demo.h"

#include "exact_double.h"
#include "rpc_proto.h"
#include "rpc_registry.h"
#include "xml_text.h"

#include <pthread.h>

/* One request, from its XML to its answer. system.multicall calls several procedures in it. */
struct request {
    const struct rpc_caller *caller;
    struct doubles results; /* of all procedures called so far */
    size_t calls, bytes;    /* so far; bytes of all results except the first */
    int64_t first_done_ns;  /* this thread's processor time when the first procedure was done */
};

/* Unmarshalled, a call needs up to 60 times the memory of its XML, and xmlrpc-c crashes when there is none. So large calls
 * wait for each other; small ones do not. 200 clients with a call of 512 KiB: 0.6 GiB at most, and 1.8 GiB without this. */
enum { LARGE_CALL = 8 << 10, LARGE_CALLS_MAX = 8 * RPC_MESSAGE_MAX }; /* bytes of XML */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t bytes; /* of all large calls under way */
} large_calls = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void begin_call(size_t len)
{
    if (len <= LARGE_CALL) return;
    pthread_mutex_lock(&large_calls.lock);
    while (large_calls.bytes + len > LARGE_CALLS_MAX) pthread_cond_wait(&large_calls.changed, &large_calls.lock);
    large_calls.bytes += len;
    pthread_mutex_unlock(&large_calls.lock);
}

static void end_call(size_t len)
{
    if (len <= LARGE_CALL) return;
    pthread_mutex_lock(&large_calls.lock);
    large_calls.bytes -= len;
    pthread_cond_broadcast(&large_calls.changed);
    pthread_mutex_unlock(&large_calls.lock);
}

/* How long this thread, which serves the whole request, has used a processor. Other clients' load does not count. */
static int64_t processor_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* Half a megabyte of system.multicall can name thousands of procedures. They can keep a processor busy for long, and their
 * results can fill the memory: sets a fault when the request has had its share. The first procedure is always called. */
static void check_bounds(xmlrpc_env *env, struct request *request)
{
    if (request->calls == 1) return;
    if (request->calls == 2) request->first_done_ns = processor_ns();
    if (request->calls > RPC_CALLS_MAX || request->bytes > RPC_MESSAGE_MAX ||
        processor_ns() - request->first_done_ns > RPC_SECONDS_MAX * INT64_C(1000000000))
        xmlrpc_env_set_fault_formatted(
            env, XMLRPC_LIMIT_EXCEEDED_ERROR,
            "not called: one request calls at most %d procedures, with at most %d bytes of results, and for at most %d "
            "s of processor time (send the rest in another request)",
            RPC_CALLS_MAX, RPC_MESSAGE_MAX, RPC_SECONDS_MAX);
}

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

/* Notes the doubles of a result, and its size. */
static void note_result(xmlrpc_env *env, struct request *request, xmlrpc_value *result)
{
    const size_t noted = request->results.count;
    doubles_note(env, &request->results, result);
    if (!env->fault_occurred && request->calls > 1) request->bytes += marshalled_size(env, result);
    if (env->fault_occurred) request->results.count = noted; /* the fault is sent, and not the doubles */
}

/* xmlrpc-c calls this when it has found a procedure by its name. */
static xmlrpc_value *call_procedure(xmlrpc_env *env, xmlrpc_value *parameters, void *procedure_arg, void *request_arg)
{
    const struct rpc_procedure *procedure = procedure_arg; /* serverInfo, from rpc_registry_new() */
    struct request *request = request_arg;                 /* from rpc_registry_call() */
    request->calls++;
    check_bounds(env, request);
    if (env->fault_occurred) return NULL;

    xmlrpc_value *result = procedure->function(env, parameters, request->caller);
    if (env->fault_occurred) return NULL;

    note_result(env, request, result);
    if (!env->fault_occurred) return result;
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
            .methodFunction = call_procedure, /* the same for all: it calls p->function */
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

/* One call, from XML to XML. In between, xmlrpc-c unmarshals the name and the parameters, looks the name up, calls
 * call_procedure(), and marshals the result or the fault. A new block; NULL, and a fault in `env`, when there is no memory. */
static xmlrpc_mem_block *process_call(xmlrpc_env *env, xmlrpc_registry *registry, struct request *request,
                                      const char *xml, size_t len)
{
    const char *refusal = xml_refusal(xml, len);
    if (refusal != NULL) return fault_answer(env, refusal);
    char *hex = doubles_to_hex(xml, &len); /* so that xmlrpc-c reads them exactly */
    if (hex == NULL) return fault_answer(env, "out of memory");

    xmlrpc_mem_block *answer = NULL;
    xmlrpc_registry_process_call2(env, registry, hex, len, request, &answer);
    free(hex);
    return answer;
}

char *rpc_registry_call(xmlrpc_registry *registry, const struct rpc_caller *caller, const char *xml, size_t *len)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct request request = {.caller = caller};
    char *exact = NULL;
    const size_t call_len = *len;
    begin_call(call_len);
    xmlrpc_mem_block *answer = process_call(&env, registry, &request, xml, *len);
    if (!env.fault_occurred) {
        *len = XMLRPC_MEMBLOCK_SIZE(char, answer);
        exact = doubles_to_decimal(&request.results, XMLRPC_MEMBLOCK_CONTENTS(char, answer), len);
    }
    if (answer != NULL) XMLRPC_MEMBLOCK_FREE(char, answer);
    doubles_clean(&request.results);
    end_call(call_len);
    xmlrpc_env_clean(&env);
    return exact;
}
