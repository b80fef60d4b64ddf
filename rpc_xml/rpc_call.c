/* rpc_call.c - what every stub does with a call: marshal it, send it, receive the answer, unmarshal that. xmlrpc-c writes and
 * reads the XML, and the directory http/ carries it. xmlrpc-c has a client too, but it does not tell what went over the wire,
 * and it tells only in words where a call failed. */
#include "../common/demo.h"

#include "exact_double.h"
#include "rpc_call.h"
#include "rpc_failure.h"
#include "rpc_proto.h"
#include "xml_text.h"

struct rpc_server {
    struct http_client *http;
    char *url;
    int timeout_ms;
};

/* Marshals: the method's name and the parameters become XML. For the caller to free; NULL, and a fault, when they cannot. */
static char *marshal_call(xmlrpc_env *env, const char *method, xmlrpc_value *parameters, size_t *len)
{
    struct doubles doubles = {0};
    char *exact = NULL;
    xmlrpc_mem_block *xml = XMLRPC_MEMBLOCK_NEW(char, env, 0);
    if (!env->fault_occurred) doubles_note(env, &doubles, parameters);
    if (!env->fault_occurred) xmlrpc_serialize_call(env, xml, method, parameters);
    if (!env->fault_occurred) {
        *len = XMLRPC_MEMBLOCK_SIZE(char, xml);
        exact = doubles_to_decimal(&doubles, XMLRPC_MEMBLOCK_CONTENTS(char, xml), len);
        if (exact == NULL) xmlrpc_env_set_fault(env, XMLRPC_INTERNAL_ERROR, "out of memory");
    }
    if (xml != NULL) XMLRPC_MEMBLOCK_FREE(char, xml);
    doubles_clean(&doubles);
    return exact;
}

/* Unmarshals: the XML of the answer becomes a value, or a fault. */
static struct rpc_outcome unmarshal_answer(const char *url, const char *xml, size_t len)
{
    struct rpc_outcome outcome = {.problem = RPC_DONE};
    const char *fault = NULL, *refusal = xml_refusal(xml, len);
    if (refusal != NULL)
        return rpc_failed(RPC_NOT_XML_RPC, 0, "%s: the server's answer is refused: %s", url, refusal);
    char *hex = doubles_to_hex(xml, &len);
    if (hex == NULL) return rpc_failed(RPC_HERE, 0, "out of memory");
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_parse_response2(&env, hex, len, &outcome.result, &outcome.code, &fault);
    if (env.fault_occurred)
        outcome = rpc_failed(RPC_NOT_XML_RPC, 0, "%s: the server answered, but not with XML-RPC: %.300s", url,
                             env.fault_string);
    else if (fault != NULL)
        outcome = rpc_failed(RPC_FAULT, outcome.code, "the procedure failed at the server: fault %d: %.500s",
                             outcome.code, fault);
    free((char *)fault);
    free(hex);
    xmlrpc_env_clean(&env);
    return outcome;
}

/* The call, from values to a value: marshal, send, receive, unmarshal. The stub of one procedure has typed parameters. */
struct rpc_outcome rpc_call(struct rpc_server *server, const char *method, xmlrpc_value *parameters)
{
    static const char *const fields[] = {"Content-Type: text/xml", NULL};
    struct http_exchange exchange = {.method = "POST", .fields = fields};
    struct rpc_outcome outcome;
    xmlrpc_env env;
    xmlrpc_env_init(&env);

    char *xml = marshal_call(&env, method, parameters, &exchange.body_len);
    if (env.fault_occurred) {
        outcome = rpc_failed(RPC_HERE, 0, "%s: not sent: %.300s", method, env.fault_string);
    } else {
        exchange.body = xml;
        http_client_exchange(server->http, &exchange); /* send, and wait for the answer */
        if (exchange.problem == HTTP_DONE && exchange.status == 200)
            outcome = unmarshal_answer(server->url, exchange.answer, exchange.answer_len);
        else outcome = rpc_no_answer(server->url, server->timeout_ms, &exchange);
    }
    free(xml);
    xmlrpc_env_clean(&env);
    return outcome;
}

void rpc_begin(void)
{
    http_client_begin();
    xmlrpc_limit_set(XMLRPC_XML_SIZE_LIMIT_ID, doubles_hex_size(RPC_MESSAGE_MAX)); /* its own limit is 512 KiB */
}

void rpc_end(void) { http_client_end(); }

struct rpc_server *rpc_open(const char *program, const char *url, int timeout_ms, bool wire)
{
    char user_agent[64];
    snprintf(user_agent, sizeof user_agent, "%s/" DEMO_VERSION, program);
    struct rpc_server *server = calloc(1, sizeof *server);
    if (server == NULL || (server->url = strdup(url)) == NULL) err(DEMO_FAILED, "a new client");
    server->timeout_ms = timeout_ms;
    server->http = http_client_open(&(struct http_client_options){
        .url = url,
        .user_agent = user_agent,
        .timeout_ms = timeout_ms,
        .body_max = RPC_MESSAGE_MAX,
        .show_body = wire ? xml_put_indented : NULL,
    });
    if (server->http != NULL) return server;
    free(server->url);
    free(server);
    return NULL;
}

void rpc_close(struct rpc_server *server)
{
    http_client_close(server->http);
    free(server->url);
    free(server);
}
