/* frame.h - a data frame over a topic: its shape, its last rows, the figures of its numbers (pandas: describe()). */
#ifndef FRAME_H
#define FRAME_H

#include "figures.h"
#include "rows.h"

enum { FRAME_LAST = 5 }; /* rows that are kept, and shown */

struct frame { /* starts as {0} */
    uint64_t rows, rejected;
    struct row last[FRAME_LAST]; /* a ring: row number r is at r % FRAME_LAST */
    struct figures figures[FIELDS];
    bool changed; /* since it was printed */
};

/* Adds a row, and owns it from now on. */
void frame_add(struct frame *frame, struct row row);

/* Prints the frame if it has changed since the last time. */
void frame_print(struct frame *frame, const struct topic *topic);

void frame_free(struct frame *frame);

#endif
