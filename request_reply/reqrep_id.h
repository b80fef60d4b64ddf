/* reqrep_id.h - the identity of a client. The server keeps the request numbers of each client apart by it. */
#ifndef REQREP_ID_H
#define REQREP_ID_H
#include "../common/demo.h"

/* A number that no other client has, 64 random bits: two clients with one id would share the server's reply cache. */
static inline uint64_t reqrep_random_id(void)
{
    uint64_t id;
    int fd = open("/dev/urandom", O_RDONLY);
    if (fd < 0 || read(fd, &id, sizeof id) != sizeof id) err(DEMO_FAILED, "/dev/urandom");
    close(fd);
    return id;
}

#endif
