/* reqrep_proto.h - the messages of reqrep_server and reqrep_client, one datagram each, and the three semantics of a call. UDP
 * loses, duplicates, delays and reorders datagrams; the semantics say what a call means then. README.md draws the format. */
#ifndef REQREP_PROTO_H
#define REQREP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQREP_PORT "12350"
enum {
    REQREP_VERSION = 1,
    REQREP_BYTES = 28,                /* of every message, of every kind */
    REQREP_BUFFER = REQREP_BYTES + 1, /* one more, to notice a larger datagram */
};

enum reqrep_semantics {
    MAYBE = 1,     /* sent once; executed once or not at all */
    AT_LEAST_ONCE, /* sent again until there is a reply; executed again each time */
    AT_MOST_ONCE,  /* sent again until there is a reply; executed the first time, then answered from memory */
};

enum reqrep_kind {              /* kind 0 is no message: nothing is sent */
                   REQUEST = 1, /* to the server: execute this */
                   REPLY,       /* to the client: that is the result */
                   ACK,         /* to the server: the client has the replies up to this one; forget them */
                   PROBE,       /* to the server: do you still work on this? */
                   WORKING,     /* to the client: the server has the request, and it takes long */
                   UNKNOWN,     /* to the client: the server runs, but does not know that request */
};

enum reqrep_operation {
    DEPOSIT = 1, /* argument: the amount; result: the balance. Not idempotent: twice is not the same as once */
    BALANCE,     /* result: the balance. Idempotent: twice is the same as once */
    AUDIT,       /* argument: its duration in milliseconds; result: the balance. For the alive test */
};

enum reqrep_status {
    DONE,
    REFUSED_SEMANTICS, /* the server has other semantics: those of this reply */
    REFUSED_AMOUNT,    /* the account cannot hold that much */
    REFUSED_BUSY,      /* too many clients, or too many long operations, at once */
};

enum { MOST_AMOUNT = 1000000000, MOST_AUDIT_MS = 600000 };

/* One datagram, decoded. */
struct reqrep_message {
    enum reqrep_kind kind;
    enum reqrep_semantics semantics;
    enum reqrep_operation operation;
    enum reqrep_status status; /* of a reply */
    uint8_t attempt;           /* of a request: 1 for the first transmission, 2 for the next, up to 255 */
    uint64_t client;           /* chosen at random by each run of a client */
    uint32_t number;           /* of the call: 1, 2, ... */
    int64_t value;             /* argument or result */
};

/* Why a datagram is no message of this protocol. */
enum reqrep_problem { WELL_FORMED, TOO_SHORT, OVERSIZED, FOREIGN, OTHER_VERSION, MALFORMED, REQREP_PROBLEMS };

/* The reply to a request. */
struct reqrep_message reqrep_reply(const struct reqrep_message *request, enum reqrep_semantics semantics,
                                   enum reqrep_status status, int64_t value);

void reqrep_encode(const struct reqrep_message *message, unsigned char bytes[REQREP_BYTES]);

/* Reads a datagram of `len` bytes. `message` is set only when the result is WELL_FORMED; every field is in its range then. */
enum reqrep_problem reqrep_decode(const unsigned char *bytes, size_t len, struct reqrep_message *message);

/* What is wrong with a datagram, as a text. */
const char *reqrep_problem_text(enum reqrep_problem problem);

/* Why a request was not executed, as a text. */
const char *reqrep_refusal_text(enum reqrep_status status);

/* The names on the command line: "at-least-once", "deposit". The reverse gives 0 for an unknown name. */
const char *reqrep_semantics_name(enum reqrep_semantics semantics);
enum reqrep_semantics reqrep_semantics_of(const char *name);
const char *reqrep_operation_name(enum reqrep_operation operation);

/* Reads "deposit 100", "balance" or "audit 2.5" into operation and argument. False: it is something else. */
bool reqrep_parse_call(const char *text, enum reqrep_operation *operation, int64_t *argument);

#endif
