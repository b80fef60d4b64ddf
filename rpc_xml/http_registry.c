/* http_registry.c - see http_registry.h. */
#include "http_registry.h"

#include "xml_text.h"

static xmlrpc_value *call_method(xmlrpc_env *env, xmlrpc_value *parameters, void *of_method, void *of_call)
{
    const struct http_method *method = of_method;
    struct http_call *call = of_call;
    xmlrpc_value *result = method->function(env, parameters, method->context, call);
    if (env->fault_occurred) return NULL;
    doubles_note(env, call->results, result);
    if (env->fault_occurred) xmlrpc_DECREF(result);
    return result;
}

void http_add_method(xmlrpc_env *env, xmlrpc_registry *registry, const struct http_method *method)
{
    struct xmlrpc_method_info3 info = {
        .methodName = method->name,
        .methodFunction = call_method,
        .serverInfo = (void *)method,
        .signatureString = method->signature,
        .help = method->help,
    };
    xmlrpc_registry_add_method3(env, registry, &info);
}

void registry_answer(xmlrpc_registry *registry, struct http_call *call, const char *xml, size_t len,
                     struct registry_answer *answer)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct doubles results = {0};
    call->results = &results;
    const char *refusal = xml_refusal(xml, len);
    char *marked = refusal == NULL ? doubles_mark(xml, &len) : NULL;
    *answer = (struct registry_answer){0};
    if (marked != NULL) {
        xmlrpc_registry_process_call2(&env, registry, marked, len, call, &answer->block);
    } else {
        xmlrpc_env fault;
        xmlrpc_env_init(&fault);
        xmlrpc_env_set_fault(&fault, XMLRPC_PARSE_ERROR, refusal != NULL ? refusal : "out of memory");
        answer->block = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
        xmlrpc_serialize_fault(&env, answer->block, &fault);
        xmlrpc_env_clean(&fault);
    }
    if (!env.fault_occurred) {
        answer->xml = XMLRPC_MEMBLOCK_CONTENTS(char, answer->block);
        answer->len = XMLRPC_MEMBLOCK_SIZE(char, answer->block);
        if ((answer->exact = doubles_put(&results, answer->xml, &answer->len)) != NULL) answer->xml = answer->exact;
    }
    free(marked);
    doubles_clean(&results);
    call->results = NULL;
    xmlrpc_env_clean(&env);
}

void registry_answer_free(struct registry_answer *answer)
{
    free(answer->exact);
    if (answer->block != NULL) XMLRPC_MEMBLOCK_FREE(char, answer->block);
}

/* Asks the registry one of its own questions, system.methodHelp(`name`). Returns a new value, NULL when it will not say. */
static xmlrpc_value *ask(xmlrpc_registry *registry, const char *question, const char *name)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    struct http_call call = {0};
    struct registry_answer answer;
    xmlrpc_value *parameters = xmlrpc_build_value(&env, name != NULL ? "(s)" : "()", name), *result = NULL;
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    xmlrpc_serialize_call(&env, xml, question, parameters);
    if (env.fault_occurred) errx(DEMO_FAILED, "%s: %s", question, env.fault_string); /* no memory */
    registry_answer(registry, &call, XMLRPC_MEMBLOCK_CONTENTS(char, xml), XMLRPC_MEMBLOCK_SIZE(char, xml), &answer);
    const char *fault = NULL;
    int code;
    if (answer.xml != NULL) xmlrpc_parse_response2(&env, answer.xml, answer.len, &result, &code, &fault);
    free((char *)fault);
    registry_answer_free(&answer);
    XMLRPC_MEMBLOCK_FREE(char, xml);
    xmlrpc_DECREF(parameters);
    xmlrpc_env_clean(&env);
    return result;
}

void registry_write_page(FILE *page, const char *about, xmlrpc_registry *registry)
{
    fprintf(page, "%s\n\nThis address takes XML-RPC: calls, sent with POST. Its methods are\n\n", about);
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *names = ask(registry, "system.listMethods", NULL);
    for (int i = 0, count = names != NULL ? xmlrpc_array_size(&env, names) : 0; i < count; i++) {
        xmlrpc_value *item;
        const char *name = NULL, *help = NULL;
        xmlrpc_array_read_item(&env, names, (unsigned)i, &item);
        xmlrpc_read_string(&env, item, &name);
        xmlrpc_value *text = ask(registry, "system.methodHelp", name);
        if (text != NULL) xmlrpc_read_string(&env, text, &help);
        fprintf(page, "%s\n    %s\n", name, help != NULL ? help : "");
        if (text != NULL) xmlrpc_DECREF(text);
        free((char *)help);
        free((char *)name);
        xmlrpc_DECREF(item);
    }
    if (names != NULL) xmlrpc_DECREF(names);
    xmlrpc_env_clean(&env);
}
