/* skeleton.c - the line that a server prints about each call of its objects. */
#include "../common/demo.h"

#include "skeleton.h"

enum { SHOWN_MAX = 64 }; /* bytes of a string, items of an array */

bool skeleton_quiet;

void skeleton_print_call(const struct rpc_caller *caller, const char *method, const xmlrpc_env *env,
                         xmlrpc_value *arguments, xmlrpc_value *result)
{
    if (skeleton_quiet) return;
    flockfile(stdout); /* other threads print other calls */
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
