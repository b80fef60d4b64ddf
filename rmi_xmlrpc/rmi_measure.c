/* rmi_measure.c - times calls of convertir, one after the other. */
#include "../common/demo.h"

#include "../common/measure.h"
#include "rmi_measure.h"
#include "rmi_prompt.h"
#include "stubs.h"

int rmi_measure(struct rmi_reference *conversor, size_t count)
{
    struct measure m;
    measure_begin(&m, count);
    while (m.sent < count && !demo_stopping()) {
        double metres = 0, km = (double)(m.sent % 1000);
        int64_t began = demo_now_ns();
        struct rmi_error error = conversor_convertir(conversor, km, "km", "m", &metres);
        if (error.failure == RMI_STOPPED) break;
        m.sent++;
        if (error.failure == RMI_OK && metres == km * 1000) measure_reply(&m, demo_now_ns() - began);
        else if (error.failure == RMI_OK) warnx("%g km are %g m?", km, metres);
        print_error(error);
        if (error.failure != RMI_OK) break;
    }
    return measure_end(&m);
}
