/* units.c - the table of lengths, how a name is found in it, and a conversion that rounds only once. */
#include "units.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const struct unit units[] = {
    {"µm", "micrómetro", 1, 1000000, {"um", "micrometro", "micron", "micra", "micrometer", "micrometre"}},
    {"mm", "milímetro", 1, 1000, {"mm", "milimetro", "millimeter", "millimetre"}},
    {"cm", "centímetro", 1, 100, {"cm", "centimetro", "centimeter", "centimetre"}},
    {"dm", "decímetro", 1, 10, {"dm", "decimetro", "decimeter", "decimetre"}},
    {"m", "metro", 1, 1, {"m", "metro", "meter", "metre"}},
    {"dam", "decámetro", 10, 1, {"dam", "decametro", "decameter", "decametre", "dekameter"}},
    {"hm", "hectómetro", 100, 1, {"hm", "hectometro", "hectometer", "hectometre"}},
    {"km", "kilómetro", 1000, 1, {"km", "kilometro", "kilometer", "kilometre"}},
    {"in", "pulgada", 127, 5000, {"in", "pulgada", "inch"}},
    {"ft", "pie", 381, 1250, {"ft", "pie", "foot", "feet"}},
    {"yd", "yarda", 1143, 1250, {"yd", "yarda", "yard"}},
    {"mi", "milla", 201168, 125, {"mi", "milla", "mile", "milla terrestre", "statute mile"}},
    {"nmi", "milla náutica", 1852, 1, {"nmi", "milla nautica", "nautical mile", "milla marina"}},
};
const size_t units_count = sizeof units / sizeof *units;

/* The letters of Spanish outside ASCII, precomposed, both cases, and the plain letter of each. */
static const struct {
    char letter[3], plain;
} accents
    [] =
        {
            {"á", 'a'}, {"é", 'e'}, {"í", 'i'}, {"ó", 'o'}, {"ú", 'u'}, {"ü", 'u'},
            {"ñ", 'n'}, {"Á", 'a'}, {"É", 'e'}, {"Í", 'i'}, {"Ó", 'o'}, {"Ú", 'u'},
            {"Ü", 'u'}, {"Ñ", 'n'}, {"µ", 'u'}, {"μ", 'u'}, /* the micro sign and the Greek letter look alike */
};

size_t unit_fold(const char *text, char folded[UNIT_NAME_MAX])
{
    size_t len = 0;
    bool gap = false; /* a blank goes before the next letter */
    for (const char *s = text; *s && len + 2 < UNIT_NAME_MAX; s++) {
        char c = *s;
        if (strchr(" \t\r\n-_", c)) {
            gap = len > 0;
            continue;
        }
        if (s[0] == '\xCC' && (s[1] == '\x81' || s[1] == '\x88' || s[1] == '\x83')) {
            s++; /* a combining acute, diaeresis or tilde: some systems write accents so */
            continue;
        }
        for (size_t i = 0; i < sizeof accents / sizeof *accents; i++)
            if (s[0] == accents[i].letter[0] && s[1] == accents[i].letter[1]) {
                c = accents[i].plain;
                s++;
                break;
            }
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (gap) folded[len++] = ' ';
        gap = false;
        folded[len++] = c;
    }
    folded[len] = '\0';
    return len;
}

/* Removes the plural's s from every word of a folded name, and es from inches. */
static void make_singular(char *folded)
{
    char *out = folded;
    for (const char *word = folded; *word;) {
        size_t len = strcspn(word, " "), keep = len;
        if (len > 4 && strncmp(word + len - 4, "ches", 4) == 0) keep -= 2;
        else if (len > 2 && word[len - 1] == 's') keep -= 1;
        memmove(out, word, keep);
        out += keep;
        word += len;
        if (*word) *out++ = *word++;
    }
    *out = '\0';
}

static const struct unit *find_folded(const char *folded)
{
    const size_t most = sizeof units->names / sizeof *units->names;
    for (size_t u = 0; u < units_count; u++)
        for (size_t n = 0; n < most && units[u].names[n] != NULL; n++)
            if (strcmp(folded, units[u].names[n]) == 0) return &units[u];
    return NULL;
}

const struct unit *unit_find(const char *text)
{
    char folded[UNIT_NAME_MAX];
    unit_fold(text, folded);
    const struct unit *found = find_folded(folded);
    if (found != NULL) return found;
    make_singular(folded);
    return find_folded(folded);
}

/* high + low, of which high is the nearest double, times 2^exponent. ldexp(3) rounds a second time when the result is
 * subnormal, because such a number has fewer bits. Only a tie can then go wrong: low says to which side it belongs. */
static double scale(double high, double low, int exponent)
{
    double scaled = ldexp(high, exponent);
    if (fabs(scaled) >= DBL_MIN) return scaled;
    double rounded_off = high - ldexp(scaled, -exponent),
           half_step = ldexp(0.5, DBL_MIN_EXP - DBL_MANT_DIG - exponent);
    if (fabs(rounded_off) == half_step && low != 0 && signbit(low) == signbit(rounded_off))
        scaled = nextafter(scaled, copysign(INFINITY, rounded_off));
    return scaled;
}

double unit_convert(double value, const struct unit *from, const struct unit *to)
{
    double multiply = from->numerator * to->denominator, divide = from->denominator * to->numerator;
    if (multiply == divide) return value;
    if (!isfinite(value)) return value; /* frexp(3) leaves the exponent of these unspecified */

    /* One multiplication and one division would round twice. fma(3) tells the remainder of each, which is a double itself;
     * added to the quotient, they make it the nearest double. The exponent is set apart, so that nothing overflows. */
    int exponent;
    double mantissa = frexp(value, &exponent);
    double product = mantissa * multiply, product_rest = fma(mantissa, multiply, -product);
    double quotient = product / divide, quotient_rest = fma(-quotient, divide, product) + product_rest;
    double correction = quotient_rest / divide, nearest = quotient + correction;
    return scale(nearest, correction - (nearest - quotient), exponent);
}

const char *unit_list(char *list, size_t size)
{
    size_t len = 0;
    list[0] = '\0';
    for (size_t u = 0; u < units_count && len < size; u++)
        len += (size_t)snprintf(list + len, size - len, "%s%s", u > 0 ? ", " : "", units[u].symbol);
    return list;
}

enum conversion units_convertir(double valor, const char *origen, const char *destino, double *result,
                                char reason[UNITS_REASON])
{
    const struct unit *from = unit_find(origen), *to = unit_find(destino);
    const char *unknown = from == NULL ? origen : destino;
    char list[128];
    if (!isfinite(valor)) {
        snprintf(reason, UNITS_REASON, "valor is no finite number");
        return UNITS_NOT_FINITE;
    }
    if (from == NULL || to == NULL) {
        snprintf(reason, UNITS_REASON, "unknown unit \"%s\"; there are %s",
                 strlen(unknown) < UNIT_NAME_MAX ? unknown : "(a long name)", unit_list(list, sizeof list));
        return UNITS_UNKNOWN;
    }
    *result = unit_convert(valor, from, to);
    if (isfinite(*result)) return UNITS_CONVERTED;
    snprintf(reason, UNITS_REASON, "the result is no finite number");
    return UNITS_NOT_FINITE;
}
