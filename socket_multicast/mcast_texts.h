/* mcast_texts.h - what mcast_sender sends: lines of standard input, the time of each second, or padding to measure with. */
#ifndef MCAST_TEXTS_H
#define MCAST_TEXTS_H
#include "../common/demo.h"

struct mcast_texts {
    bool clock;   /* the time at the beginning of each second */
    size_t count; /* how many texts there are; 0: no limit */
    size_t size;  /* not a clock and with a count: bytes of each text, as fast as they are taken */
    size_t given; /* texts handed out so far */
    char *text;   /* the text handed out last */
    size_t room;  /* bytes that `text` points to */
};

/* The next line of standard input. getline(3) may block here, because there is no socket to read; a signal ends it. */
static inline const char *mcast_next_line(struct mcast_texts *t, size_t *len)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    ssize_t n = demo_wait(fds, 1, -1) > 0 ? getline(&t->text, &t->room, stdin) : -1;
    if (n < 0) return NULL;
    *len = (size_t)n - (n > 0 && t->text[n - 1] == '\n');
    return t->text;
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
    *len = strftime(t->text, t->room, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return t->text;
}

/* Call first, and mcast_texts_end() last. */
static inline void mcast_texts_begin(struct mcast_texts *t)
{
    t->room = t->clock ? sizeof "2026-01-01T00:00:00Z" : t->size;
    if ((t->text = malloc(t->room)) == NULL) err(DEMO_FAILED, "-s %zu", t->size);
    memset(t->text, 'x', t->room);
}

/* The next text and its length, valid until the next call. NULL: there are no more, or the program should stop. */
static inline const char *mcast_next_text(struct mcast_texts *t, size_t *len)
{
    if (demo_stopping() || (t->count > 0 && t->given == t->count)) return NULL;
    t->given++;
    if (t->clock) return mcast_next_time(t, len);
    if (t->count == 0) return mcast_next_line(t, len);
    *len = t->size;
    return t->text;
}

static inline void mcast_texts_end(struct mcast_texts *t) { free(t->text); }
#endif
