/* kafka_request.c - the requests that clients send to a bootstrap server, as a table, and a reader that checks them. */
#include "../common/demo.h"

#include "kafka_request.h"

/* The fields of a request: b, h, i, l: an integer of 1, 2, 4, 8 bytes; u: a UUID, 16 bytes; s: a string; n: a string or
 * null; y: bytes; [...]: an array; *: anything. In a flexible version (KIP-482) lengths are variable-length integers,
 * and the header, each element of an array, and the request end with tagged fields. */
static const struct layout {
    const char *name;
    int kind, first, last; /* versions */
    bool flexible;
    const char *fields;
} layouts[] = {
    {"Metadata", 3, 0, 3, false, "[s]"},
    {"Metadata", 3, 4, 7, false, "[s]b"},
    {"Metadata", 3, 8, 8, false, "[s]bbb"},
    {"Metadata", 3, 9, 9, true, "[s]bbb"},
    {"Metadata", 3, 10, 10, true, "[un]bbb"},
    {"Metadata", 3, 11, 13, true, "[un]bb"},
    {"FindCoordinator", 10, 0, 0, false, "s"},
    {"FindCoordinator", 10, 1, 2, false, "sb"},
    {"FindCoordinator", 10, 3, 3, true, "sb"},
    {"FindCoordinator", 10, 4, 6, true, "b[s]"},
    {"ApiVersions", 18, 0, 2, false, ""},
    {"ApiVersions", 18, 3, 4, true, "ss"},
    {"ApiVersions", 18, 5, INT16_MAX, true, "*"}, /* a broker answers any version with the versions that it knows */
    {"InitProducerId", 22, 0, 1, false, "ni"},
    {"InitProducerId", 22, 2, 2, true, "ni"},
    {"InitProducerId", 22, 3, 5, true, "nilh"},
    {"InitProducerId", 22, 6, 6, true, "nilhbb"},
    {"GetTelemetrySubscriptions", 71, 0, 0, true, "u"},
    {"PushTelemetry", 72, 0, 0, true, "uibby"},
};

struct reader {
    const unsigned char *at, *end;
    bool malformed; /* a length led past the end, or was below the least */
};

static void skip(struct reader *r, size_t count)
{
    if (count > (size_t)(r->end - r->at)) r->malformed = true;
    else r->at += count;
}

static int64_t read_integer(struct reader *r, size_t bytes)
{
    const unsigned char *from = r->at;
    uint64_t value = 0;
    skip(r, bytes);
    if (r->malformed) return 0;
    for (size_t i = 0; i < bytes; i++) value = value << 8 | from[i];
    const uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    return (int64_t)((value ^ sign) - sign);
}

/* An unsigned integer, 7 bits in each byte, the lowest first. */
static int64_t read_varint(struct reader *r)
{
    int64_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        const int64_t byte = read_integer(r, 1) & 0xFF;
        value |= (byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
    r->malformed = true;
    return 0;
}

/* The length of a string, of bytes, or of an array; -1 is null. */
static int64_t read_length(struct reader *r, bool flexible, size_t bytes)
{
    return flexible ? read_varint(r) - 1 : read_integer(r, bytes);
}

static void skip_text(struct reader *r, bool flexible, size_t length_bytes, bool nullable)
{
    const int64_t len = read_length(r, flexible, length_bytes);
    if (len < (nullable ? -1 : 0)) r->malformed = true;
    if (len > 0) skip(r, (size_t)len);
}

static void skip_tagged_fields(struct reader *r)
{
    for (int64_t count = read_varint(r); count > 0 && !r->malformed; count--) {
        read_varint(r); /* the tag */
        skip(r, (size_t)read_varint(r));
    }
}

/* Skips the fields up to the end of `fields`, or of the array's element. */
static void skip_fields(struct reader *r, const char *fields, bool flexible)
{
    for (; *fields && *fields != ']' && !r->malformed; fields++) {
        switch (*fields) {
        case 'b': skip(r, 1); break;
        case 'h': skip(r, 2); break;
        case 'i': skip(r, 4); break;
        case 'l': skip(r, 8); break;
        case 'u': skip(r, 16); break;
        case 's': skip_text(r, flexible, 2, false); break;
        case 'n': skip_text(r, flexible, 2, true); break;
        case 'y': skip_text(r, flexible, 4, true); break;
        case '[':
            for (int64_t count = read_length(r, flexible, 4); count > 0 && !r->malformed; count--)
                skip_fields(r, fields + 1, flexible);
            fields = strchr(fields, ']');
            break;
        default: r->at = r->end; return;
        }
    }
    if (flexible) skip_tagged_fields(r);
}

static const struct layout *layout_of(int kind, int version)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].kind == kind && version >= layouts[i].first && version <= layouts[i].last) return &layouts[i];
    return NULL;
}

bool kafka_request_check(const unsigned char *bytes, size_t len, size_t most, size_t *size,
                         char reason[KAFKA_REQUEST_REASON])
{
    struct reader r = {.at = bytes, .end = bytes + len};
    *size = 0;
    if (len < 4) return true;
    const int64_t body = read_integer(&r, 4);
    if (body < 10 || body > (int64_t)most - 4) { /* 10: kind, version, correlation id, client id */
        snprintf(reason, KAFKA_REQUEST_REASON, "no request of Kafka: its size would be %lld bytes", (long long)body);
        return false;
    }
    if (len - 4 < (size_t)body) return true;
    r.end = r.at + body;
    const int kind = (int)read_integer(&r, 2), version = (int)read_integer(&r, 2);
    const struct layout *layout = layout_of(kind, version);
    if (layout == NULL) {
        snprintf(reason, KAFKA_REQUEST_REASON, "request kind %d, version %d: not for a bootstrap server", kind,
                 version);
        return false;
    }
    skip(&r, 4);                   /* correlation id */
    skip_text(&r, false, 2, true); /* client id: never of variable length */
    if (layout->flexible) skip_tagged_fields(&r);
    skip_fields(&r, layout->fields, layout->flexible);
    if (r.malformed || r.at != r.end) {
        snprintf(reason, KAFKA_REQUEST_REASON, "malformed request %s, version %d, %lld bytes", layout->name, version,
                 (long long)body);
        return false;
    }
    *size = 4 + (size_t)body;
    return true;
}
