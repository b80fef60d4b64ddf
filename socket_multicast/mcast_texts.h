/* mcast_texts.h - what mcast_sender sends: lines of standard input, or the time of each second. */
#ifndef MCAST_TEXTS_H
#define MCAST_TEXTS_H
#include "../common/demo.h"

#include "../common/lines.h"

struct mcast_texts {
    bool clock;   /* the time at the beginning of each second */
    size_t count; /* how many texts there are; 0: no limit */
    size_t given; /* texts handed out so far */
    struct lines input;
    char time[sizeof "2026-01-01T00:00:00Z"];
};

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

/* The next text and its length, valid until the next call. NULL: there are no more, or the program should stop. Of a line of
 * more than LINES_ROOM bytes, too long for any datagram, only those are here. */
static inline const char *mcast_next_text(struct mcast_texts *t, size_t *len)
{
    if (demo_stopping() || (t->count > 0 && t->given == t->count)) return NULL;
    t->given++;
    return t->clock ? mcast_next_time(t, len) : lines_next(&t->input, len);
}
#endif
