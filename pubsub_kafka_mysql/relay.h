/* relay.h - passes bytes between clients and the mock cluster. A client that does not read delays no other client. Only
 * well-formed requests reach the mock (kafka_request.h). */
#ifndef RELAY_H
#define RELAY_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>

enum { RELAYS_MAX = 200 }; /* clients at one time */

/* Begins to relay between a client and a new connection to the mock cluster. Owns `client`. False if the cluster cannot
 * be reached; that was reported, and the client is closed. There must be room. */
bool relay_begin(int client, const char *client_text, const struct sockaddr_in *cluster);

/* Whether there is room for one more client. */
bool relay_has_room(void);

/* What to wait for with poll(2): fills two entries for each client, returns how many entries. */
nfds_t relay_fill_pollfds(struct pollfd *fds);

/* After poll(2), with the same entries: passes on what can be passed on without waiting. */
void relay_pass_on(const struct pollfd *fds);

#endif
