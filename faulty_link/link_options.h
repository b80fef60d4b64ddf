/* link_options.h - what the options of faulty_link mean: percentages, delays, lists of numbers, HOST:PORT. Every function
 * here ends the program with DEMO_USAGE when the text is wrong; `option` is the option's name in that message. */
#ifndef LINK_OPTIONS_H
#define LINK_OPTIONS_H
#include "link_faults.h"

#include <netdb.h>

struct link_options {
    struct link_faults faults;
    const struct addrinfo *server; /* every address of the server's name */
    bool quiet;
    size_t trickle;                    /* TCP: bytes per send, 0 for no limit */
    size_t cut_after, half_open_after; /* TCP: bytes of both directions together; SIZE_MAX for never */
};

extern struct link_options link_options; /* what the command line asked for */

/* Rows of the options' table: each reads one option into link_options.faults. */
void link_read_drop(const char *option, const char *text);
void link_read_duplicate(const char *option, const char *text);
void link_read_reorder(const char *option, const char *text);
void link_read_delay(const char *option, const char *text);
void link_read_drop_nth(const char *option, const char *text);
void link_read_duplicate_nth(const char *option, const char *text);
void link_read_delay_nth(const char *option, const char *text);

/* Faults of datagrams with --tcp, or of connections without it, are wrong usage. */
void link_check_mode(bool tcp);

/* 5% or 0.5%, as a number from 0 to 100. */
double link_percentage(const char *option, const char *text);

/* 20ms or 20ms..200ms, in us, ms or s, up to an hour. One duration sets both results. */
void link_delay(const char *option, const char *text, int64_t *least_ns, int64_t *most_ns);

/* Adds a fault for every number of a list such as 2,r5; r5 is the fifth from the server to the client. `fate` is what
 * happens to each. With `delays` the list gives the delays too: 2:200ms,r5:1s. */
void link_add_named(struct link_faults *faults, const char *option, const char *list, struct link_fate fate,
                    bool delays);

/* The addresses of HOST:PORT or [IPv6]:PORT, from getaddrinfo(3); the caller frees them. An unknown host ends the program
 * with DEMO_FAILED. */
struct addrinfo *link_resolve(const char *server, int socktype);

#endif
