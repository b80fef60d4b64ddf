/* reqrep_journal.c - the journal's lines and their checksum, the end that a crash may leave, and the check of the promise. */
#include "reqrep_journal.h"

#include <inttypes.h>

static const char *name_of(const struct journal *journal) { return journal->path ? journal->path : "journal"; }

/* CRC-32 as in Ethernet and zip (IEEE 802.3, polynomial 0x04C11DB7 reflected), bit by bit. */
static uint32_t crc32_of(const char *text, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* The line without its checksum. Returns its length. */
static size_t format_fields(const struct execution *e, char line[JOURNAL_LINE])
{
    return (size_t)snprintf(
        line, JOURNAL_LINE, "%s client %016" PRIx64 " request %" PRIu32 " attempt %d %s %" PRId64 " balance %" PRId64,
        e->at, e->client, e->request, e->attempt, reqrep_operation_name(e->operation), e->argument, e->balance);
}

size_t journal_format(const struct execution *execution, char line[JOURNAL_LINE])
{
    size_t len = format_fields(execution, line);
    return len + (size_t)snprintf(line + len, JOURNAL_LINE - len, " crc %08" PRIx32 "\n", crc32_of(line, len));
}

/* A line is good when journal_format() would write the same bytes again. */
enum journal_line journal_parse(const char *line, struct execution *e)
{
    char operation[16], again[JOURNAL_LINE];
    if (sscanf(line,
               "%27s client %16" SCNx64 " request %10" SCNu32 " attempt %3" SCNu8 " %15s %20" SCNd64
               " balance %20" SCNd64,
               e->at, &e->client, &e->request, &e->attempt, operation, &e->argument, &e->balance) != 7)
        return LINE_FOREIGN;
    for (e->operation = DEPOSIT; e->operation <= AUDIT; e->operation++) {
        size_t len = format_fields(e, again);
        if (strncmp(line, again, len) != 0 || strncmp(line + len, " crc ", 5) != 0 || e->balance < 0) continue;
        again[journal_format(e, again) - 1] = '\0'; /* without the '\n' */
        return strcmp(line, again) == 0 ? LINE_GOOD : LINE_DAMAGED;
    }
    return LINE_FOREIGN;
}

/* Whether `text` is the beginning of `shape`. In a shape, 9 is a digit, x a hexadecimal digit, N a number. */
static bool begins_like(const char *text, const char *shape)
{
    for (size_t fit; *text; text += fit, shape++) {
        const size_t digits = strspn(text, "0123456789");
        fit = *shape == 'N'   ? digits
              : *shape == '9' ? digits > 0
              : *shape == 'x' ? strspn(text, "0123456789abcdef") > 0
                              : *text == *shape;
        if (fit == 0) return false;
    }
    return true;
}

/* Whether `text` is what a crash left of the last line. A file that holds nothing else is only cut when the text goes beyond
 * the time: "2024" may be the beginning of any file. */
static bool is_fragment(const char *text, bool first_line)
{
    char shape[JOURNAL_LINE];
    if (first_line && strlen(text) <= strlen("2026-01-31T12:00:00.000000Z client ")) return false;
    for (enum reqrep_operation o = DEPOSIT; o <= AUDIT; o++) {
        snprintf(
            shape, sizeof shape,
            "9999-99-99T99:99:99.999999Z client xxxxxxxxxxxxxxxx request N attempt N %s N balance N crc xxxxxxxx",
            reqrep_operation_name(o));
        if (begins_like(text, shape)) return true;
    }
    return false;
}

enum { MOST_NULS = 1 << 20 }; /* at the end of the file: /dev/zero has no end */

enum ending { WHOLE, UNFINISHED, END, TOO_LONG };

/* Reads a line without its '\n'. UNFINISHED: the file ends in it; NULs at the end are dropped then, because a file system
 * may leave them where a machine that crashed was writing. TOO_LONG: it is longer than any line, has a NUL in it, or more NULs at
 * its end than a crash leaves. */
static enum ending read_line(FILE *file, char line[JOURNAL_LINE])
{
    size_t len = 0, nuls = 0;
    for (int c; (c = getc(file)) != '\n';) {
        line[len] = '\0';
        if (c == EOF) return len > 0 || nuls > 0 ? UNFINISHED : END;
        if (c == '\0' ? ++nuls > MOST_NULS : nuls > 0 || len == JOURNAL_LINE - 1) return TOO_LONG;
        if (c != '\0') line[len++] = (char)c;
    }
    line[len] = '\0';
    return nuls > 0 ? TOO_LONG : WHOLE;
}

void journal_open(struct journal *journal, const char *path)
{
    *journal = (struct journal){.path = path};
    if (path == NULL) {
        if ((journal->file = tmpfile()) == NULL) err(DEMO_FAILED, "a temporary file for the journal");
        return;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || (journal->file = fdopen(fd, "a+")) == NULL)
        errx(DEMO_FAILED, "journal %s: %s (--journal takes a file that we may write)", path, strerror(errno));
    if (lseek(fd, 0, SEEK_SET) < 0) /* a FIFO or a terminal: reading it would wait for ever */
        errx(DEMO_FAILED, "journal %s: cannot be read from its beginning (--journal takes a file)", path);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &whole) != 0)
        errx(DEMO_FAILED, "journal %s: another program has it (is a reqrep_server running with it?)", path);
}

