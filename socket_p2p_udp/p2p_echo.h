/* p2p_echo.h - p2p_server --echo: the peer to measure with. It has no keyboard and sends every message back. */
#ifndef P2P_ECHO_H
#define P2P_ECHO_H
#include "p2p_peer.h"

/* Echoes to one peer after the other until a signal asks to stop. Prints the last line and returns the exit status. */
int p2p_echo(struct p2p_conversation *c);
#endif
