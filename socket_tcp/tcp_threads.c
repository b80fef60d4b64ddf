/* tcp_threads.c - a thread for each client of tcp_server: starts threads as clients come, keeps
 * some for the next clients, bounds their number and memory, and ends them all. */
#include "tcp_threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

enum {
    MANY_CLIENTS = 10000,  /* how many clients the server wants to hold */
    OWN_DESCRIPTORS = 16,  /* standard streams, listener, stop pipe, and what a sanitizer or debugger opens */
    STACK_BYTES = 1 << 18, /* of a thread: one piece and room to print; untouched pages cost no memory */
    WAITING_THREADS = 64,  /* at most, kept for the next clients: a new thread costs more than a short conversation */
    ACCEPT_PAUSE_MS = 100, /* before the next accept(2) after one that found no room */
};

static struct { /* shared by all threads, under `lock` */
    pthread_mutex_t lock;
    pthread_cond_t one_left;
    void *(*accept_loop)(void *);
    size_t waiting;  /* threads in accept(2) */
    bool said_short; /* that a thread could not be started was reported */
    struct connection *first;
    struct threads_totals total;
    atomic_bool ending; /* also read without the lock */
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .one_left = PTHREAD_COND_INITIALIZER};

void threads_raise_limit(void)
{
    const rlim_t wanted = MANY_CLIENTS + OWN_DESCRIPTORS;
    struct rlimit limit, more = {.rlim_cur = wanted, .rlim_max = wanted};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "getrlimit");
    if (limit.rlim_max < wanted && setrlimit(RLIMIT_NOFILE, &more) == 0) return; /* root may raise the hard limit */
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) err(DEMO_FAILED, "setrlimit");
    if (limit.rlim_cur >= wanted) return;
    const unsigned long long files = limit.rlim_cur, clients = files > OWN_DESCRIPTORS ? files - OWN_DESCRIPTORS : 0;
    if (clients == 0)
        warnx("holds few clients or none: this shell's limit is %llu open files (the administrator can raise it: "
              "ulimit -Hn)",
              files);
    else
        warnx(
            "holds at most %llu clients: that is this shell's file limit (the administrator can raise it: ulimit -Hn)",
            clients);
}

/* Starts a thread that waits in accept(2). Returns 0, else the errno of pthread_create(3). The lock
 * is held. */
static int start_thread(void)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_BLOCK, &signals, &before); /* the new thread inherits this */
    int problem = pthread_create(&thread, &small, all.accept_loop, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&small);
    all.waiting += problem == 0;
    return problem;
}

/* The same when no thread waits in accept(2). Without one, the next clients wait in the kernel's
 * queue. The lock is held. */
static void keep_one_waiting(void)
{
    if (all.waiting > 0 || all.ending) return;
    int problem = start_thread();
    if (problem != 0 && !all.said_short)
        warnx("no thread for one more client: %s: others wait (more at once: ulimit -u)", strerror(problem));
    all.said_short |= problem != 0;
}

void start_first_thread(void *(*accept_loop)(void *))
{
    pthread_mutex_lock(&all.lock); /* until begin_serving() */
    all.accept_loop = accept_loop;
    int problem = start_thread();
    if (problem != 0) errx(DEMO_FAILED, "no thread for the first client: %s (ulimit -u)", strerror(problem));
}

void begin_serving(void) { pthread_mutex_unlock(&all.lock); }

void start_missing_thread(void)
{
    pthread_mutex_lock(&all.lock);
    keep_one_waiting();
    pthread_mutex_unlock(&all.lock);
}

void pause_after_failed_accept(int error)
{
    static atomic_bool said;
    if (error == ECONNABORTED) return; /* that client left before it was accepted */
    if (!atomic_exchange(&said, true)) /* EMFILE, mostly */
        warnx("accept: %s: others wait until a client leaves (more at once: ulimit -n)", strerror(error));
    poll(NULL, 0, ACCEPT_PAUSE_MS);
}

void connection_opened(struct connection *c)
{
    pthread_mutex_lock(&all.lock);
    all.waiting--;
    keep_one_waiting();
    if (all.ending) shutdown(c->fd, SHUT_RD); /* threads_end() did not see this connection */
    c->link = &all.first;
    if ((c->next = all.first) != NULL) c->next->link = &c->next;
    all.first = c;
    all.total.clients++;
    pthread_mutex_unlock(&all.lock);
}

/* The connection leaves the list before it is closed: threads_end() must not shut down a descriptor
 * that was closed and that another file may have by then. */
bool connection_done(struct connection *c)
{
    pthread_mutex_lock(&all.lock);
    if ((*c->link = c->next) != NULL) c->next->link = c->link;
    all.total.received += c->received;
    if (all.ending) all.total.undelivered += c->undelivered; /* before that, the client refused them */
    bool stay = all.waiting < WAITING_THREADS && !all.ending;
    all.waiting += stay;
    pthread_cond_signal(&all.one_left);
    pthread_mutex_unlock(&all.lock);
    return stay;
}

bool threads_ending(void) { return all.ending; }

struct threads_totals threads_end(int listener)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += THREADS_LINGER_SECONDS;
    pthread_mutex_lock(&all.lock);
    all.ending = true;
    shutdown(listener, SHUT_RD); /* ends every accept(2): Linux does, POSIX does not promise it */
    for (struct connection *c = all.first; c != NULL; c = c->next) shutdown(c->fd, SHUT_RD);
    while (all.first != NULL && pthread_cond_timedwait(&all.one_left, &all.lock, &until) == 0) continue;
    for (struct connection *c = all.first; c != NULL; c = c->next) shutdown(c->fd, SHUT_RDWR);
    while (all.first != NULL) pthread_cond_wait(&all.one_left, &all.lock);
    struct threads_totals total = all.total;
    pthread_mutex_unlock(&all.lock);
    return total;
}
