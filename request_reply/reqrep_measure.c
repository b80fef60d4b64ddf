/* reqrep_measure.c - many deposits, timed and checked. */
#include "reqrep_measure.h"

#include "../common/measure.h"

int measure_deposits(size_t count, reqrep_call_function *call)
{
    struct measure m;
    struct reqrep_message reply = {0};
    int64_t balance = 0;
    measure_begin(&m, count);
    while (m.sent < count && reply.status != REFUSED_SEMANTICS && !demo_stopping()) {
        struct reqrep_message request = {.operation = DEPOSIT, .value = 1};
        int64_t start = demo_now_ns();
        m.sent++;
        if (!call(&request, &reply)) {
            if (demo_stopping()) m.sent--; /* interrupted, not lost */
            continue;
        }
        int64_t rtt = demo_now_ns() - start;
        if (reply.status != DONE) {
            warnx("request %u: not executed, %s", request.number, reqrep_refusal_text(reply.status));
            continue;
        }
        if (reply.operation == DEPOSIT && reply.value > balance) measure_reply(&m, rtt);
        else warnx("request %u: a reply that cannot be", request.number);
        balance = reply.value;
    }
    return measure_end(&m);
}
