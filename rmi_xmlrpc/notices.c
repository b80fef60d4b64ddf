/* notices.c - a queue and a thread for each listener: the task puts notices into the queue, the thread makes the calls. */
#include "../common/demo.h"

#include "notices.h"
#include "stubs.h"

#include <pthread.h>

enum {
    QUEUE = 4,          /* notices that wait for a listener */
    LISTENERS_MAX = 64, /* threads */
    DELIVERY_MS = 2000, /* a listener that takes longer gets no more calls */
};

struct notices {
    struct rmi_reference listener; /* used by the thread only */
    char *task;
    struct {
        int done, total;
    } queue[QUEUE]; /* the oldest at `first` */
    size_t first, count;
    bool closed;            /* the task is done */
    pthread_cond_t changed; /* a notice was put, or the queue was closed */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all queues and of the variables below */
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;  /* a listener's thread ended */
static size_t listeners;
static unsigned long all_delivered, all_dropped;

/* The thread of one listener. It owns `notices`, and frees it. */
static void *call_listener(void *argument)
{
    struct notices *n = argument;
    bool alive = true;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (n->count == 0 && !n->closed) pthread_cond_wait(&n->changed, &lock);
        if (n->closed) break;
        const int done = n->queue[n->first].done, total = n->queue[n->first].total;
        n->first = (n->first + 1) % QUEUE;
        n->count--;
        if (alive) {
            bool understood;
            pthread_mutex_unlock(&lock);
            struct rmi_error error = avisos_progreso(&n->listener, n->task, done, total, &understood);
            alive = error.failure == RMI_OK;
            pthread_mutex_lock(&lock);
        }
        if (alive) all_delivered++;
        else all_dropped++;
    }
    all_dropped += n->count;
    listeners--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&n->changed);
    free(n->task);
    free(n);
    return NULL;
}

struct notices *notices_open(const char *url, const char *task)
{
    pthread_t thread;
    struct notices *n = calloc(1, sizeof *n);
    if (n == NULL || (n->task = strdup(task)) == NULL) err(DEMO_FAILED, "a new listener");
    n->listener = (struct rmi_reference){.name = "avisos", .timeout_ms = DELIVERY_MS};
    snprintf(n->listener.url, sizeof n->listener.url, "%s", url);
    pthread_cond_init(&n->changed, NULL);
    pthread_mutex_lock(&lock);
    bool started = listeners < LISTENERS_MAX && pthread_create(&thread, NULL, call_listener, n) == 0;
    if (started) listeners++;
    pthread_mutex_unlock(&lock);
    if (started) {
        pthread_detach(thread);
        return n;
    }
    pthread_cond_destroy(&n->changed);
    free(n->task);
    free(n);
    return NULL;
}

void notices_put(struct notices *n, int done, int total)
{
    pthread_mutex_lock(&lock);
    if (n->count == QUEUE) { /* drop the oldest notice: the newest one tells where the task is */
        n->first = (n->first + 1) % QUEUE;
        n->count--;
        all_dropped++;
    }
    n->queue[(n->first + n->count) % QUEUE].done = done;
    n->queue[(n->first + n->count) % QUEUE].total = total;
    n->count++;
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&lock);
}

void notices_close(struct notices *n)
{
    pthread_mutex_lock(&lock);
    n->closed = true;
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&lock);
}

void notices_finish(unsigned long *delivered, unsigned long *dropped)
{
    pthread_mutex_lock(&lock);
    while (listeners > 0) pthread_cond_wait(&ended, &lock);
    *delivered = all_delivered;
    *dropped = all_dropped;
    pthread_mutex_unlock(&lock);
}
