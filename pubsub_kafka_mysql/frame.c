/* frame.c - the data frame of kafka_processor: keeps the last rows and the figures, prints both as tables. */
#include "../common/demo.h"

#include "frame.h"
#include "table.h"

#include <math.h>

void frame_add(struct frame *frame, struct row row)
{
    struct row *oldest = &frame->last[frame->rows++ % FRAME_LAST];
    row_free(oldest);
    *oldest = row;
    frame->changed = true;
    for (int i = 0; i < FIELDS; i++) {
        const enum field_type type = row.topic->fields[i].type;
        if (type == FIELD_INT) figures_add(&frame->figures[i], row.values[i].integer);
        if (type == FIELD_NUMBER) figures_add(&frame->figures[i], row.values[i].number);
    }
}

void frame_free(struct frame *frame)
{
    for (int r = 0; r < FRAME_LAST; r++) row_free(&frame->last[r]);
}

static bool is_number(enum field_type type) { return type == FIELD_INT || type == FIELD_NUMBER; }

static void add_text(struct table *table, const char *text, bool right)
{
    table_add(table, text, strlen(text), right);
}

static void add_number(struct table *table, int decimals, double value)
{
    char text[64]; /* "%f" of 1e300 has 301 digits */
    if (fabs(value) < 1e15) snprintf(text, sizeof text, "%.*f", decimals, value);
    else snprintf(text, sizeof text, "%g", value);
    add_text(table, text, true);
}

static void add_value(struct table *table, enum field_type type, const union value *v)
{
    char text[64];
    const struct moment *m = &v->moment;
    switch (type) {
    case FIELD_INT: add_number(table, 0, v->integer); break;
    case FIELD_NUMBER: add_number(table, 2, v->number); break;
    case FIELD_MOMENT:
        snprintf(text, sizeof text, "%04u-%02u-%02u %02u:%02u:%02u", m->year, m->month, m->day, m->hour, m->minute,
                 m->second);
        add_text(table, text, false);
        break;
    default: table_add(table, v->text.bytes, v->text.len, false);
    }
}

/* The names and types of the columns, then the last rows. */
static void print_rows(const struct frame *frame, const struct topic *topic)
{
    static const char *const types[] = {"string", "int", "number", "time"};
    struct table *table = table_new(FIELDS + 1);
    add_text(table, "", true);
    for (int i = 0; i < FIELDS; i++) add_text(table, topic->fields[i].name, is_number(topic->fields[i].type));
    add_text(table, "", true);
    for (int i = 0; i < FIELDS; i++) add_text(table, types[topic->fields[i].type], is_number(topic->fields[i].type));
    for (uint64_t r = frame->rows > FRAME_LAST ? frame->rows - FRAME_LAST : 0; r < frame->rows; r++) {
        add_number(table, 0, (double)r);
        for (int i = 0; i < FIELDS; i++)
            add_value(table, topic->fields[i].type, &frame->last[r % FRAME_LAST].values[i]);
    }
    table_print(table, stdout);
    table_free(table);
}

/* The figures of the columns with numbers, one row each. */
static void print_figures(const struct frame *frame, const struct topic *topic)
{
    /* ~: an estimate from a sample, because not all values are kept */
    static const char *const exact[] = {"", "count", "mean", "std", "min", "25%", "50%", "75%", "max"};
    static const char *const estimated[] = {"", "count", "mean", "std", "min", "~25%", "~50%", "~75%", "max"};
    enum { HEADS = sizeof exact / sizeof *exact };
    struct table *table = table_new(HEADS);
    for (int i = 0; i < HEADS; i++) add_text(table, frame->rows > SAMPLE ? estimated[i] : exact[i], i > 0);
    for (int i = 0; i < FIELDS; i++) {
        const struct figures *f = &frame->figures[i];
        if (!is_number(topic->fields[i].type)) continue;
        add_text(table, topic->fields[i].name, false);
        add_number(table, 0, (double)f->count);
        add_number(table, 2, f->mean);
        add_number(table, 2, figures_std(f));
        add_number(table, 2, f->min);
        for (int quarter = 1; quarter <= 3; quarter++) add_number(table, 2, figures_quantile(f, quarter / 4.0));
        add_number(table, 2, f->max);
    }
    table_print(table, stdout);
    table_free(table);
}

void frame_print(struct frame *frame, const struct topic *topic)
{
    if (!frame->changed) return;
    frame->changed = false;
    printf("\n%s: %llu rows x %d columns", topic->name, (unsigned long long)frame->rows, FIELDS);
    if (frame->rejected > 0) printf(", %llu rejected", (unsigned long long)frame->rejected);
    putchar('\n');
    if (frame->rows == 0) return;
    print_rows(frame, topic);
    print_figures(frame, topic);
}
