/* link_report.h - what faulty_link prints and counts in its datagram mode: a line for each fault, and the last line. */
#ifndef LINK_REPORT_H
#define LINK_REPORT_H
#include "link_faults.h"

/* Counts a datagram that came in. Returns its number in that direction, from 1. */
uint64_t link_report_received(enum link_way way);

/* Counts the faults of that datagram and, unless `quiet`, prints them. */
void link_report_fate(enum link_way way, uint64_t nth, const struct link_fate *fate, bool quiet);

/* Counts and reports a datagram that is lost because the link could not queue it. `reason` is the value of errno. */
void link_report_unqueued(enum link_way way, int reason);

/* The last line: all datagrams and faults. */
void link_report_end(void);

#endif
