/* link_faults.c - see link_faults.h. */
#include "link_faults.h"

/* The next number of a sequence that looks random: splitmix64. Whole numbers only, so that it is the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* From 0 up to, but not including, 1. */
static double next_fraction(uint64_t *state) { return (double)(next_random(state) >> 11) / (double)(1ULL << 53); }

struct link_fate link_fate_of(const struct link_faults *faults, uint64_t stream, enum link_way way, uint64_t nth)
{
    uint64_t state = faults->seed;
    state = next_random(&state) ^ stream;
    state = next_random(&state) ^ (uint64_t)way;
    state = next_random(&state) ^ nth;
    struct link_fate fate = {0};
    /* Always all four numbers, in this order: one chance that changes leaves the others' faults what they are. */
    bool drop = next_fraction(&state) * 100 < faults->drop;
    bool duplicate = next_fraction(&state) * 100 < faults->duplicate;
    bool hold = next_fraction(&state) * 100 < faults->reorder;
    double delay = next_fraction(&state) * (double)(faults->delay_most_ns - faults->delay_least_ns);
    if (way == TO_SERVER || !faults->one_way)
        fate = (struct link_fate){drop, duplicate, hold, faults->delay_least_ns + (int64_t)delay};
    for (size_t i = 0; i < faults->named_count; i++) {
        const struct link_named *n = &faults->named[i];
        if (n->way != way || n->nth != nth) continue;
        fate.drop |= n->fate.drop;
        fate.duplicate |= n->fate.duplicate;
        fate.delay_ns += n->fate.delay_ns;
    }
    return fate;
}

double link_percentage(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || strcmp(end, "%") != 0 || !(value >= 0 && value <= 100))
        errx(DEMO_USAGE, "%s %s: expected a percentage such as 5%%", option, text);
    return value;
}

/* Reads 20ms from the beginning of `text`. Returns what follows it, NULL if it is none. */
static const char *duration(const char *text, int64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    char *end;
    double value = strtod(text, &end);
    if (end == text) return NULL;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len = strlen(units[i].name);
        if (strncmp(end, units[i].name, len) != 0) continue;
        if (!(value >= 0 && value * units[i].ns <= 3600e9)) return NULL;
        *ns = (int64_t)(value * units[i].ns);
        return end + len;
    }
    return NULL;
}

void link_delay(const char *option, const char *text, int64_t *least_ns, int64_t *most_ns)
{
    const char *end = duration(text, least_ns);
    *most_ns = *least_ns;
    if (end != NULL && strncmp(end, "..", 2) == 0) end = duration(end + 2, most_ns);
    if (end == NULL || *end || *most_ns < *least_ns)
        errx(DEMO_USAGE, "%s %s: expected up to an hour, such as 20ms, or 20ms..200ms (us, ms, s)", option, text);
}

void link_name(struct link_faults *faults, const char *option, const char *list, struct link_fate fate, bool delays)
{
    for (const char *at = list;; at++) {
        if (faults->named_count == LINK_NAMED) errx(DEMO_USAGE, "%s: more than %d named faults", option, LINK_NAMED);
        struct link_named *n = &faults->named[faults->named_count++];
        n->way = *at == 'r' ? TO_CLIENT : TO_SERVER;
        n->fate = fate;
        if (*at == 'r') at++;
        char *end;
        long nth = strtol(at, &end, 10);
        n->nth = (uint64_t)nth;
        bool number = end > at && nth >= 1;
        at = end;
        if (delays) at = *at == ':' ? duration(at + 1, &n->fate.delay_ns) : NULL;
        if (!number || at == NULL || (*at && *at != ','))
            errx(DEMO_USAGE, "%s %s: expected %s (counted from 1; r for the way back)", option, list,
                 delays ? "2:200ms or 2:200ms,r5:1s" : "2 or 2,5,r3");
        if (*at == '\0') return;
    }
}
