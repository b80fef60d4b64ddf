/* reqrep_options.h - the one option value that both programs read: the name of the semantics. */
#ifndef REQREP_OPTIONS_H
#define REQREP_OPTIONS_H
#include "../common/demo.h"

#include "reqrep_proto.h"

/* A name that does not exist ends the program with DEMO_USAGE. */
static inline enum reqrep_semantics reqrep_read_semantics(const char *option, const char *name)
{
    enum reqrep_semantics semantics = reqrep_semantics_of(name);
    if (semantics == 0) errx(DEMO_USAGE, "%s %s: expected maybe, at-least-once or at-most-once", option, name);
    return semantics;
}

#endif
