/* skeleton.c - see skeleton.h. */
#include "skeleton.h"

#include "../rpc_xml/value_text.h"

enum { SHOWN_MAX = 64 }; /* of a string or an array, in a line about a call */

bool skeleton_quiet;

xmlrpc_registry *skeleton_registry(const struct http_method *methods)
{
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    xmlrpc_registry *registry = xmlrpc_registry_new(&env);
    for (; !env.fault_occurred && methods->name != NULL; methods++) http_add_method(&env, registry, methods);
    if (env.fault_occurred) errx(DEMO_FAILED, "methods: %s", env.fault_string);
    xmlrpc_env_clean(&env);
    return registry;
}

void skeleton_tell(const struct http_call *caller, const char *method, const xmlrpc_env *env, xmlrpc_value *arguments,
                   xmlrpc_value *result)
{
    if (skeleton_quiet) return;
    flockfile(stdout); /* other calls are being told at the same time */
    printf("%s %s", caller->client, method);
    value_put_arguments(stdout, arguments, SHOWN_MAX);
    if (env->fault_occurred) {
        printf(": fault %d: ", env->fault_code);
        demo_put_text(stdout, env->fault_string, strlen(env->fault_string), "");
    } else {
        fputs(" = ", stdout);
        value_put(stdout, result, SHOWN_MAX);
    }
    putchar('\n');
    funlockfile(stdout);
}
