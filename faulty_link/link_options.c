/* link_options.c - reads the values of faulty_link's options and checks them. */
#include "link_options.h"

struct link_options link_options = {.cut_after = SIZE_MAX, .half_open_after = SIZE_MAX};

double link_percentage(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || strcmp(end, "%") != 0 || !(value >= 0 && value <= 100))
        errx(DEMO_USAGE, "%s %s: expected a percentage such as 5%%", option, text);
    return value;
}

/* Reads a duration such as 20ms at the beginning of `text`. Returns the text after it; NULL: there is no duration. */
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

void link_add_named(struct link_faults *faults, const char *option, const char *list, struct link_fate fate,
                    bool delays)
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
            errx(DEMO_USAGE, "%s %s: expected %s (counted from 1; r for those from the server)", option, list,
                 delays ? "2:200ms or 2:200ms,r5:1s" : "2 or 2,5,r3");
        if (*at == '\0') return;
    }
}

void link_read_drop(const char *option, const char *text)
{
    link_options.faults.drop = link_percentage(option, text);
}

void link_read_duplicate(const char *option, const char *text)
{
    link_options.faults.duplicate = link_percentage(option, text);
}

void link_read_reorder(const char *option, const char *text)
{
    link_options.faults.reorder = link_percentage(option, text);
}

void link_read_delay(const char *option, const char *text)
{
    link_delay(option, text, &link_options.faults.delay_least_ns, &link_options.faults.delay_most_ns);
}

void link_read_drop_nth(const char *option, const char *text)
{
    link_add_named(&link_options.faults, option, text, (struct link_fate){.drop = true}, false);
}

void link_read_duplicate_nth(const char *option, const char *text)
{
    link_add_named(&link_options.faults, option, text, (struct link_fate){.duplicate = true}, false);
}

void link_read_delay_nth(const char *option, const char *text)
{
    link_add_named(&link_options.faults, option, text, (struct link_fate){0}, true);
}

void link_check_mode(bool tcp)
{
    const struct link_options *o = &link_options;
    const struct link_faults *f = &o->faults;
    if (tcp && (f->drop > 0 || f->duplicate > 0 || f->reorder > 0 || f->named_count > 0))
        errx(DEMO_USAGE, "with --tcp there is --delay, --trickle, --cut-after and --half-open-after: TCP repairs "
                         "everything else; try: faulty_link --help");
    if (!tcp && (o->trickle > 0 || o->cut_after < SIZE_MAX || o->half_open_after < SIZE_MAX))
        errx(DEMO_USAGE, "--trickle, --cut-after and --half-open-after go with --tcp; try: faulty_link --help");
}

struct addrinfo *link_resolve(const char *server, int socktype)
{
    char host[256];
    const char *colon = strrchr(server, ':'), *begin = server, *end = colon;
    if (colon != NULL && *begin == '[' && colon[-1] == ']') begin++, end--;
    if (colon == NULL || end <= begin || end - begin >= (long)sizeof host)
        errx(DEMO_USAGE, "%s: expected HOST:PORT, such as localhost:12350", server);
    demo_number("port", colon + 1, 1, 65535);
    snprintf(host, sizeof host, "%.*s", (int)(end - begin), begin);
    struct addrinfo hints = {.ai_socktype = socktype}, *found;
    int error = getaddrinfo(host, colon + 1, &hints, &found);
    if (error) errx(DEMO_FAILED, "%s: %s (is the name spelled right?)", host, gai_strerror(error));
    return found;
}
