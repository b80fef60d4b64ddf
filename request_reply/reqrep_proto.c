/* reqrep_proto.c - encodes and decodes messages, and reads calls that a user types. No function here has a side effect. */
#include "reqrep_proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t MAGIC = 0x5252; /* RR */

/* Network byte order, byte by byte: the same on every machine, whatever its own byte order and alignment. */
static void put(unsigned char *at, int bytes, uint64_t value)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8) at[i] = (unsigned char)value;
}

static uint64_t get(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
    return value;
}

struct reqrep_message reqrep_reply(const struct reqrep_message *request, enum reqrep_semantics semantics,
                                   enum reqrep_status status, int64_t value)
{
    return (struct reqrep_message){.kind = REPLY,
                                   .semantics = semantics,
                                   .operation = request->operation,
                                   .status = status,
                                   .client = request->client,
                                   .number = request->number,
                                   .value = value};
}

void reqrep_encode(const struct reqrep_message *message, unsigned char bytes[REQREP_BYTES])
{
    put(bytes, 2, MAGIC);
    put(bytes + 2, 1, REQREP_VERSION);
    put(bytes + 3, 1, message->kind);
    put(bytes + 4, 8, message->client);
    put(bytes + 12, 4, message->number);
    put(bytes + 16, 1, message->semantics);
    put(bytes + 17, 1, message->attempt);
    put(bytes + 18, 1, message->operation);
    put(bytes + 19, 1, message->status);
    put(bytes + 20, 8, (uint64_t)message->value);
}

static bool in_range(const struct reqrep_message *m)
{
    if (m->kind < REQUEST || m->kind > UNKNOWN || m->semantics < MAYBE || m->semantics > AT_MOST_ONCE) return false;
    if (m->operation < DEPOSIT || m->operation > AUDIT || m->status > REFUSED_BUSY || m->number == 0) return false;
    if (m->value < 0 || (m->kind != REPLY && m->status != DONE)) return false;
    if (m->kind != REQUEST) return true;
    switch (m->operation) {
    case DEPOSIT: return m->attempt > 0 && m->value > 0 && m->value <= MOST_AMOUNT;
    case BALANCE: return m->attempt > 0 && m->value == 0;
    case AUDIT: return m->attempt > 0 && m->value <= MOST_AUDIT_MS;
    }
    return false;
}

enum reqrep_problem reqrep_decode(const unsigned char *bytes, size_t len, struct reqrep_message *message)
{
    /* Magic number and version come before the length: a later version may have another length. */
    if (len < 4) return TOO_SHORT;
    if (get(bytes, 2) != MAGIC) return FOREIGN;
    if (bytes[2] != REQREP_VERSION) return OTHER_VERSION;
    if (len != REQREP_BYTES) return len < REQREP_BYTES ? TOO_SHORT : OVERSIZED;
    struct reqrep_message m = {
        .kind = bytes[3],
        .client = get(bytes + 4, 8),
        .number = (uint32_t)get(bytes + 12, 4),
        .semantics = bytes[16],
        .attempt = bytes[17],
        .operation = bytes[18],
        .status = bytes[19],
        .value = (int64_t)get(bytes + 20, 8),
    };
    if (!in_range(&m)) return MALFORMED;
    *message = m;
    return WELL_FORMED;
}

const char *reqrep_problem_text(enum reqrep_problem problem)
{
    static const char *const texts[REQREP_PROBLEMS] = {"",        "too short",          "oversized",
                                                       "foreign", "of another version", "malformed"};
    return texts[problem];
}

const char *reqrep_refusal_text(enum reqrep_status status)
{
    static const char *const texts[] = {[DONE] = "",
                                        [REFUSED_SEMANTICS] = "the server has other semantics",
                                        [REFUSED_AMOUNT] = "the account is full",
                                        [REFUSED_BUSY] = "the server is too busy"};
    return texts[status];
}

static const char *const SEMANTICS[] = {
    [MAYBE] = "maybe", [AT_LEAST_ONCE] = "at-least-once", [AT_MOST_ONCE] = "at-most-once"};
static const char *const OPERATIONS[] = {[DEPOSIT] = "deposit", [BALANCE] = "balance", [AUDIT] = "audit"};

const char *reqrep_semantics_name(enum reqrep_semantics semantics) { return SEMANTICS[semantics]; }

enum reqrep_semantics reqrep_semantics_of(const char *name)
{
    for (enum reqrep_semantics s = MAYBE; s <= AT_MOST_ONCE; s++)
        if (strcmp(name, SEMANTICS[s]) == 0) return s;
    return 0;
}

const char *reqrep_operation_name(enum reqrep_operation operation) { return OPERATIONS[operation]; }

bool reqrep_parse_call(const char *text, enum reqrep_operation *operation, int64_t *argument)
{
    char name[16], number[24], rest;
    int words = sscanf(text, "%15s %23s %c", name, number, &rest), found;
    if (words != 1 && words != 2) return false;
    for (found = DEPOSIT; found <= AUDIT; found++)
        if (strcmp(name, OPERATIONS[found]) == 0) break;
    if (found > AUDIT || (words == 1) != (found == BALANCE)) return false;

    char *end = number;
    double value = words == 2 ? strtod(number, &end) : 0;
    if (words == 2 && (end == number || *end)) return false;
    if (found == DEPOSIT && !(value >= 1 && value <= MOST_AMOUNT && value == (double)(int64_t)value)) return false;
    if (found == AUDIT && !(value >= 0 && value * 1000 <= MOST_AUDIT_MS)) return false;
    *operation = (enum reqrep_operation)found;
    *argument = (int64_t)(found == AUDIT ? value * 1000 + 0.5 : value);
    return true;
}
