/* rows.c - reads JSON with jansson and checks every field; writes JSON by hand, which is faster. */
#include "../common/demo.h"

#include "rows.h"

#include <float.h>
#include <math.h>

static bool digits(unsigned *value, const char *text, size_t count)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *value = *value * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

static unsigned days_of(unsigned year, unsigned month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 ? (leap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool moment_read(struct moment *m, const char *text, size_t len)
{
    const char *zone = text + 19, *end = text + len;
    *m = (struct moment){0};
    if (len < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' ||
        text[16] != ':' || !digits(&m->year, text, 4) || !digits(&m->month, text + 5, 2) ||
        !digits(&m->day, text + 8, 2) || !digits(&m->hour, text + 11, 2) || !digits(&m->minute, text + 14, 2) ||
        !digits(&m->second, text + 17, 2))
        return false;
    if (*zone == '.') {
        size_t count = 0;
        unsigned fraction;
        for (zone++; zone + count < end && digits(&fraction, zone + count, 1);) count++;
        if (count < 1 || count > 6) return false; /* DATETIME(6) would round the rest away */
        digits(&m->microsecond, zone, count);
        for (size_t i = count; i < 6; i++) m->microsecond *= 10;
        zone += count;
    }
    bool utc = (end - zone == 1 && *zone == 'Z') || (end - zone == 6 && memcmp(zone, "+00:00", 6) == 0);
    return utc && m->year >= 1000 && m->month >= 1 && m->month <= 12 && m->day >= 1 &&
           m->day <= days_of(m->year, m->month) && m->hour < 24 && m->minute < 60 && m->second < 60;
}

static size_t characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* Reads one member. Returns NULL, or what is wrong with it. */
static const char *read_value(union value *value, enum field_type type, const json_t *member)
{
    if (member == NULL) return "is missing";
    if (type == FIELD_NUMBER) {
        if (!json_is_number(member)) return "is not a number";
        value->number = json_number_value(member);
        const json_int_t most = 1LL << DBL_MANT_DIG,
                         whole = json_integer_value(member); /* 0 for a number with a point */
        return whole >= -most && whole <= most ? NULL : "has more digits than a double holds";
    }
    if (type == FIELD_INT) { /* 1e3 and 1000.0 are whole numbers, too */
        if (!json_is_number(member)) return "is not a number";
        double number = json_number_value(member);
        if (number != floor(number)) return "is not a whole number";
        if (number < INT32_MIN || number > INT32_MAX) return "is out of range, -2147483648 to 2147483647";
        value->integer = (int32_t)number;
        return NULL;
    }
    if (!json_is_string(member)) return "is not a string";
    const char *text = json_string_value(member);
    size_t len = json_string_length(member);
    if (type == FIELD_MOMENT)
        return moment_read(&value->moment, text, len) ? NULL : "is not a time such as 2026-03-01T12:00:00Z (UTC)";
    if (characters(text, len) > TEXT_CHARACTERS) return "is longer than 200 characters";
    value->text.bytes = text;
    value->text.len = len;
    return NULL;
}

bool row_read(struct row *row, const struct topic *topic, const void *bytes, size_t len, char reason[ROW_REASON])
{
    *row = (struct row){.topic = topic};
    if (bytes == NULL) { /* in a compacted topic: the key was deleted */
        snprintf(reason, ROW_REASON, "no value (a tombstone)");
        return false;
    }
    json_error_t error;
    row->json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (row->json == NULL) { /* jansson's own text quotes the message: the reason shows only the position */
        const char *what = json_error_code(&error) == json_error_invalid_utf8       ? "not UTF-8"
                           : json_error_code(&error) == json_error_duplicate_key    ? "a member occurs twice"
                           : json_error_code(&error) == json_error_numeric_overflow ? "a number is too large"
                                                                                    : "not JSON";
        snprintf(reason, ROW_REASON, "%s, at byte %d", what, error.position);
        return false;
    }
    if (!json_is_object(row->json)) {
        snprintf(reason, ROW_REASON, "not a JSON object");
        row_free(row);
        return false;
    }
    for (int i = 0; i < FIELDS; i++) {
        const struct field *field = &topic->fields[i];
        const char *wrong = read_value(&row->values[i], field->type, json_object_get(row->json, field->name));
        if (wrong == NULL) continue;
        snprintf(reason, ROW_REASON, "%s %s", field->name, wrong);
        row_free(row);
        return false;
    }
    return true;
}

void row_free(struct row *row)
{
    json_decref(row->json);
    row->json = NULL;
}

static char *put(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

static char *put_text(char *at, const char *text, size_t len)
{
    const char *end = text + len;
    *at++ = '"';
    while (text < end) {
        size_t plain = 0; /* bytes that need no escape: nearly all, so they are copied together */
        while (text + plain < end && is_plain((unsigned char)text[plain])) plain++;
        at = put(at, text, plain);
        if ((text += plain) == end) break;
        at += sprintf(at, (unsigned char)*text < 0x20 ? "\\u%04x" : "\\%c", *text);
        text++;
    }
    *at++ = '"';
    return at;
}

static char *put_integer(char *at, int64_t value)
{
    char reversed[24];
    size_t count = 0;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (value < 0) *at++ = '-';
    do reversed[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    while (count > 0) *at++ = reversed[--count];
    return at;
}

/* Writes the shortest decimal number that reads back as the same double. */
static char *put_number(char *at, double value)
{
    double cents = value * 100;
    if (fabs(cents) < 1e15 && (double)llround(cents) / 100 == value) { /* most generated numbers: printf is slow */
        int64_t all = llround(cents);
        if (all < 0) *at++ = '-';
        if (all < 0) all = -all;
        at = put_integer(at, all / 100);
        if (all % 100 == 0) return at;
        *at++ = '.';
        *at++ = (char)('0' + all % 100 / 10);
        if (all % 10 != 0) *at++ = (char)('0' + all % 10);
        return at;
    }
    for (int precision = 15; precision <= 17; precision++) {
        int len = sprintf(at, "%.*g", precision, value);
        if (precision == 17 || strtod(at, NULL) == value) return at + len;
    }
    return at;
}

size_t row_write(const struct row *row, char json[ROW_JSON])
{
    char *at = json;
    for (int i = 0; i < FIELDS; i++) {
        const struct field *field = &row->topic->fields[i];
        const union value *v = &row->values[i];
        *at++ = i == 0 ? '{' : ',';
        *at++ = '"';
        at = put(at, field->name, field->name_len);
        at = put(at, "\":", 2);
        switch (field->type) {
        case FIELD_TEXT: at = put_text(at, v->text.bytes, v->text.len); break;
        case FIELD_INT: at = put_integer(at, v->integer); break;
        case FIELD_NUMBER: at = put_number(at, v->number); break;
        case FIELD_MOMENT:
            at += sprintf(at, "\"%04u-%02u-%02uT%02u:%02u:%02u", v->moment.year, v->moment.month, v->moment.day,
                          v->moment.hour, v->moment.minute, v->moment.second);
            if (v->moment.microsecond > 0) at += sprintf(at, ".%06u", v->moment.microsecond);
            at = put(at, "Z\"", 2);
            break;
        }
    }
    *at++ = '}';
    return (size_t)(at - json);
}
