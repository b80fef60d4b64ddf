/* lease.h - when a server renews the lease of a name: at a third of its time. */
#ifndef LEASE_H
#define LEASE_H

enum {
    RENEWAL_MIN_MS = 30,      /* a third of the shortest lease of rmi_registry */
    RENEWAL_MAX_MS = 3600000, /* a registry that was started again should not wait longer for the names */
};

/* The time from one renewal to the next, for a lease of so many seconds: a third, so that one renewal may fail, or time out if
 * the lease is long. The registry may answer any double, also a negative one, an infinity or no number. */
static inline int lease_renewal_ms(double lease)
{
    const double third = lease * 1000 / 3;
    return third >= RENEWAL_MAX_MS ? RENEWAL_MAX_MS : third > RENEWAL_MIN_MS ? (int)third : RENEWAL_MIN_MS;
}

#endif
