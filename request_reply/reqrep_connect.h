/* reqrep_connect.h - the server, by every address of its name. localhost may be ::1 and 127.0.0.1, and the server may listen
 * on one of them only; UDP tells this only when a datagram was refused. */
#ifndef REQREP_CONNECT_H
#define REQREP_CONNECT_H
#include "../common/demo.h"

/* socket and connect for each address. A failure of all of them ends the program. */
void server_connect(const char *host, const char *port);

/* The socket of the address in use. */
int server_socket(void);

/* A message of the server came: its address is the right one, and server_next_address() keeps it. */
void note_server_heard(void);

/* The address in use refused a datagram: goes on to the next one. False: there is none, or the server was heard already. */
bool server_next_address(void);

void server_close(void);

#endif
