/* tcp_threads.c - see tcp_threads.h. */
#include "tcp_threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum {
    MANY_CLIENTS = 10000,  /* the least that the server wants to hold */
    OWN_DESCRIPTORS = 16,  /* standard streams, listener, stop pipe, and what a sanitizer or debugger opens */
    STACK_BYTES = 1 << 18, /* of a thread: its piece and room to print; untouched pages cost nothing */
    WAITING_THREADS = 64,  /* kept for the next clients: making a thread for each costs more than its greeting */
};

static struct { /* shared by all threads, under `lock` */
    pthread_mutex_t lock;
    pthread_cond_t one_ended;
    void *(*serve)(void *); /* what each of them runs */
    size_t waiting;         /* threads in accept(2) */
    struct conversation *first;
    struct threads_totals total;
    atomic_bool ending; /* we were asked to stop */
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .one_ended = PTHREAD_COND_INITIALIZER};

void threads_raise_limit(void)
{
    const rlim_t wanted = MANY_CLIENTS + OWN_DESCRIPTORS;
    struct rlimit limit, more = {.rlim_cur = wanted, .rlim_max = wanted};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "getrlimit");
    if (limit.rlim_max < wanted && setrlimit(RLIMIT_NOFILE, &more) == 0) return; /* root may */
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "setrlimit");
    if (limit.rlim_cur >= wanted) return;
    warnx("holds at most %llu clients: that is this shell's file limit (the administrator can raise it: ulimit -Hn)",
          (unsigned long long)limit.rlim_cur - OWN_DESCRIPTORS);
}

/* A new thread of those that wait in accept(2). Without room for one more, who comes next waits in the kernel's queue. */
static void start_thread(void)
{
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    all.waiting++;
    int problem = pthread_create(&thread, &small, all.serve, NULL);
    if (problem != 0) {
        all.waiting--;
        warnx("no thread for one more client: %s (more at once: ulimit -u)", strerror(problem));
    }
    pthread_attr_destroy(&small);
}

void threads_enter(struct conversation *c)
{
    pthread_mutex_lock(&all.lock);
    if (--all.waiting == 0 && !all.ending) start_thread();
    if (all.ending) shutdown(c->fd, SHUT_RD); /* it came at the last moment */
    c->link = &all.first;
    if ((c->next = all.first) != NULL) c->next->link = &c->next;
    all.first = c;
    all.total.clients++;
    pthread_mutex_unlock(&all.lock);
}

/* The lock is held while we close, so that threads_end() does not meet a descriptor that is somebody else's by then. */
bool threads_leave(struct conversation *c)
{
    pthread_mutex_lock(&all.lock);
    close(c->fd);
    if ((*c->link = c->next) != NULL) c->next->link = c->link;
    all.total.received += c->received;
    if (all.ending) all.total.undelivered += c->undelivered; /* before that, it was the peer who would not have it */
    bool stay = all.waiting < WAITING_THREADS && !all.ending;
    all.waiting += stay;
    if (ferror(stdout) && write(demo_stop_pipe[1], "", 1) < 0) _exit(DEMO_FAILED); /* main() looks up */
    pthread_cond_signal(&all.one_ended);
    pthread_mutex_unlock(&all.lock);
    return stay;
}

bool threads_ending(void) { return all.ending; }

void threads_start(void *(*serve)(void *))
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &before); /* every thread inherits this from the one that starts it */
    pthread_mutex_lock(&all.lock);
    all.serve = serve;
    start_thread();
    pthread_mutex_unlock(&all.lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct threads_totals threads_end(int listener)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += THREADS_LINGER_SECONDS;
    pthread_mutex_lock(&all.lock);
    all.ending = true;
    shutdown(listener, SHUT_RD); /* ends every accept(2) */
    for (struct conversation *c = all.first; c != NULL; c = c->next) shutdown(c->fd, SHUT_RD);
    while (all.first != NULL && pthread_cond_timedwait(&all.one_ended, &all.lock, &until) == 0) continue;
    for (struct conversation *c = all.first; c != NULL; c = c->next) shutdown(c->fd, SHUT_RDWR);
    while (all.first != NULL) pthread_cond_wait(&all.one_ended, &all.lock);
    struct threads_totals total = all.total;
    pthread_mutex_unlock(&all.lock);
    return total;
}
