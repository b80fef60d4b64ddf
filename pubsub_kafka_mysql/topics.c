#include "../common/demo.h"

#include "topics.h"

const struct topic topics[TOPICS] = {
    {"vehiculo",
     {{"placa", FIELD_TEXT},
      {"marca", FIELD_TEXT},
      {"modelo", FIELD_TEXT},
      {"anio", FIELD_INT},
      {"color", FIELD_TEXT},
      {"precio", FIELD_NUMBER}}},
    {"jugadores_futbol",
     {{"nombre", FIELD_TEXT},
      {"equipo", FIELD_TEXT},
      {"posicion", FIELD_TEXT},
      {"nacionalidad", FIELD_TEXT},
      {"edad", FIELD_INT},
      {"goles", FIELD_INT}}},
    {"datos_clima",
     {{"ciudad", FIELD_TEXT},
      {"fecha_hora", FIELD_MOMENT},
      {"temperatura", FIELD_NUMBER},
      {"humedad", FIELD_INT},
      {"presion", FIELD_NUMBER},
      {"condicion", FIELD_TEXT}}},
    {"datos_peliculas",
     {{"titulo", FIELD_TEXT},
      {"director", FIELD_TEXT},
      {"genero", FIELD_TEXT},
      {"anio", FIELD_INT},
      {"duracion", FIELD_INT},
      {"calificacion", FIELD_NUMBER}}},
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

void topic_choose(struct topic_choice *choice, const char *name)
{
    const struct topic *topic = topic_option("-t", name);
    for (size_t i = 0; i < choice->count; i++)
        if (choice->topics[i] == topic) errx(DEMO_USAGE, "-t %s: each topic once", name);
    choice->topics[choice->count++] = topic;
}

void topic_choose_rest(struct topic_choice *choice)
{
    if (choice->count > 0) return;
    for (; choice->count < TOPICS; choice->count++) choice->topics[choice->count] = &topics[choice->count];
}

const char *field_sql(enum field_type type)
{
    switch (type) {
    case FIELD_INT: return "INT";
    case FIELD_NUMBER: return "DOUBLE"; /* what a JSON number is nearly everywhere: each comes back as it was */
    case FIELD_MOMENT: return "DATETIME(6)";
    default: return "VARCHAR(200)";
    }
}
