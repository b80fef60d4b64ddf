/* collector.h - how the lines of a run's programs reach one collector, in the order in which they were written.
 *
 * The collector has one Unix datagram socket, `collector`, in the directory of the run. The standard output and error of a
 * program NAME are datagram sockets, bound to NAME.1 and NAME.2 there and connected to it. One write(2) is then one datagram
 * (unix(7)), and the kernel keeps all of them in one queue: a line that was written before a message was sent stands before
 * a line that was written after that message was received. Pipes, one for each program, do not keep that order.
 *
 * A datagram from any other address is a request: "begin NAME [COLOUR]", "flush NAME" or "end". Its answer is a datagram with
 * the reason for a refusal, empty for success. It comes through the same queue: whatever was written before is shown then.
 *
 * Simplification: one write(2) holds 512 KiB at most, 416 KiB where net.core.wmem_max has its default; a larger one fails with
 * EMSGSIZE. A program cannot open /dev/stdout, because it is a socket. */
#ifndef COLLECTOR_H
#define COLLECTOR_H
#include "../common/demo.h"

#include <sys/socket.h>
#include <sys/un.h>

#define COLLECTOR_SOCKET "collector"

enum { NAME_SIZE = 48, WRITE_MAX = 512 * 1024 }; /* bytes of a name, its final 0 included; bytes of one write(2) */

/* The address of a socket in the current directory: a relative path, so that a long directory fits as well. */
static inline struct sockaddr_un collector_address(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    return address;
}

/* Receives and shows lines, until a request ends it or its parent process is gone. Returns the exit status. */
int collect(const char *directory);

/* Sends a request to the collector of `directory` and waits for the answer. Ends the process when there is no collector, or
 * when it refuses. */
void collector_request(const char *directory, const char *request);

/* Turns this process into `command`, with the collector behind its standard output and error. `colour` starts the program's
 * lines on a terminal; "" for none. Returns only if the command cannot be executed, with errno set. */
void run_collected(const char *directory, const char *name, const char *colour, char **command);
#endif
