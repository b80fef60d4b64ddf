/* fuzz.h - odd texts for parsers, from a fixed seed: nothing reads out of bounds (the sanitizers watch), nothing goes on for
 * ever, and what must hold for any text holds. Include it after cmocka.h and common/demo.h. */
#ifndef FUZZ_H
#define FUZZ_H

enum { ROUNDS = 20000, LONGEST = 200 };

static uint64_t seed = 20240601;

static inline uint32_t any(uint32_t below) /* a linear congruential generator: the same texts everywhere */
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* A text of pieces that mean something to the parsers, and of random bytes. In a buffer of its very size: a byte too far is
 * seen by the sanitizer. */
static inline char *text_of(const char *const *pieces, uint32_t count, size_t *len)
{
    char text[LONGEST];
    size_t n = 0;
    for (size_t want = any(LONGEST); n < want;) {
        const char *piece = pieces[any(count)];
        char byte[2] = {(char)(1 + any(255)), '\0'};
        if (any(8) == 0) piece = byte;
        while (*piece != '\0' && n < sizeof text) text[n++] = *piece++;
    }
    char *copy = malloc(n + 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    copy[n] = '\0';
    *len = n;
    return copy;
}

#endif
