/* units.h - lengths: what a unit is called, and its exact conversion. Every model of remote invocation offers the same
 * service, convertir, so that they can be compared on one call. No side effects, no memory to free. */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>

/* One of this unit is numerator / denominator metres. The fraction is exact: every unit here is defined by one (the inch is
 * 25.4 mm since 1959, the nautical mile 1852 m since 1929). */
struct unit {
    const char *symbol;            /* as the International System or custom writes it: "km" */
    const char *name;              /* Spanish, singular: "kilómetro" */
    double numerator, denominator; /* whole numbers far below 2^53 */
    const char *names[6];          /* everything it is called, folded (see unit_fold), up to the first NULL */
};

enum { UNIT_NAME_MAX = 64 }; /* bytes of a folded name, with the final NUL; no unit has a longer one */

extern const struct unit units[];
extern const size_t units_count;

/* The service. Its results have the same numbers in every model, as fault codes for example. */
enum conversion {
    UNITS_CONVERTED = 0,
    UNITS_UNKNOWN = 1,    /* no such unit; the reason lists all units */
    UNITS_NOT_FINITE = 2, /* `valor` is infinite or no number, or the result is beyond the range of a double */
};

enum { UNITS_REASON = 256 }; /* bytes of a reason, with the final NUL */

/* `valor` of the unit that `origen` names, in the unit that `destino` names: *result is the double nearest to the exact
 * length. Otherwise `reason` says in one line why not. It quotes the caller's text: escape it before a terminal sees it. */
enum conversion units_convertir(double valor, const char *origen, const char *destino, double *result,
                                char reason[UNITS_REASON]);

/* What the service is made of. */

/* Writes `text` as the table's names are written: lower case, no accents, one blank between words. Returns the length; what
 * does not fit into `folded` is cut off. */
size_t unit_fold(const char *text, char folded[UNIT_NAME_MAX]);

/* The unit that `text` (UTF-8) names: a symbol, or a Spanish or English name, singular or plural, any case, with or without
 * accents. NULL when there is none. */
const struct unit *unit_find(const char *text);

/* `value` of one unit in another: the double nearest to the exact quotient, infinite when that is beyond the range of a
 * double. */
double unit_convert(double value, const struct unit *from, const struct unit *to);

/* Writes the symbols of all units, "mm, cm, m". Returns `list`. */
const char *unit_list(char *list, size_t size);

#endif
