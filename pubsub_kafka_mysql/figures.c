/* figures.c - Welford's algorithm for mean and standard deviation, a reservoir sample for the quartiles. */
#include "../common/demo.h"

#include "figures.h"

#include <math.h>

void figures_add(struct figures *f, double value)
{
    const double distance = value - f->mean;
    f->count++;
    f->mean += distance / (double)f->count;
    f->squares += distance * (value - f->mean);
    if (f->count == 1 || value < f->min) f->min = value;
    if (f->count == 1 || value > f->max) f->max = value;
    f->random = f->random * 6364136223846793005 + 1442695040888963407;
    const uint64_t place = f->count <= SAMPLE ? f->count - 1 : (f->random >> 11) % f->count;
    if (place < SAMPLE) f->sample[place] = value;
}

double figures_std(const struct figures *f) { return f->count < 2 ? NAN : sqrt(f->squares / (double)(f->count - 1)); }

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double figures_quantile(const struct figures *f, double part)
{
    double sorted[SAMPLE];
    const size_t count = f->count < SAMPLE ? (size_t)f->count : SAMPLE;
    if (count == 0) return NAN;
    memcpy(sorted, f->sample, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_doubles);
    const double rank = part * (double)(count - 1);
    const size_t below = (size_t)rank, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (sorted[above] - sorted[below]) * (rank - (double)below);
}
