/* http_listener.h - the listening socket of an HTTP server, and how many clients the open-file limit leaves room for. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

/* socket, bind, listen on the first address of the name that allows it. Ends the program when none does. */
int http_listen_on(const char *address, const char *port);

/* Raises the limit of open files (RLIMIT_NOFILE, getrlimit(2)) as far as `clients_max` clients need and the system allows.
 * Returns how many clients there is room for. Ends the program when there is none. */
unsigned http_room_for_clients(unsigned clients_max);

#endif