static void cut_off(const struct journal *journal, off_t end)
{
    warnx("%s: its last line is unfinished: that execution did not happen", name_of(journal));
    if (ftruncate(fileno(journal->file), end) != 0) err(DEMO_FAILED, "%s", name_of(journal));
}

static void add(struct executions *all, const struct execution *e)
{
    if ((all->count & (all->count - 1)) == 0) { /* 0 or a power of two: it is full */
        all->list = realloc(all->list, (all->count ? 2 * all->count : 1) * sizeof *all->list);
        if (all->list == NULL) err(DEMO_FAILED, "%zu executions", all->count);
    }
    all->list[all->count++] = *e;
}

struct executions journal_read(const struct journal *journal)
{
    struct executions all = {0};
    struct execution e = {0};
    char line[JOURNAL_LINE];
    off_t whole = 0; /* where the last whole line ends */
    enum ending ending;
    rewind(journal->file);
    while ((ending = read_line(journal->file, line)) == WHOLE) {
        enum journal_line kind = journal_parse(line, &e);
        if (kind == LINE_DAMAGED)
            errx(DEMO_FAILED, "%s: line %zu is damaged: its checksum is wrong (restore the file from a copy)",
                 name_of(journal), all.count + 1);
        if (kind == LINE_FOREIGN) break;
        add(&all, &e);
        whole = ftello(journal->file);
    }
    if (ferror(journal->file)) err(DEMO_FAILED, "%s", name_of(journal));
    /* NULs alone are a fragment too, but not of an empty journal: that file may belong to another program. */
    bool fragment =
        ending == UNFINISHED && ((all.count > 0 && !*line) || (*line && is_fragment(line, all.count == 0)));
    if (fragment) cut_off(journal, whole);
    else if (ending != END)
        errx(DEMO_FAILED, "%s: line %zu is no execution (is it another program's file?)", name_of(journal),
             all.count + 1);
    fseek(journal->file, 0, SEEK_END);
    return all;
}

void journal_write(const struct journal *journal, const struct execution *execution, bool sync)
{
    char line[JOURNAL_LINE];
    const size_t len = journal_format(execution, line);
    bool written = fwrite(line, 1, len, journal->file) == len && fflush(journal->file) == 0;
    if (!written || (sync && journal->path != NULL && fsync(fileno(journal->file)) != 0))
        errx(DEMO_FAILED, "%s: %s (is the disk full? what cannot be remembered is not answered either)",
             name_of(journal), strerror(errno));
}

void journal_close(struct journal *journal) { fclose(journal->file); }

static int by_request(const void *a, const void *b)
{
    const struct execution *x = a, *y = b;
    if (x->client != y->client) return x->client < y->client ? -1 : 1;
    if (x->request != y->request) return x->request < y->request ? -1 : 1;
    return strcmp(x->at, y->at);
}

size_t journal_print_repeated(struct executions *all, FILE *out)
{
    size_t repeated = 0;
    if (all->count > 0) qsort(all->list, all->count, sizeof *all->list, by_request);
    for (size_t i = 0, next; i < all->count; i = next) {
        const struct execution *first = &all->list[i];
        for (next = i + 1; next < all->count; next++)
            if (all->list[next].client != first->client || all->list[next].request != first->request) break;
        if (next - i == 1) continue;

        repeated++;
        fprintf(out, "client %016" PRIx64 " request %" PRIu32 " executed ", first->client, first->request);
        if (next - i == 2) fprintf(out, "twice");
        else fprintf(out, "%zu times", next - i);
        fprintf(out, ": first at %s", first->at);
        for (const struct execution *e = first + 1; e < &all->list[next]; e++) {
            bool same = e->attempt == e[-1].attempt; /* sent once, arrived twice */
            fprintf(out, ", again at %s after %s %d", e->at,
                    same ? "duplicate of attempt" : "retransmission, attempt", e->attempt);
        }
        fputc('\n', out);
    }
    return repeated;
}

bool journal_check(const struct journal *journal, enum reqrep_semantics semantics, bool quiet)
{
    struct executions all = journal_read(journal);
    const bool allowed = semantics == AT_LEAST_ONCE;
    size_t repeated = quiet && allowed ? 0 : journal_print_repeated(&all, stdout);
    free(all.list);
    if (repeated == 0 || allowed) return true;
    warnx("%s was promised, and broken (is this the journal of a server with at-least-once?)",
          reqrep_semantics_name(semantics));
    return false;
}
