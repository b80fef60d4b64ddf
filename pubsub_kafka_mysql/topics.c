/* topics.c - the table of topics and fields, and the value of the option -t. */
#include "../common/demo.h"

#include "topics.h"

#define FIELD(name, type)                                                                                            \
    {                                                                                                                \
        name, sizeof(name) - 1, type                                                                                 \
    }

const struct topic topics[TOPICS] = {
    {"vehiculo",
     {FIELD("placa", FIELD_TEXT), FIELD("marca", FIELD_TEXT), FIELD("modelo", FIELD_TEXT), FIELD("anio", FIELD_INT),
      FIELD("color", FIELD_TEXT), FIELD("precio", FIELD_NUMBER)}},
    {"jugadores_futbol",
     {FIELD("nombre", FIELD_TEXT), FIELD("equipo", FIELD_TEXT), FIELD("posicion", FIELD_TEXT),
      FIELD("nacionalidad", FIELD_TEXT), FIELD("edad", FIELD_INT), FIELD("goles", FIELD_INT)}},
    {"datos_clima",
     {FIELD("ciudad", FIELD_TEXT), FIELD("fecha_hora", FIELD_MOMENT), FIELD("temperatura", FIELD_NUMBER),
      FIELD("humedad", FIELD_INT), FIELD("presion", FIELD_NUMBER), FIELD("condicion", FIELD_TEXT)}},
    {"datos_peliculas",
     {FIELD("titulo", FIELD_TEXT), FIELD("director", FIELD_TEXT), FIELD("genero", FIELD_TEXT),
      FIELD("anio", FIELD_INT), FIELD("duracion", FIELD_INT), FIELD("calificacion", FIELD_NUMBER)}},
};

const struct topic *topic_named(const char *name)
{
    for (int i = 0; i < TOPICS; i++)
        if (strcmp(topics[i].name, name) == 0) return &topics[i];
    return NULL;
}

const struct topic *topic_option(const char *option, const char *name)
{
    const struct topic *topic = topic_named(name);
    if (topic == NULL)
        errx(DEMO_USAGE, "%s %s: no such topic; there are: %s %s %s %s", option, name, topics[0].name, topics[1].name,
             topics[2].name, topics[3].name);
    return topic;
}

void topic_choose(struct topic_choice *choice, const char *option, const char *name)
{
    const struct topic *topic = topic_option(option, name);
    for (size_t i = 0; i < choice->count; i++)
        if (choice->topics[i] == topic) errx(DEMO_USAGE, "%s %s: each topic once", option, name);
    choice->topics[choice->count++] = topic;
}

void topic_choose_default(struct topic_choice *choice)
{
    if (choice->count > 0) return;
    for (; choice->count < TOPICS; choice->count++) choice->topics[choice->count] = &topics[choice->count];
}

const char *field_sql(enum field_type type)
{
    switch (type) {
    case FIELD_INT: return "INT";
    case FIELD_NUMBER:
        return "DOUBLE"; /* JSON numbers are doubles in most programs: a value is read back unchanged */
    case FIELD_MOMENT: return "DATETIME(6)";
    default: return "VARCHAR(200)";
    }
}
