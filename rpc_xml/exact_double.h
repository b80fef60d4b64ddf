/* exact_double.h - doubles that arrive as they were sent, although xmlrpc-c 1.33 rounds them.
 *
 * It adds up the decimal digits of a number one by one and rounds at each: it reads 1609.344 as 1609.3439999999998. But a
 * number in C's hexadecimal form it leaves to strtod(3): so every <double> is rewritten like that before xmlrpc-c reads it.
 * It writes 15 digits where 17 may be needed, 6.21371192237334: so the doubles of a value are noted, in the order in which
 * they will be written, and their text is replaced afterwards. At an infinity it ends the program: that is a fault here. */
#ifndef EXACT_DOUBLE_H
#define EXACT_DOUBLE_H

#include <xmlrpc-c/base.h>

/* The doubles of the values that go into one message, in order. Starts as {0}. */
struct doubles {
    double *values;
    size_t count, room;
};

/* Notes the doubles of `value`, those inside arrays and structs too. Sets a fault when one is infinite or no number. */
void doubles_note(xmlrpc_env *env, struct doubles *doubles, xmlrpc_value *value);

/* A copy of `xml`, which xmlrpc-c has just written, with the exact text of the noted doubles; an unchanged copy when there
 * are more or fewer in it. For the caller to free; NULL when there is no memory. *len becomes its length. */
char *doubles_to_decimal(const struct doubles *doubles, const char *xml, size_t *len);

/* A copy of `xml`, which has no NUL byte, with every number in a <double> in hexadecimal. What is no number stays as it is,
 * for xmlrpc-c to refuse. For the caller to free; NULL when there is no memory. *len becomes its length. */
char *doubles_to_hex(const char *xml, size_t *len);

/* The most that doubles_to_hex() makes of `len` bytes: "<double>1</double>", 18 of them, become 23 more at most. */
static inline size_t doubles_hex_size(size_t len) { return len + len / 18 * 23; }

void doubles_clean(struct doubles *doubles);

#endif
