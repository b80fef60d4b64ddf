/* rpc_measure.c - measures calls: N round trips by C threads, each with a connection, and one line of figures. */
#include "../common/measure.h"

#include "rpc_call.h"
#include "rpc_measure.h"

#include <pthread.h>

struct client {
    pthread_t thread;
    struct rpc_server *server;
    size_t share; /* of the calls */
    struct measure measure;
};

/* One call: a number of kilometres in metres, which is checked. Only rpc_call() is timed, so there is no stub around it.
 * False ends the client. */
static bool round_trip(struct client *c, xmlrpc_env *env)
{
    const double kilometres = (double)c->measure.sent;
    double metres = -1;
    xmlrpc_value *parameters = xmlrpc_build_value(env, "(dss)", kilometres, "km", "m");
    if (env->fault_occurred) return false;
    int64_t start = demo_now_ns();
    c->measure.sent++;
    struct rpc_outcome outcome = rpc_call(c->server, "convertir", parameters);
    int64_t rtt = demo_now_ns() - start;
    xmlrpc_DECREF(parameters);
    if (outcome.problem == RPC_STOPPED) {
        c->measure.sent--; /* a call that the user stopped is not lost */
        return false;
    }
    if (outcome.problem != RPC_DONE) {
        char before[40];
        snprintf(before, sizeof before, "call %zu: ", c->measure.sent);
        demo_warn_text(before, outcome.text, strlen(outcome.text), "");
        return false;
    }
    xmlrpc_read_double(env, outcome.result, &metres);
    xmlrpc_DECREF(outcome.result);
    if (env->fault_occurred || metres != kilometres * 1000) {
        warnx("call %zu: %g km came back as %g m", c->measure.sent, kilometres, metres);
        return false;
    }
    measure_reply(&c->measure, rtt);
    return true;
}

static void *run_client(void *argument)
{
    struct client *c = argument;
    xmlrpc_env env;
    xmlrpc_env_init(&env);
    while (c->measure.sent < c->share && round_trip(c, &env)) continue;
    xmlrpc_env_clean(&env);
    return NULL;
}

int rpc_measure(const char *url, int timeout_ms, size_t count, size_t clients)
{
    struct measure all;
    struct client *client = calloc(clients, sizeof *client);
    if (client == NULL) err(DEMO_FAILED, "%zu clients", clients);
    sigset_t stop, before; /* the signals to stop are for the main thread */
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);

    measure_begin(&all, count);
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    for (size_t i = 0; i < clients; i++) {
        client[i].share = count / clients + (i < count % clients);
        client[i].server = rpc_open("rpc_client", url, timeout_ms, false);
        measure_begin(&client[i].measure, client[i].share);
        int problem = pthread_create(&client[i].thread, NULL, run_client, &client[i]);
        if (problem != 0) errx(DEMO_FAILED, "client %zu: %s", i + 1, strerror(problem));
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (size_t i = 0; i < clients; i++) {
        pthread_join(client[i].thread, NULL);
        rpc_close(client[i].server);
        all.sent += client[i].measure.sent;
        for (size_t n = 0; n < client[i].measure.received; n++) measure_reply(&all, client[i].measure.rtt_ns[n]);
        free(client[i].measure.rtt_ns);
    }
    free(client);
    return measure_end(&all);
}
