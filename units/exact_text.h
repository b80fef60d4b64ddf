/* exact_text.h - a number as text that is read as the same number again. */
#ifndef EXACT_TEXT_H
#define EXACT_TEXT_H

#include <stddef.h>

enum { EXACT_TEXT = 352 }; /* bytes of the longest one: a sign, 0., 323 zeros, 17 digits, and the final NUL */

/* Writes `value` with the digits that strtod(3) needs to read it again, and without an exponent, which some formats
 * (XML-RPC) do not know: 0.00001, not 1e-05. Infinity is "inf", no number "nan". Returns the length. */
size_t double_text(double value, char text[EXACT_TEXT]);

#endif
