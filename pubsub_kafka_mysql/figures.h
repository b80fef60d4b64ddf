/* figures.h - the figures of a stream of numbers, in bounded memory: count, mean, deviation, quartiles. */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdint.h>

enum { SAMPLE = 4096 }; /* values that are kept for the quartiles */

struct figures { /* starts as {0} */
    uint64_t count;
    double mean, squares; /* `squares`: sum of the squared distances from the mean (Welford) */
    double min, max;
    double
        sample[SAMPLE]; /* all values up to SAMPLE; then a random sample of all (reservoir sampling, algorithm R) */
    uint64_t random;
};

void figures_add(struct figures *figures, double value);

/* The standard deviation of a sample (n - 1), as in pandas. NAN for fewer than two values. */
double figures_std(const struct figures *figures);

/* The value below which `part` of all values lie, interpolated as in pandas. An estimate once count exceeds SAMPLE. */
double figures_quantile(const struct figures *figures, double part);

#endif
