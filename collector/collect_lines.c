/* collect_lines - shows the lines of several programs in the order in which they were written. ./demo runs the models with it.
 *
 *     collect_lines collect DIRECTORY &                            shows NAME and the line; keeps NAME.log and lines.tsv there
 *     collect_lines run DIRECTORY NAME COLOUR PROGRAM [ARG...]     becomes PROGRAM, whose lines go to the collector
 *     collect_lines flush DIRECTORY NAME                           NAME ended: returns when all of its lines were shown
 *     collect_lines end DIRECTORY                                  ends the collector, when all lines were shown
 *
 * How it works stands in collector.h. */
#include "collector.h"

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    char request[sizeof "flush " + NAME_SIZE];

    if (strcmp(mode, "collect") == 0 && argc == 3) return collect(argv[2]);
    if (strcmp(mode, "run") == 0 && argc >= 6) {
        run_collected(argv[2], argv[3], argv[4], argv + 5);
        err(127, "%s", argv[5]); /* the status that a shell gives */
    }
    if (strcmp(mode, "flush") == 0 && argc == 4) {
        snprintf(request, sizeof request, "flush %s", argv[3]);
        collector_request(argv[2], request);
        return DEMO_DONE;
    }
    if (strcmp(mode, "end") == 0 && argc == 3) {
        collector_request(argv[2], "end");
        return DEMO_DONE;
    }
    errx(DEMO_USAGE,
         "usage: collect_lines collect|end DIRECTORY, flush DIRECTORY NAME, or run DIRECTORY NAME COLOUR PROGRAM...");
}
