/* exact_text.c - the shortest text of a double that loses nothing: tries more and more digits until strtod(3) agrees. */
#include "exact_text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t double_text(double value, char text[EXACT_TEXT])
{
    if (!isfinite(value)) return (size_t)sprintf(text, "%g", value);
    char scientific[32], digits[32]; /* -d.dddde-308, and its digits alone */
    /* Any text of 15 digits survives being a double, so fewer need no try: the zeros at the end are cut below. A subnormal
     * number has a shorter mantissa. */
    int decimals = fabs(value) < DBL_MIN ? 0 : DBL_DIG - 1;
    do snprintf(scientific, sizeof scientific, "%.*e", decimals++, value);
    while (strtod(scientific, NULL) != value);
    int count = 0, significant = 0;
    const char *s = scientific;
    for (; *s != 'e'; s++) {
        if (*s < '0' || *s > '9') continue;
        digits[count++] = *s;
        if (*s != '0') significant = count;
    }
    int whole = atoi(s + 1) + 1; /* how many digits stand before the point; less than 1: zeros stand after it */
    const char *sign = *scientific == '-' ? "-" : "";
    if (significant == 0) return (size_t)sprintf(text, "%s0", sign);
    if (whole <= 0) return (size_t)sprintf(text, "%s0.%.*d%.*s", sign, -whole, 0, significant, digits);
    if (significant > whole)
        return (size_t)sprintf(text, "%s%.*s.%.*s", sign, whole, digits, significant - whole, digits + whole);
    return (size_t)sprintf(text, "%s%.*s%.*d", sign, significant, digits, whole - significant, 0);
}
