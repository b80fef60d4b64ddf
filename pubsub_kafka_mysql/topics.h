/* topics.h - what the programs agree on: four topics, the fields of their messages, and how MySQL keeps them.
 *
 * A message is one JSON object in UTF-8 whose members are the fields below; its key is the first field, so that all
 * messages about one thing are in one partition and stay in order. A topic's name is also its table's. */
#ifndef TOPICS_H
#define TOPICS_H

#include <stddef.h>

enum {
    TOPICS = 4,
    FIELDS = 6,            /* of every topic */
    TOPIC_PARTITIONS = 4,  /* of a topic that we create: as many consumers of one group can share it */
    TEXT_CHARACTERS = 200, /* the longest string, in characters: VARCHAR(200) */
};

#define TOPIC_BROKERS "localhost:9092"
#define HEADER_SENT_NS                                                                                               \
    "sent_ns" /* of messages sent with --low-latency: 64 bits, nanoseconds since 1970, this machine's order */

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

/* The topic of that name, NULL if it is none of ours. */
const struct topic *topic_named(const char *name);

/* The same, or the end of the program with DEMO_USAGE and the names that there are. */
const struct topic *topic_option(const char *option, const char *name);

/* What -t chose, in that order. */
struct topic_choice {
    const struct topic *topics[TOPICS];
    size_t count;
};

/* Adds the topic of a -t; one that is no topic, or is there already, ends the program with DEMO_USAGE. */
void topic_choose(struct topic_choice *choice, const char *name);

/* Where there was no -t, all are chosen. */
void topic_choose_rest(struct topic_choice *choice);

/* The column type of a field in SQL. */
const char *field_sql(enum field_type type);

#endif
