/* invent.h - messages that nobody wrote: random, plausible, the same ones for the same seed. */
#ifndef INVENT_H
#define INVENT_H
#include "rows.h"

enum { INVENT_TEXT = 64 }; /* bytes of a text that is put together */

struct inventor {
    uint64_t state, made;
    char text[FIELDS][INVENT_TEXT]; /* what the texts of the last row point into */
};

struct inventor invent_begin(uint64_t seed);

/* The next row; its texts last until the one after. */
void invent_row(struct inventor *inventor, struct row *row, const struct topic *topic);

#endif
