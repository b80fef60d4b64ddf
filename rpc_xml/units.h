/* units.h - what rpc_server and its clients mean by a unit of length, and how one is found and converted. No side
 * effects, no memory to give back. */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>

/* A metre times numerator / denominator is one of this unit: exact, because every unit here is defined that way (the
 * inch is 25.4 mm since 1959, the nautical mile 1852 m since 1929). */
struct unit {
    const char *symbol;            /* as the International System or custom writes it: "km" */
    const char *name;              /* Spanish, singular: "kilómetro" */
    double numerator, denominator; /* whole numbers far below 2^53 */
    const char *names[6];          /* all that it is called, folded (see unit_fold), up to the first NULL */
};

enum { UNIT_NAME_MAX = 64 }; /* bytes of a folded name that are looked at, with the final NUL: more is no unit */

extern const struct unit units[];
extern const size_t units_count;

/* Writes `text` as the table's names are written: lower case, without accents, blanks and hyphens at the ends or doubled.
 * Returns the length; what does not fit into `folded` is left away. */
size_t unit_fold(const char *text, char folded[UNIT_NAME_MAX]);

/* The unit that `text` (UTF-8) names: a symbol, or a Spanish or English name, singular or plural, any case, accents or
 * not. NULL when there is none. */
const struct unit *unit_find(const char *text);

/* `value` of one unit as so many of another: the double nearest to the exact quotient. Infinite when that is beyond the
 * range of a double. */
double unit_convert(double value, const struct unit *from, const struct unit *to);

/* The symbols of all units, "mm, cm, m", for those who asked for one that does not exist. */
const char *unit_list(char *list, size_t size);

#endif
