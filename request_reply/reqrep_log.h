/* reqrep_log.h - what reqrep_server prints: a line for each datagram, and the counts of its last line, the ledger. */
#ifndef REQREP_LOG_H
#define REQREP_LOG_H
#include "../common/demo.h"

#include "reqrep_peer.h"
#include "reqrep_proto.h"

/* What became of a datagram. */
enum reqrep_outcome {
    EXECUTED,
    STARTED,          /* a long operation: its reply follows when it is over */
    REPLAYED,         /* answered from the reply cache */
    ANSWERED_WORKING, /* it is being executed: no reply yet */
    ANSWERED_UNKNOWN, /* a probe for a request that a crash of the server lost */
    TOO_OLD,          /* not executed: it came before, or is too old to tell */
    REFUSED,          /* not executed: the status of the reply says why */
    ACKNOWLEDGED,
    NOT_FOR_SERVERS, /* a kind that only servers send */
};

struct reqrep_log {
    bool quiet;
    size_t received, replayed, refused, ignored; /* datagrams of this run; `received` counts requests */
};

/* Says what the server found in its journal, if it found something. */
void log_past(const struct reqrep_log *log, size_t executed, int64_t balance);

/* Counts a datagram and prints its line. `reply` is the answer, if there is one. */
void log_datagram(struct reqrep_log *log, const struct reqrep_peer *from, const struct reqrep_message *in,
                  enum reqrep_outcome outcome, const struct reqrep_message *reply);

/* The same for the end of a long operation: no new datagram came. */
void log_job(struct reqrep_log *log, const struct reqrep_peer *from, const struct reqrep_message *request,
             enum reqrep_outcome outcome, const struct reqrep_message *reply);

/* The same for bytes that are no message of the protocol. */
void log_ignored(struct reqrep_log *log, const struct reqrep_peer *from, enum reqrep_problem problem);

/* The ledger: the counts of this run, and what the journal says of all runs. */
void log_last_line(const struct reqrep_log *log, size_t executed, int64_t balance);

#endif
