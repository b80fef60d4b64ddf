/* http_registry.h - what http_endpoint.c has a registry do: answer a call, and tell people about its methods. */
#ifndef HTTP_REGISTRY_H
#define HTTP_REGISTRY_H

#include "http_endpoint.h"

struct registry_answer {
    const char *xml; /* NULL when not even a fault could be written */
    size_t len;
    xmlrpc_mem_block *block; /* where it stands, or stood before the doubles were put right: */
    char *exact;
};

/* What the registry answers to the call in `xml`: a methodResponse, with a fault in it if need be. */
void registry_answer(xmlrpc_registry *registry, struct http_call *call, const char *xml, size_t len,
                     struct registry_answer *answer);
void registry_answer_free(struct registry_answer *answer);

/* Writes the page that a browser gets: what this is, and each method with what it is for. */
void registry_write_page(FILE *page, const char *about, xmlrpc_registry *registry);

#endif
