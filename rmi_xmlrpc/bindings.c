/* bindings.c - an array of names and URLs, searched from its beginning: with 1024 names that is fast enough. */
#include "bindings.h"

#include <stdio.h>
#include <string.h>

static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

bool binding_name_is_valid(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len < BINDING_NAME_MAX && strspn(name, name_bytes) == len;
}

struct binding *bindings_find(struct bindings *b, const char *name)
{
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->all[i].name, name) == 0) return &b->all[i];
    return NULL;
}

struct binding *bindings_put(struct bindings *b, const char *name, const char *url)
{
    struct binding *binding = bindings_find(b, name);
    if (binding == NULL && b->count == BINDINGS_MAX) return NULL;
    if (binding == NULL) binding = &b->all[b->count++];
    snprintf(binding->name, sizeof binding->name, "%s", name);
    snprintf(binding->url, sizeof binding->url, "%s", url);
    return binding;
}

void bindings_remove(struct bindings *b, struct binding *binding)
{
    size_t after = (size_t)(b->all + b->count - (binding + 1));
    memmove(binding, binding + 1, after * sizeof *binding);
    b->count--;
}

struct binding *bindings_first_to_end(struct bindings *b)
{
    struct binding *next = NULL;
    for (size_t i = 0; i < b->count; i++)
        if (next == NULL || b->all[i].ends_ns < next->ends_ns) next = &b->all[i];
    return next;
}
