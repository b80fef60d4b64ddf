/* rmi_error.c - makes a remote error with its text. */
#include "rmi_error.h"

#include <stdarg.h>
#include <stdio.h>

struct rmi_error rmi_failed(enum rmi_failure failure, int code, const char *format, ...)
{
    struct rmi_error error = {.failure = failure, .code = code};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.text, sizeof error.text, format, arguments);
    va_end(arguments);
    return error;
}
