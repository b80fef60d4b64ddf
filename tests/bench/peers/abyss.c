/* link: -lxmlrpc_server_abyss -lxmlrpc_server -lxmlrpc_abyss -lxmlrpc -lxmlrpc_util */
/* abyss PORT - convertir behind xmlrpc-c's own web server, Abyss, tuned: in its defaults it closes a connection after 30
 * requests, and with more than 15 clients the next ones wait for seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xmlrpc-c/abyss.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/server.h>
#include <xmlrpc-c/server_abyss.h>

static xmlrpc_value *convertir(xmlrpc_env *env, xmlrpc_value *parameters, void *context, void *call)
{
    (void)context, (void)call;
    double value;
    const char *from, *to;
    xmlrpc_decompose_value(env, parameters, "(dss)", &value, &from, &to);
    if (env->fault_occurred) return NULL;
    int known = strcmp(from, "km") == 0 && strcmp(to, "mi") == 0;
    free((char *)from);
    free((char *)to);
    if (!known) xmlrpc_env_set_fault(env, 1, "only from km to mi");
    return known ? xmlrpc_double_new(env, value / 1.609344) : NULL;
}

int main(int argc, char **argv)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_server_abyss_global_init(&env);
    xmlrpc_registry *registry = xmlrpc_registry_new(&env);
    const struct xmlrpc_method_info3 method = {
        .methodName = "convertir", .methodFunction = convertir, .signatureString = "d:dss"};
    xmlrpc_registry_add_method3(&env, registry, &method);
    xmlrpc_server_abyss_parms parms = {.registryP = registry,
                                       .port_number = argc > 1 ? (unsigned)atoi(argv[1]) : 0,
                                       .keepalive_timeout = 60,
                                       .keepalive_max_conn = 1000000000,
                                       .timeout = 60,
                                       .uri_path = "/RPC2",
                                       .max_conn = 1000,
                                       .max_conn_backlog = 1000};
    xmlrpc_server_abyss_t *server;
    xmlrpc_server_abyss_create(&env, &parms, XMLRPC_APSIZE(max_conn_backlog), &server);
    if (env.fault_occurred) {
        fprintf(stderr, "abyss: %s\n", env.fault_string);
        return 1;
    }
    printf("listening on 0.0.0.0:%u\n", parms.port_number);
    fflush(stdout);
    xmlrpc_server_abyss_run_server(&env, server);
    return 1;
}
