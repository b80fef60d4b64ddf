/* bind.h - values as parameters of a prepared statement (struct MYSQL_BIND). A bound value is never part of the SQL text,
 * so the server never reads it as SQL. All functions keep pointers: the values must live until the statement has run. */
#ifndef BIND_H
#define BIND_H
#include "rows.h"

#include <mysql.h>

static inline MYSQL_BIND bind_i32(const int32_t *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONG, .buffer = (void *)value};
}
static inline MYSQL_BIND bind_i64(const int64_t *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = (void *)value};
}
static inline MYSQL_BIND bind_u64(const uint64_t *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = (void *)value, .is_unsigned = true};
}
static inline MYSQL_BIND bind_double(const double *value)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = (void *)value};
}
static inline MYSQL_BIND bind_text(const void *bytes, size_t len)
{
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING, .buffer = (void *)bytes, .buffer_length = len};
}
static inline MYSQL_BIND bind_bytes(const void *bytes, size_t len) /* NULL bytes are SQL's NULL */
{
    if (bytes == NULL) return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NULL};
    return (MYSQL_BIND){.buffer_type = MYSQL_TYPE_BLOB, .buffer = (void *)bytes, .buffer_length = len};
}

/* The value of a field. `time` is room for a FIELD_MOMENT. */
MYSQL_BIND bind_field(enum field_type type, const union value *value, MYSQL_TIME *time);

/* Milliseconds since 1970 as DATETIME(3) in UTC. A time outside of DATETIME's range becomes the beginning of 1970. */
MYSQL_BIND bind_time_ms(int64_t ms, MYSQL_TIME *time);

#endif
