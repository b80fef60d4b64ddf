/* rmi_measure.h - how fast remote invocations are: rmi_client -n. */
#ifndef RMI_MEASURE_H
#define RMI_MEASURE_H

#include "remote_reference.h"

#include <stddef.h>

/* Calls convertir of the object `count` times, and checks each result. Ends at the first error. Prints the line of
 * common/measure.h and returns the exit status. */
int rmi_measure(struct rmi_reference *conversor, size_t count);

#endif
