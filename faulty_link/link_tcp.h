/* link_tcp.h - faulty_link --tcp: relays connections. TCP repairs loss, duplicates and reordering, so those faults make no
 * sense here. A connection can still be slow, come in small pieces, break, or stay open while nothing passes. */
#ifndef LINK_TCP_H
#define LINK_TCP_H
#include "link_options.h"

/* Relays what comes to the listening socket until the program should stop, then prints one last line. */
void link_relay_connections(int listener, const struct link_options *options);

#endif
