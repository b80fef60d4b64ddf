/* registry_checks.h - what the registry checks before it changes its table, or hands out a URL: who may bind names, which
 * names and URLs are valid, and which hosts can reach an address. */
#ifndef REGISTRY_CHECKS_H
#define REGISTRY_CHECKS_H

#include "../rpc_xml/rpc_xml.h"
#include "bindings.h"
#include "rmi_error.h"

extern bool remote_bind_allowed; /* other hosts may bind names, too */

/* Whether the caller may change bindings. The name decides which server the clients call. */
struct rmi_error check_binder(const struct rpc_caller *caller);

/* Whether the caller may bind this name to this URL. *loopback: only the registry's own host can reach the URL. Asks a name
 * server for the URL's host, which takes time: do not hold a lock. */
struct rmi_error check_binding(const struct rpc_caller *caller, const char *name, const char *url, bool *loopback);

/* Whether the caller can reach the URL of this binding: a loopback address only from the registry's own host. */
bool can_reach(const struct rpc_caller *caller, const struct binding *binding);

/* The faults of bind, unbind and lookup. */
struct rmi_error fault_not_bound(const char *name);
struct rmi_error fault_bound(const struct binding *binding); /* to another URL */
struct rmi_error fault_unreachable(const struct binding *binding);

#endif
