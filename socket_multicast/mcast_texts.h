/* mcast_texts.h - what mcast_sender sends: lines of standard input, or the time of each second. */
#ifndef MCAST_TEXTS_H
#define MCAST_TEXTS_H
#include "../common/demo.h"

struct mcast_texts {
    bool clock;   /* the time at the beginning of each second */
    size_t count; /* how many texts there are; 0: no limit */
    size_t given; /* texts handed out so far */
    char *line;   /* getline(3)'s, */
    size_t room;  /* and its size in bytes */
    char time[sizeof "2026-01-01T00:00:00Z"];
};

/* The next line of standard input. getline(3) may block here, because there is no socket to read; a signal ends it. */
static inline const char *mcast_next_line(struct mcast_texts *t, size_t *len)
{
    /* fds[1] belongs to demo_wait(): the stop signal */
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    ssize_t n = demo_wait(fds, 1, -1) > 0 ? getline(&t->line, &t->room, stdin) : -1;
    if (n < 0) return NULL;
    *len = (size_t)n - (n > 0 && t->line[n - 1] == '\n');
    return t->line;
}

/* The time, in UTC (ISO 8601): the first one at once, then one at the beginning of each second. */
static inline const char *mcast_next_time(struct mcast_texts *t, size_t *len)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t->given > 1) {
        if (demo_wait((struct pollfd[1]){0}, 0, 1000 - (int)(now.tv_nsec / 1000000)) < 0) return NULL;
        clock_gettime(CLOCK_REALTIME, &now);
    }
    gmtime_r(&now.tv_sec, &utc);
    *len = strftime(t->time, sizeof t->time, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return t->time;
}

/* The next text and its length, valid until the next call. NULL: there are no more, or the program should stop. */
static inline const char *mcast_next_text(struct mcast_texts *t, size_t *len)
{
    if (demo_stopping() || (t->count > 0 && t->given == t->count)) return NULL;
    t->given++;
    return t->clock ? mcast_next_time(t, len) : mcast_next_line(t, len);
}

static inline void mcast_texts_end(struct mcast_texts *t) { free(t->line); }
#endif
