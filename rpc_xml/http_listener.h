/* http_listener.h - what http_endpoint.c listens with. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

/* socket, bind, listen on the first address of the name that allows it. Never returns without a listening socket. */
int http_listen_on(const char *address, const char *port);

/* Every client is a descriptor: asks for as many as are wanted, and returns how many clients there may be. */
unsigned http_room_for_clients(void);

#endif
