/* bindings.h - what a registry remembers: names, the objects that have them, and until when. No side effects: whoever
 * calls says what time it is, and sees to it that one thread at a time does. */
#ifndef BINDINGS_H
#define BINDINGS_H

#include "object_url.h"

#include <stddef.h>
#include <stdint.h>

enum { NAME_MAX_BYTES = 64, BINDINGS_MAX = 1024 }; /* of a name, with the final NUL; names at once */

struct binding {
    char name[NAME_MAX_BYTES];
    char url[RMI_URL_MAX];
    bool loopback;   /* means something on the registry's own machine only */
    int64_t ends_ns; /* the lease: bound again before, or forgotten */
};

struct bindings {
    struct binding all[BINDINGS_MAX]; /* in the order in which they were first bound */
    size_t count;
};

/* Whether this may be a name: letters, digits, and . - _ */
bool binding_name_is_right(const char *name);

/* NULL when nobody has that name. */
struct binding *bindings_find(struct bindings *bindings, const char *name);

/* The name has this object from now on. NULL when there is no room for another name. */
struct binding *bindings_put(struct bindings *bindings, const char *name, const char *url);

void bindings_remove(struct bindings *bindings, struct binding *binding);

/* The one whose lease ends first; NULL when there is none. */
struct binding *bindings_next_to_end(struct bindings *bindings);

#endif
