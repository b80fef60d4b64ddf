/* query.c - reads a query: its verb in Spanish or English, a column of the present topic, an operator, a value. */
#include "../common/demo.h"

#include "query.h"

static bool read_column(struct query *q, const char *name, char *reason)
{
    for (int i = 0; i < FIELDS; i++) {
        q->column = &q->topic->fields[i];
        if (strcmp(q->column->name, name) == 0) return true;
    }
    int len = snprintf(reason, QUERY_REASON, "%.40s: no column of %s; there are:", name, q->topic->name);
    for (int i = 0; i < FIELDS; i++)
        len += snprintf(reason + len, QUERY_REASON - (size_t)len, " %s", q->topic->fields[i].name);
    return false;
}

static bool read_limit(struct query *q, const char *text, char *reason)
{
    char *end;
    q->limit = strtol(text, &end, 10);
    if (end != text && !*end && q->limit >= 1 && q->limit <= QUERY_ROWS_MAX) return true;
    snprintf(reason, QUERY_REASON, "%.40s: expected a number of rows from 1 to %d", text, QUERY_ROWS_MAX);
    return false;
}

static bool read_topic(struct query *q, const char *name, char *reason)
{
    const struct topic *topic = topic_named(name);
    if (topic != NULL) q->topic = topic;
    else
        snprintf(reason, QUERY_REASON, "%.40s: no such table; there are: %s %s %s %s", name, topics[0].name,
                 topics[1].name, topics[2].name, topics[3].name);
    return topic != NULL;
}

static bool read_operator(struct query *q, const char *word, char *reason)
{
    static const struct {
        const char *word;
        enum query_operator op;
    } operators[] = {{"=", OP_EQUAL},          {"!=", OP_NOT_EQUAL},      {"<>", OP_NOT_EQUAL},
                     {"<", OP_LESS},           {"<=", OP_AT_MOST},        {">", OP_GREATER},
                     {">=", OP_AT_LEAST},      {"contiene", OP_CONTAINS}, {"contains", OP_CONTAINS},
                     {"parecido", OP_SIMILAR}, {"similar", OP_SIMILAR}};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        q->op = operators[i].op;
        if (strcmp(word, operators[i].word) == 0) return true;
    }
    snprintf(reason, QUERY_REASON, "%.40s: expected one of = != < <= > >= contiene parecido", word);
    return false;
}

static bool read_filter(struct query *q, char **words, char *reason)
{
    char *end;
    if (!read_column(q, words[1], reason) || !read_operator(q, words[2], reason)) return false;
    q->value = words[3];
    strtod(q->value, &end);
    const bool number = q->column->type == FIELD_INT || q->column->type == FIELD_NUMBER;
    if (!number || q->op == OP_CONTAINS || (*q->value && !*end)) return true;
    snprintf(reason, QUERY_REASON, "%.40s: %s is compared with a number", q->value, q->column->name);
    return false;
}

bool query_read(struct query *q, size_t count, char **words, char reason[QUERY_REASON])
{
    static const struct {
        const char *spanish, *english;
        enum query_kind kind;
        size_t least, most; /* words after the verb */
    } verbs[] = {
        {"tablas", "tables", QUERY_TABLES, 0, 0},
        {"usar", "use", QUERY_USE, 1, 1},
        {"ultimos", "last", QUERY_LAST, 0, 1},
        {"filtrar", "filter", QUERY_FILTER, 3, 3},
        {"resumen", "summary", QUERY_SUMMARY, 0, 1},
        {"seguir", "follow", QUERY_FOLLOW, 0, 0},
        {"rechazados", "rejected", QUERY_REJECTED, 0, 1},
        {"ayuda", "help", QUERY_HELP_TEXT, 0, 0},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(words[0], verbs[i].spanish) != 0 && strcmp(words[0], verbs[i].english) != 0) continue;
        if (count - 1 < verbs[i].least || count - 1 > verbs[i].most) {
            snprintf(reason, QUERY_REASON, "%s takes %zu%s%s (a value with blanks goes into quotes)",
                     verbs[i].spanish, verbs[i].least, verbs[i].most > verbs[i].least ? " or 1" : "",
                     verbs[i].most == 1 ? " word" : " words");
            return false;
        }
        q->kind = verbs[i].kind;
        q->column = NULL;
        q->limit = QUERY_ROWS;
        if (q->kind == QUERY_FILTER) return read_filter(q, words, reason);
        if (count == 1) return true;
        if (q->kind == QUERY_SUMMARY) return read_column(q, words[1], reason);
        return q->kind == QUERY_USE ? read_topic(q, words[1], reason) : read_limit(q, words[1], reason);
    }
    snprintf(reason, QUERY_REASON, "%.40s: not a question", words[0]);
    return false;
}

size_t query_split(char *line, char **words, size_t most)
{
    size_t count = 0;
    for (char *s = line; count < most;) {
        s += strspn(s, " \t\r");
        if (!*s) break;
        const char quote = *s == '\'' || *s == '"' ? *s++ : '\0';
        words[count++] = s;
        s += strcspn(s, quote == '\0' ? " \t\r" : quote == '"' ? "\"" : "'");
        if (*s) *s++ = '\0';
    }
    return count;
}
