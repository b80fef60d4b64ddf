/* exact_double.c - rewrites the numbers of XML-RPC messages around xmlrpc-c, which would round them. */
#include "../common/demo.h"

#include "../units/exact_text.h"
#include "exact_double.h"
#include "rpc_proto.h"
#include "xml_text.h"

#include <math.h>

static void note_one(xmlrpc_env *env, struct doubles *d, double value)
{
    if (!isfinite(value)) {
        xmlrpc_env_set_fault(env, RPC_FAULT_NOT_FINITE, "the result is no finite number");
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
        note_one(env, d, number);
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
    default: break; /* xmlrpc-c writes the other types exactly */
    }
}

void doubles_clean(struct doubles *d)
{
    free(d->values);
    *d = (struct doubles){0};
}

static char *append(char *to, const char *from, const char *end)
{
    memcpy(to, from, (size_t)(end - from));
    return to + (end - from);
}

/* <double>, also with blanks or attributes. */
static bool opens_double(const struct xml_token *token)
{
    static const char tag[] = "<double";
    const size_t len = sizeof tag - 1;
    return token->kind == XML_START && token->len > len && memcmp(token->start, tag, len) == 0 &&
           strchr("> \t\r\n", token->start[len]) != NULL;
}

char *doubles_to_decimal(const struct doubles *d, const char *xml, size_t *len)
{
    const char *next = xml, *end = xml + *len, *from = xml;
    char *decimal = malloc(*len + d->count * EXACT_TEXT + 1), *to = decimal;
    size_t count = 0;
    for (struct xml_token token; decimal != NULL && (token = xml_next(&next, end)).kind != XML_FINISHED;) {
        if (!opens_double(&token) || count++ >= d->count) continue;
        to = append(to, from, next);
        to += double_text(d->values[count - 1], to);
        xml_next(&next, end); /* the rounded number */
        from = next;
    }
    if (decimal == NULL) return NULL;
    if (count == d->count) *len = (size_t)(append(to, from, end) - decimal);
    else memcpy(decimal, xml, *len);
    return decimal;
}

/* Whether the text is a number as XML-RPC writes it, or with an exponent, which other programs may send. */
static bool is_number(const char *text, double *value)
{
    char *end;
    if (*text == '\0' || text[strspn(text, "0123456789.+-eE")] != '\0') return false;
    *value = strtod(text, &end);
    return *end == '\0' && isfinite(*value);
}

char *doubles_to_hex(const char *xml, size_t *len)
{
    const char *next = xml, *end = xml + *len, *from = xml; /* `from`: what comes next into the copy */
    char *hex = malloc(doubles_hex_size(*len) + 1), *to = hex, *number = NULL;
    double value;
    for (struct xml_token token; hex != NULL && (token = xml_next(&next, end)).kind != XML_FINISHED;) {
        if (opens_double(&token)) {
            to = number = append(to, from, next);
            from = next;
        } else if (number != NULL && token.kind == XML_CHARACTERS) {
            /* A comment may stand in the middle of a number: its pieces are joined in the copy, where there is room. */
            struct xml_token text = xml_characters(&token);
            number = append(number, text.start, text.start + text.len);
        } else if (number != NULL && token.kind != XML_OTHER) {
            *number = '\0';
            if (token.kind == XML_END && is_number(to, &value)) {
                to += sprintf(to, "%a", value);
                from = token.start;
            }
            number = NULL;
        }
    }
    if (hex != NULL) *len = (size_t)(append(to, from, end) - hex);
    return hex;
}
