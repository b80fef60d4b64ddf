/* random_rows.c - the words that random rows are made of, and the random numbers that choose them. */
#include "../common/demo.h"

#include "random_rows.h"

#define PICK(random, list) ((list)[below(random, sizeof(list) / sizeof *(list))])

struct word {
    const char *bytes;
    unsigned char len;
};
#define W(text)                                                                                                      \
    {                                                                                                                \
        text, sizeof(text) - 1                                                                                       \
    }

static const struct word colours[] = {W("rojo"),        W("azul marino"), W("gris plata"), W("blanco"), W("negro"),
                                      W("verde oliva"), W("marrón"),      W("añil"),       W("púrpura")};
static const struct {
    struct word make, models[3];
} cars[] = {
    {W("Seat"), {W("Ibiza"), W("León"), W("Córdoba")}},    {W("Renault"), {W("Mégane"), W("Clio"), W("Kangoo")}},
    {W("Citroën"), {W("C3"), W("C4"), W("Berlingo")}},     {W("Škoda"), {W("Octavia"), W("Fabia"), W("Superb")}},
    {W("Toyota"), {W("Corolla"), W("Yaris"), W("Hilux")}}, {W("Volkswagen"), {W("Gol"), W("Jetta"), W("Escarabajo")}},
};
static const struct word given[] = {W("Íñigo"), W("José"),   W("María"),  W("Ana"),   W("Raúl"),    W("Sofía"),
                                    W("Ángel"), W("Begoña"), W("Martín"), W("Lucía"), W("Nicolás"), W("Zoë")};
static const struct word family[] = {W("Núñez"),  W("García"),  W("Pérez"),  W("Muñoz"), W("Ibáñez"), W("López"),
                                     W("Agüero"), W("Castaño"), W("Romero"), W("Peña"),  W("Yáñez"),  W("Ocaña")};
static const struct word teams[] = {W("Atlético Nacional"), W("Deportivo Cóndor"), W("Unión Española"),
                                    W("Peñarol"),           W("Racing"),           W("Águilas Doradas"),
                                    W("La Coruña")};
static const struct word positions[] = {W("portero"), W("defensa"), W("centrocampista"), W("delantero"),
                                        W("extremo")};
static const struct word nations[] = {W("España"), W("México"),   W("Perú"),
                                      W("Panamá"), W("Colombia"), W("Argentina")};
static const struct word cities[] = {W("Bogotá"),   W("Málaga"),   W("León"),    W("A Coruña"), W("Asunción"),
                                     W("Medellín"), W("San José"), W("Córdoba"), W("東京"),     W("Logroño")};
static const struct word skies[] = {W("despejado"), W("nublado"), W("lluvia débil"), W("tormenta eléctrica"),
                                    W("niebla"),    W("nieve ❄"), W("soleado 🌞")};
static const struct word films[] = {W("El laberinto"), W("La montaña"), W("El año"),  W("La canción"),
                                    W("Un corazón"),   W("El camión"),  W("La niñez")};
static const struct word about[] = {W("de la memoria"), W("sin sueño"), W("del océano"),  W("perdido"),
                                    W("de mañana"),     W("en otoño"),  W("del pingüino")};
static const struct word genres[] = {W("drama"),     W("comedia"), W("ciencia ficción"),
                                     W("animación"), W("acción"),  W("documental")};

/* splitmix64: a small, fast generator. It gives the same numbers on every machine. */
static uint64_t random_number(struct random_rows *v)
{
    uint64_t z = v->state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static size_t below(struct random_rows *v, size_t limit) { return (size_t)((random_number(v) >> 32) * limit >> 32); }

static int32_t from_to(struct random_rows *v, int32_t from, int32_t to)
{
    return from + (int32_t)below(v, (size_t)(to - from) + 1);
}

static void set(union value *value, struct word word)
{
    value->text.bytes = word.bytes;
    value->text.len = word.len;
}

/* Sets field `i` to both words with a blank between them. */
static void join(struct random_rows *v, struct row *row, int i, struct word a, struct word b)
{
    char *text = v->text[i];
    memcpy(text, a.bytes, a.len);
    text[a.len] = ' ';
    memcpy(text + a.len + 1, b.bytes, b.len);
    row->values[i].text.bytes = text;
    row->values[i].text.len = (size_t)a.len + 1 + b.len;
}

static void vehicle(struct random_rows *v, struct row *row)
{
    const size_t car = below(v, sizeof cars / sizeof *cars);
    char *plate = v->text[0];
    for (int i = 0; i < 3; i++) plate[i] = (char)('A' + below(v, 26));
    plate[3] = '-';
    for (int i = 4; i < 8; i++) plate[i] = (char)('0' + below(v, 10));
    row->values[0].text.bytes = plate;
    row->values[0].text.len = 8;
    set(&row->values[1], cars[car].make);
    set(&row->values[2], PICK(v, cars[car].models));
    row->values[3].integer = from_to(v, 1990, 2026);
    set(&row->values[4], PICK(v, colours));
    row->values[5].number = from_to(v, 150000, 9000000) / 100.0;
}

static void player(struct random_rows *v, struct row *row)
{
    join(v, row, 0, PICK(v, given), PICK(v, family));
    set(&row->values[1], PICK(v, teams));
    set(&row->values[2], PICK(v, positions));
    set(&row->values[3], PICK(v, nations));
    row->values[4].integer = from_to(v, 16, 40);
    row->values[5].integer = from_to(v, 0, 60);
}

static void weather(struct random_rows *v, struct row *row)
{
    unsigned minute = (unsigned)(v->made % 40320); /* of the 28 days of February 2026 */
    set(&row->values[0], PICK(v, cities));
    row->values[1].moment = (struct moment){.year = 2026,
                                            .month = 2,
                                            .day = 1 + minute / 1440,
                                            .hour = minute / 60 % 24,
                                            .minute = minute % 60,
                                            .second = (unsigned)below(v, 60)};
    row->values[2].number = from_to(v, -150, 420) / 10.0;
    row->values[3].integer = from_to(v, 5, 100);
    row->values[4].number = from_to(v, 9700, 10450) / 10.0;
    set(&row->values[5], PICK(v, skies));
}

static void film(struct random_rows *v, struct row *row)
{
    join(v, row, 0, PICK(v, films), PICK(v, about));
    join(v, row, 1, PICK(v, given), PICK(v, family));
    set(&row->values[2], PICK(v, genres));
    row->values[3].integer = from_to(v, 1950, 2026);
    row->values[4].integer = from_to(v, 62, 240);
    row->values[5].number = from_to(v, 10, 100) / 10.0;
}

struct random_rows random_rows_begin(uint64_t seed) { return (struct random_rows){.state = seed}; }

void random_row(struct random_rows *v, struct row *row, const struct topic *topic)
{
    static void (*const of_topic[TOPICS])(struct random_rows *, struct row *) = {vehicle, player, weather, film};
    *row = (struct row){.topic = topic};
    of_topic[topic - topics](v, row);
    v->made++;
}
