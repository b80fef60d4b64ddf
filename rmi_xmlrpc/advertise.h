/* advertise.h - the URLs under which other programs call the objects of this one. */
#ifndef ADVERTISE_H
#define ADVERTISE_H

#include "export.h"

/* Writes the URL of each object: at the endpoint's own address, "127.0.0.1:40123", or at `advertise`, HOST or HOST:PORT, when
 * that is not NULL. Ends the program with DEMO_USAGE when `advertise` is neither, or when it is NULL and the endpoint listens
 * at all addresses (0.0.0.0, ::): a client that gets such an address in a URL would call its own machine. */
void advertise_urls(struct rmi_exported *objects, size_t count, const char *endpoint, const char *advertise);

#endif
