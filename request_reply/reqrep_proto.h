/* reqrep_proto.h - the datagrams of reqrep_server and reqrep_client, and what the two promise each other.
 *
 * UDP loses, doubles, delays and reorders datagrams. What a call then means is the choice made here: the semantics. The
 * format is drawn bit by bit in README.md. */
#ifndef REQREP_PROTO_H
#define REQREP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQREP_PORT "12350"
enum {
    REQREP_VERSION = 1,
    REQREP_BYTES = 28,                /* of every datagram, of whatever kind */
    REQREP_BUFFER = REQREP_BYTES + 1, /* room to notice that one is larger */
};

enum reqrep_semantics {
    MAYBE = 1,     /* sent once; executed once or not at all */
    AT_LEAST_ONCE, /* sent again until there is a reply; executed again each time */
    AT_MOST_ONCE,  /* sent again until there is a reply; executed the first time, answered from memory after that */
};

enum reqrep_kind {
    REQUEST = 1, /* to the server: execute this */
    REPLY,       /* to the client: that is the result */
    ACK,         /* to the server: I have the replies up to this one, forget them */
    PROBE,       /* to the server: are you still working on this? */
    WORKING,     /* to the client: I have your request, and it takes long */
    UNKNOWN,     /* to the client: I am alive, but know nothing of that request */
};

enum reqrep_operation {
    DEPOSIT = 1, /* argument: the amount; result: the balance. Twice is not the same as once */
    BALANCE,     /* result: the balance. Idempotent: twice is the same as once */
    AUDIT,       /* argument: how many milliseconds it takes; result: the balance. For the alive test */
};

enum reqrep_status {
    DONE,
    REFUSED_SEMANTICS, /* the server runs those of this reply */
    REFUSED_AMOUNT,    /* the account cannot hold as much */
    REFUSED_BUSY,      /* too many clients, or too many long operations, at once */
};

enum { MOST_AMOUNT = 1000000000, MOST_AUDIT_MS = 600000 };

/* One datagram, decoded. */
struct reqrep_message {
    enum reqrep_kind kind;
    enum reqrep_semantics semantics;
    enum reqrep_operation operation;
    enum reqrep_status status; /* of a reply */
    uint8_t attempt;  /* of a request: 1 for the first time it was sent, 2 for the next, and so on up to 255 */
    uint64_t client;  /* chosen at random by each run of a client */
    uint32_t request; /* from 1, one more for each call of that client */
    int64_t value;    /* argument or result */
};

/* Why a datagram is none of ours. */
enum reqrep_problem { WELL_FORMED, TOO_SHORT, OVERSIZED, FOREIGN, OTHER_VERSION, MALFORMED, REQREP_PROBLEMS };

/* The reply to a request. */
struct reqrep_message reqrep_reply(const struct reqrep_message *request, enum reqrep_semantics semantics,
                                   enum reqrep_status status, int64_t value);

void reqrep_encode(const struct reqrep_message *message, unsigned char bytes[REQREP_BYTES]);

/* Reads `bytes`, of which there are `len`; `message` is set when the answer is WELL_FORMED, and then every field of it is
 * in its range. */
enum reqrep_problem reqrep_decode(const unsigned char *bytes, size_t len, struct reqrep_message *message);

/* What is wrong with a datagram, for people. */
const char *reqrep_problem_text(enum reqrep_problem problem);

/* Why a request was not executed, for people. */
const char *reqrep_refusal_text(enum reqrep_status status);

/* The names on the command line: "at-least-once", "deposit". The way back gives 0 for a name that is none. */
const char *reqrep_semantics_name(enum reqrep_semantics semantics);
enum reqrep_semantics reqrep_semantics_of(const char *name);
const char *reqrep_operation_name(enum reqrep_operation operation);

/* Reads "deposit 100", "balance" or "audit 2.5" into operation and argument; false if it is none of them. */
bool reqrep_parse_call(const char *text, enum reqrep_operation *operation, int64_t *argument);

#endif
