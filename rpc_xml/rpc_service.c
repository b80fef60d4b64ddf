/* rpc_service.c - between HTTP and a registry: which requests are calls, and the answers to those that are not. */
#include "../common/demo.h"

#include "rpc_service.h"

/* Calls one of the registry's own procedures, system.methodHelp(`name`), as a client would. A new value; NULL for a fault. */
static xmlrpc_value *ask_registry(xmlrpc_registry *registry, const char *question, const char *name)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *parameters = xmlrpc_build_value(&env, name != NULL ? "(s)" : "()", name), *result = NULL;
    xmlrpc_mem_block *call = XMLRPC_MEMBLOCK_NEW(char, &env, 0);
    xmlrpc_serialize_call(&env, call, question, parameters);
    if (env.fault_occurred) errx(DEMO_FAILED, "%s: %s", question, env.fault_string); /* no memory */
    size_t len = XMLRPC_MEMBLOCK_SIZE(char, call);
    char *answer = rpc_registry_call(registry, NULL, XMLRPC_MEMBLOCK_CONTENTS(char, call), &len);
    const char *fault = NULL;
    int code;
    if (answer != NULL) xmlrpc_parse_response2(&env, answer, len, &result, &code, &fault);
    free((char *)fault);
    free(answer);
    XMLRPC_MEMBLOCK_FREE(char, call);
    xmlrpc_DECREF(parameters);
    xmlrpc_env_clean(&env);
    return result;
}

static void write_page(FILE *page, const char *about, xmlrpc_registry *registry)
{
    fprintf(page, "%s\n\nThis address takes XML-RPC: calls, sent with POST. Its methods are\n\n", about);
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_value *names = ask_registry(registry, "system.listMethods", NULL);
    for (int i = 0, count = names != NULL ? xmlrpc_array_size(&env, names) : 0; i < count; i++) {
        xmlrpc_value *item;
        const char *name = NULL, *help = NULL;
        xmlrpc_array_read_item(&env, names, (unsigned)i, &item);
        xmlrpc_read_string(&env, item, &name);
        xmlrpc_value *text = ask_registry(registry, "system.methodHelp", name);
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

static void answer_page(const char *about, xmlrpc_registry *registry, struct http_response *response)
{
    FILE *page = open_memstream(&response->body, &response->body_len);
    if (page == NULL) {
        http_response_refuse(response, 500, "out of memory");
        return;
    }
    write_page(page, about, registry);
    fclose(page);
    response->type = "text/plain; charset=utf-8";
}

struct rpc_caller rpc_caller_of(const struct http_request *request)
{
    return (struct rpc_caller){.client = request->client, .address = request->address, .request = request};
}

bool rpc_caller_left(const struct rpc_caller *caller) { return http_request_client_left(caller->request); }

bool rpc_answer_if_no_call(const char *about, xmlrpc_registry *registry, const struct http_request *request,
                           struct http_response *response)
{
    if (registry == NULL) {
        http_response_refuse(response, 404, "there is nothing to call at this path");
    } else if (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0) {
        answer_page(about, registry, response);
    } else if (strcmp(request->method, "POST") != 0) {
        http_response_header(response, "Allow", "GET, HEAD, POST");
        http_response_refuse(response, 405, "XML-RPC calls are sent with POST");
    } else if (http_request_header(request, "Content-Length") == NULL &&
               http_request_header(request, "Transfer-Encoding") == NULL) {
        http_response_refuse(response, 411, "a call says how long it is: Content-Length is missing");
    } else {
        return false;
    }
    return true;
}

void rpc_send_answer(struct http_response *response, char *xml, size_t len)
{
    response->body = xml;
    response->body_len = len;
    response->type = "text/xml; charset=utf-8";
    if (xml == NULL) http_response_refuse(response, 500, "the answer cannot be written");
}

void rpc_serve(void *context, const struct http_request *request, struct http_response *response)
{
    const struct rpc_service *service = context;
    const struct rpc_caller caller = rpc_caller_of(request);
    xmlrpc_registry *registry = service->route(service->context, request->path);
    if (rpc_answer_if_no_call(service->about, registry, request, response)) return;
    size_t len = request->body_len;
    char *answer = rpc_registry_call(registry, &caller, request->body, &len);
    rpc_send_answer(response, answer, len);
}
