/* bindings.h - the registry's table: names, the URLs bound to them, and when each lease ends. No side effects: the caller
 * says what time it is, and lets one thread at a time use the table. */
#ifndef BINDINGS_H
#define BINDINGS_H

#include "object_url.h"

#include <stddef.h>
#include <stdint.h>

enum {
    BINDING_NAME_MAX = 64, /* bytes of a name, with the final NUL */
    BINDINGS_MAX = 1024,   /* names at once */
};

struct binding {
    char name[BINDING_NAME_MAX];
    char url[RMI_URL_MAX];
    bool loopback;   /* only programs on the registry's own host can reach it */
    int64_t ends_ns; /* the lease: when nothing has bound the name again by then, it is removed */
};

struct bindings {
    struct binding all[BINDINGS_MAX]; /* in the order in which they were first bound */
    size_t count;
};

/* A name is 1 to 63 letters, digits, or . - _ */
bool binding_name_is_valid(const char *name);

/* NULL when the name is not bound. */
struct binding *bindings_find(struct bindings *bindings, const char *name);

/* Binds the name to the URL, in place of the URL that it had. NULL when there is no room for another name. */
struct binding *bindings_put(struct bindings *bindings, const char *name, const char *url);

void bindings_remove(struct bindings *bindings, struct binding *binding);

/* The binding whose lease ends first; NULL when there is none. */
struct binding *bindings_first_to_end(struct bindings *bindings);

#endif
