/* exact_double.h - doubles that arrive as they were sent.
 *
 * xmlrpc-c 1.33 computes with the digits of a number one by one, which rounds at each: it reads 1609.344 as
 * 1609.3439999999998, writes 6.2137119223733395 as 6.21371192237334, and ends the program at an infinity. It leaves
 * reading to strtod(3), which is exact, when a number has an exponent: so each gets one. And the doubles of a value are
 * noted, in the order in which they are written, and written again into the finished XML.
 */
#ifndef EXACT_DOUBLE_H
#define EXACT_DOUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include <xmlrpc-c/base.h>

enum {
    EXACT_FAULT_NOT_FINITE = 2, /* fault code: a result that XML-RPC cannot write */
    EXACT_TEXT = 352,           /* the longest double: a sign, 0., 307 zeros, 17 digits, and a final NUL */
};

struct doubles {
    double *values;
    size_t count, room;
};

/* Notes the doubles of `value`, those inside arrays and structs included. Sets a fault when one is infinite or no number. */
void doubles_note(xmlrpc_env *env, struct doubles *doubles, xmlrpc_value *value);

/* The text of every <double> in the *len bytes of `xml`, which xmlrpc-c has just written, becomes exactly that of the
 * noted ones. Returns the new text, for the caller to free, and its length; NULL when there is nothing to change. */
char *doubles_put(const struct doubles *doubles, const char *xml, size_t *len);

/* The same text with an exponent, e0, at every plain <double>. For the caller to free; NULL when there is no memory. */
char *doubles_mark(const char *xml, size_t *len);

/* Lets xmlrpc-c, whose limit is 512 KiB, read whatever doubles_mark() makes of `most` bytes: the bound is for whoever takes
 * them in to keep. For the whole process, so before the first thread. */
void doubles_allow(size_t most);

void doubles_clean(struct doubles *doubles);

/* Writes the fewest digits that are read as `value` again, without an exponent, which XML-RPC does not know. It knows no
 * inf and nan either, but xmlrpc-c reads them, so whoever prints what came in may meet them. */
size_t double_text(double value, char text[EXACT_TEXT]);

#endif
