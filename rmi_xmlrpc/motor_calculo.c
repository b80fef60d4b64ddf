/* motor_calculo.c - the servant of the remote object motor_calculo: tasks by name, their parameters checked and bounded. */
#include "../common/demo.h"

#include "motor_calculo.h"
#include "notices.h"
#include "object_url.h"
#include "skeleton.h"
#include "task_memory.h"
#include "tasks.h"

#include <stdatomic.h>

enum { TASKS_MAX = 16 }; /* at once: each needs a processor */

static const struct rmi_error ok = {.failure = RMI_OK};
static atomic_bool stopping;

void motor_calculo_stop(void) { atomic_store(&stopping, true); }

/* A whole number from 0 to `most`. */
static struct rmi_error read_int(xmlrpc_value *parameter, int most, int *number)
{
    xmlrpc_env env;
    if (xmlrpc_value_type(parameter) != XMLRPC_TYPE_INT)
        return rmi_fault(FAULT_PARAMETERS, "expected an int, got %s", xmlrpc_type_name(xmlrpc_value_type(parameter)));
    xmlrpc_env_init(&env);
    xmlrpc_read_int(&env, parameter, number);
    xmlrpc_env_clean(&env);
    if (*number < 0) return rmi_fault(FAULT_PARAMETERS, "%d: expected a whole number from 0 to %d", *number, most);
    if (*number > most) return rmi_fault(FAULT_TOO_MUCH, "%d is too much: at most %d", *number, most);
    return ok;
}

/* Makes the result from a task's text, and frees the text. */
static struct rmi_error string_result(char *text, xmlrpc_value **result)
{
    xmlrpc_env env;
    if (text == NULL) return rmi_fault(XMLRPC_INTERNAL_ERROR, "out of memory");
    xmlrpc_env_init(&env);
    *result = xmlrpc_string_new(&env, text);
    struct rmi_error error = env.fault_occurred ? rmi_fault(env.fault_code, "%s", env.fault_string) : ok;
    xmlrpc_env_clean(&env);
    free(text);
    return error;
}

/* Who waits for a task. */
struct client {
    const struct rpc_caller *caller;
    struct notices *notices; /* NULL: it wants none */
};

static struct rmi_error abandoned(void)
{
    return rmi_fault(FAULT_BUSY, "not calculated: the caller has left, or has closed its half of the connection");
}

/* A task_progress. */
static bool report_progress(void *context, int done, int total)
{
    const struct client *client = context;
    if (client->notices != NULL) notices_put(client->notices, done, total);
    return !rpc_caller_left(client->caller); /* no one waits for the rest */
}

static struct rmi_error pi(xmlrpc_value *parameter, struct client *client, xmlrpc_value **result)
{
    int digits = 0;
    struct rmi_error error = read_int(parameter, TASK_PI_MAX, &digits);
    if (error.failure != RMI_OK) return error;
    char *text = task_pi(digits, report_progress, client);
    return text == NULL && rpc_caller_left(client->caller) ? abandoned() : string_result(text, result);
}

static struct rmi_error fibonacci(xmlrpc_value *parameter, struct client *client, xmlrpc_value **result)
{
    int n = 0;
    (void)client; /* it takes milliseconds: no progress to report */
    struct rmi_error error = read_int(parameter, TASK_FIBONACCI_MAX, &n);
    if (error.failure != RMI_OK) return error;
    return string_result(task_fibonacci(n), result);
}

/* `parameter` is an int, or a string of digits for numbers above the range of an int. */
static struct rmi_error primo(xmlrpc_value *parameter, struct client *client, xmlrpc_value **result)
{
    xmlrpc_env env;
    (void)client;
    xmlrpc_env_init(&env);
    char *text = NULL;
    int number = 0;
    bool prime = false, right = true;
    struct rmi_error error = ok;
    if (xmlrpc_value_type(parameter) == XMLRPC_TYPE_INT) {
        char digits[16];
        xmlrpc_read_int(&env, parameter, &number);
        snprintf(digits, sizeof digits, "%d", number > 0 ? number : 0); /* primes are positive */
        right = task_prime(digits, &prime);
    } else if (xmlrpc_value_type(parameter) == XMLRPC_TYPE_STRING) {
        xmlrpc_read_string(&env, parameter, (const char **)&text);
        right = text != NULL && task_prime(text, &prime);
    } else {
        error = rmi_fault(FAULT_PARAMETERS, "expected an int or a string of digits, got %s",
                          xmlrpc_type_name(xmlrpc_value_type(parameter)));
    }
    if (!right)
        error = rmi_fault(text != NULL && strspn(text, "0123456789") == strlen(text) && *text ? FAULT_TOO_MUCH
                                                                                              : FAULT_PARAMETERS,
                          "expected a whole number from 0 to 18446744073709551615");
    if (error.failure == RMI_OK) *result = xmlrpc_bool_new(&env, prime);
    free(text);
    xmlrpc_env_clean(&env);
    return error;
}

