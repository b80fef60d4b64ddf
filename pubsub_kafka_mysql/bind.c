/* bind.c - fields and times as parameters of a prepared statement. */
#include "../common/demo.h"

#include "bind.h"

MYSQL_BIND bind_field(enum field_type type, const union value *value, MYSQL_TIME *time)
{
    const struct moment *m = &value->moment;
    switch (type) {
    case FIELD_INT: return bind_i32(&value->integer);
    case FIELD_NUMBER: return bind_double(&value->number);
    case FIELD_MOMENT:
        *time = (MYSQL_TIME){.year = m->year,
                             .month = m->month,
                             .day = m->day,
                             .hour = m->hour,
                             .minute = m->minute,
                             .second = m->second,
                             .second_part = m->microsecond,
                             .time_type = MYSQL_TIMESTAMP_DATETIME};
        return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DATETIME, .buffer = time};
    default: return bind_text(value->text.bytes, value->text.len);
    }
}

MYSQL_BIND bind_time_ms(int64_t ms, MYSQL_TIME *time)
{
    const int64_t year_9999_ms = 253402300799999; /* a producer may give its messages any time */
    struct tm utc;
    if (ms < 0 || ms > year_9999_ms) ms = 0;
    gmtime_r(&(time_t){ms / 1000}, &utc);
    *time = (MYSQL_TIME){.year = (unsigned)utc.tm_year + 1900,
                         .month = (unsigned)utc.tm_mon + 1,
                         .day = (unsigned)utc.tm_mday,
                         .hour = (unsigned)utc.tm_hour,
                         .minute = (unsigned)utc.tm_min,
                         .second = (unsigned)utc.tm_sec,
                         .second_part = (unsigned long)(ms % 1000 * 1000),
                         .time_type = MYSQL_TIMESTAMP_DATETIME};
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DATETIME, .buffer = time};
}
