/* exact_double.c - see exact_double.h. */
#include "exact_double.h"

#include "xml_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(xmlrpc_env *env, struct doubles *d, double value)
{
    if (!isfinite(value)) {
        xmlrpc_env_set_fault(env, EXACT_FAULT_NOT_FINITE, "the result is no finite number");
        return;
    }
    if (d->count == d->room) {
        size_t room = d->room > 0 ? 2 * d->room : 8;
        double *more = realloc(d->values, room * sizeof *more);
        if (more == NULL) {
            xmlrpc_env_set_fault(env, XMLRPC_INTERNAL_ERROR, "out of memory");
            return;
        }
        d->values = more;
        d->room = room;
    }
    d->values[d->count++] = value;
}

void doubles_note(xmlrpc_env *env, struct doubles *d, xmlrpc_value *value)
{
    double number;
    switch (xmlrpc_value_type(value)) {
    case XMLRPC_TYPE_DOUBLE:
        xmlrpc_read_double(env, value, &number);
        note(env, d, number);
        break;
    case XMLRPC_TYPE_ARRAY:
        for (int i = 0, size = xmlrpc_array_size(env, value); i < size && !env->fault_occurred; i++) {
            xmlrpc_value *item;
            xmlrpc_array_read_item(env, value, (unsigned)i, &item);
            doubles_note(env, d, item);
            xmlrpc_DECREF(item);
        }
        break;
    case XMLRPC_TYPE_STRUCT: /* xmlrpc-c writes the members in this order */
        for (int i = 0, size = xmlrpc_struct_size(env, value); i < size && !env->fault_occurred; i++) {
            xmlrpc_value *key, *member;
            xmlrpc_struct_read_member(env, value, (unsigned)i, &key, &member);
            doubles_note(env, d, member);
            xmlrpc_DECREF(key);
            xmlrpc_DECREF(member);
        }
        break;
    default: break; /* the other types are written exactly */
    }
}

size_t double_text(double value, char text[EXACT_TEXT])
{
    if (!isfinite(value)) return (size_t)sprintf(text, "%g", value); /* no digits, and no e after them */
    char scientific[32], digits[32];                                 /* -d.dddde-308, and its digits alone */
    for (int decimals = 14; decimals <= 16; decimals++) {
        snprintf(scientific, sizeof scientific, "%.*e", decimals, value);
        if (strtod(scientific, NULL) == value) break;
    }
    int count = 0, significant = 0;
    const char *s = scientific;
    for (; *s != 'e'; s++) {
        if (*s < '0' || *s > '9') continue;
        digits[count++] = *s;
        if (*s != '0') significant = count;
    }
    int whole = atoi(s + 1) + 1; /* how many digits stand before the point; fewer than 1: zeros behind it */
    const char *sign = *scientific == '-' ? "-" : "";
    if (significant == 0) return (size_t)sprintf(text, "%s0", sign);
    if (whole <= 0) return (size_t)sprintf(text, "%s0.%.*d%.*s", sign, -whole, 0, significant, digits);
    if (significant > whole)
        return (size_t)sprintf(text, "%s%.*s.%.*s", sign, whole, digits, significant - whole, digits + whole);
    return (size_t)sprintf(text, "%s%.*s%.*d", sign, significant, digits, whole - significant, 0);
}

/* The first of `what` from `s` to `end`, or NULL. */
static const char *find(const char *s, const char *end, const char *what, size_t need)
{
    for (; (size_t)(end - s) >= need; s++) {
        s = memchr(s, what[0], (size_t)(end - s) - need + 1);
        if (s == NULL || memcmp(s, what, need) == 0) return s;
    }
    return NULL;
}

static char *append(char *to, const char *from, const char *end)
{
    memcpy(to, from, (size_t)(end - from));
    return to + (end - from);
}

static const char OPEN[] = "<double>", CLOSE[] = "</double>";
enum { OPEN_LEN = sizeof OPEN - 1, CLOSE_LEN = sizeof CLOSE - 1 };

char *doubles_put(const struct doubles *d, const char *xml, size_t *len)
{
    const char *from = xml, *end = xml + *len;
    char *put = d->count > 0 ? malloc(*len + d->count * EXACT_TEXT) : NULL, *to = put;
    size_t used = 0;
    /* In text, < is written &lt;: what looks like the element is one. */
    for (const char *at; put != NULL && (at = find(from, end, OPEN, OPEN_LEN)) != NULL; used++) {
        const char *close = find(at, end, CLOSE, CLOSE_LEN);
        if (close == NULL || used == d->count) break;
        to = append(to, from, at + OPEN_LEN);
        to += double_text(d->values[used], to);
        from = close;
    }
    if (put == NULL || used != d->count || find(from, end, OPEN, OPEN_LEN) != NULL) {
        free(put); /* someone else's doubles are among them: they stay as they are */
        return NULL;
    }
    *len = (size_t)(append(to, from, end) - put);
    return put;
}

/* Whether this is how XML-RPC writes a number: a sign, digits, a point. */
static bool plain_number(const struct xml_token *token)
{
    for (size_t i = 0; i < token->len; i++) {
        char c = token->start[i];
        if (!(c >= '0' && c <= '9') && c != '.' && c != '+' && c != '-') return false;
    }
    return token->kind == XML_CHARACTERS;
}

/* The most that marking makes of so many bytes: e0 after each number of one digit. */
static size_t marked_size(size_t len) { return len + len / (OPEN_LEN + 1) * 2; }

void doubles_allow(size_t most) { xmlrpc_limit_set(XMLRPC_XML_SIZE_LIMIT_ID, marked_size(most)); }

char *doubles_mark(const char *xml, size_t *len)
{
    const char *end = xml + *len, *from = xml;
    char *marked = malloc(marked_size(*len) + 1), *to = marked;
    bool in_double = false;
    for (struct xml_token token; marked != NULL && (token = xml_next(&xml, end)).kind != XML_FINISHED;) {
        if (in_double && plain_number(&token)) {
            to = append(to, from, xml);
            *to++ = 'e';
            *to++ = '0';
            from = xml;
        }
        in_double = token.kind == XML_START && token.len == OPEN_LEN && memcmp(token.start, OPEN, OPEN_LEN) == 0;
    }
    if (marked != NULL) *len = (size_t)(append(to, from, end) - marked);
    return marked;
}

void doubles_clean(struct doubles *d)
{
    free(d->values);
    *d = (struct doubles){0};
}