static const struct task {
    const char *name, *parameters;
    struct rmi_error (*run)(xmlrpc_value *parameter, struct client *client, xmlrpc_value **result);
} tasks[] = {{"pi", "[digits]", pi}, {"primo", "[n]", primo}, {"fibonacci", "[n]", fibonacci}};

/* One of TASKS_MAX, with the memory that it can need. */
static struct rmi_error run_bounded(const struct task *task, xmlrpc_value *parameter, struct client *client,
                                    xmlrpc_value **result)
{
    static atomic_int running;
    struct rmi_error error = rmi_fault(FAULT_BUSY, "%d tasks are running already: try again later", TASKS_MAX);
    if (atomic_fetch_add(&running, 1) < TASKS_MAX) {
        const bool taken = task_memory_take();
        error = taken ? task->run(parameter, client, result)
                      : rmi_fault(FAULT_BUSY, "there is no memory for another task: try again later");
        if (taken) task_memory_give_back();
    }
    atomic_fetch_sub(&running, 1);
    return error;
}

static struct rmi_error run_task(const struct task *task, xmlrpc_value *parameters, struct client *client,
                                 xmlrpc_value **result)
{
    xmlrpc_env env;
    xmlrpc_value *parameter;
    xmlrpc_env_init(&env);
    int count = xmlrpc_array_size(&env, parameters);
    if (count != 1)
        return rmi_fault(FAULT_PARAMETERS, "%s takes 1 parameter, %s, not %d", task->name, task->parameters, count);
    if (atomic_load(&stopping)) return rmi_fault(FAULT_BUSY, "this server is ending: look the object up again");
    if (rpc_caller_left(client->caller)) return abandoned(); /* one request may ask for many tasks */
    xmlrpc_array_read_item(&env, parameters, 0, &parameter);
    struct rmi_error error = run_bounded(task, parameter, client, result);
    xmlrpc_DECREF(parameter);
    xmlrpc_env_clean(&env);
    return error;
}

static const struct task *find_task(const char *name)
{
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].name, name) == 0) return &tasks[i];
    return NULL;
}

static struct rmi_error motor_calculo_ejecutar_tarea_servant(const struct rpc_caller *caller, const char *nombre,
                                                             xmlrpc_value *parametros, xmlrpc_value **result)
{
    struct client client = {.caller = caller};
    const struct task *task = find_task(nombre);
    if (task == NULL) return rmi_fault(FAULT_TASK, "unknown task \"%.60s\": there are pi, primo, fibonacci", nombre);
    return run_task(task, parametros, &client, result);
}

/* The caller gives the URL that this server calls. It must be on the caller's own host: otherwise any client could make this
 * server send requests to other machines. */
static struct rmi_error motor_calculo_ejecutar_tarea_con_avisos_servant(const struct rpc_caller *caller,
                                                                        const char *nombre, xmlrpc_value *parametros,
                                                                        const char *url_avisos, xmlrpc_value **result)
{
    struct object_url url;
    const struct task *task = find_task(nombre);
    if (task == NULL) return rmi_fault(FAULT_TASK, "unknown task \"%.60s\": there are pi, primo, fibonacci", nombre);
    if (!object_url_parse(url_avisos, &url))
        return rmi_fault(FAULT_CALLBACK, "url_avisos: %.80s: an object's URL looks like http://HOST:PORT/NAME",
                         url_avisos);
    if (!object_url_is_at(&url, caller->address))
        return rmi_fault(
            FAULT_CALLBACK,
            "url_avisos: %s is not where you call from, %s (export your object at an address of yours that "
            "this server can reach: rmi_client -l)",
            url_avisos, caller->client);
    struct notices *notices = notices_open(url_avisos, nombre);
    if (notices == NULL) return rmi_fault(FAULT_BUSY, "too many listeners are being served: try again later");
    struct client client = {.caller = caller, .notices = notices};
    struct rmi_error error = run_task(task, parametros, &client, result);
    notices_close(notices);
    return error;
}

RMI_SKELETONS(motor_calculo, MOTOR_CALCULO)
