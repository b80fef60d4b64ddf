/* topics.h - what the programs agree on: four topics, the fields of their messages, and the SQL types of the fields.
 *
 * The value of a message is one JSON object in UTF-8 whose members are the fields below. Its key is the first field: all
 * messages with one key are in one partition, and so in order. A topic and its table have the same name. */
#ifndef TOPICS_H
#define TOPICS_H

#include <stddef.h>

enum {
    TOPICS = 4,
    FIELDS = 6,            /* of every topic */
    TOPIC_PARTITIONS = 4,  /* of a topic that kafka_generator creates: at most 4 consumers of one group share it */
    TEXT_CHARACTERS = 200, /* the longest string, in characters: VARCHAR(200) */
};

#define TOPIC_BROKERS "localhost:9092"

enum field_type { FIELD_TEXT, FIELD_INT, FIELD_NUMBER, FIELD_MOMENT };

struct topic {
    const char *name;
    struct field {
        const char *name;
        size_t name_len;
        enum field_type type;
    } fields[FIELDS];
};

extern const struct topic topics[TOPICS];

/* The topic with that name, or NULL. */
const struct topic *topic_named(const char *name);

/* The same for the value of an option. An unknown name ends the program with DEMO_USAGE and lists the known ones. */
const struct topic *topic_option(const char *option, const char *name);

/* The topics that -t named, in that order. */
struct topic_choice {
    const struct topic *topics[TOPICS];
    size_t count;
};

/* Adds the value of one -t. An unknown topic, or one that was named before, ends the program with DEMO_USAGE. */
void topic_choose(struct topic_choice *choice, const char *option, const char *name);

/* Chooses all topics if there was no -t. */
void topic_choose_default(struct topic_choice *choice);

/* The SQL type of a field's column. */
const char *field_sql(enum field_type type);

#endif
