/* reqrep_journal.c - see reqrep_journal.h. */
#include "reqrep_journal.h"

#include <inttypes.h>

enum { LINE = 160 }; /* bytes, more than the longest line has */

static const char *name_of(const struct journal *journal) { return journal->path ? journal->path : "journal"; }

static int line_of(const struct execution *e, char line[LINE])
{
    return snprintf(
        line, LINE, "%s client %016" PRIx64 " request %" PRIu32 " attempt %d %s %" PRId64 " balance %" PRId64 "\n",
        e->at, e->client, e->request, e->attempt, reqrep_operation_name(e->operation), e->argument, e->balance);
}

/* Reads a line back. It is one of ours if it would be written the same way again. */
static bool execution_of(const char *line, struct execution *e)
{
    char operation[16], again[LINE];
    if (sscanf(line,
               "%27s client %16" SCNx64 " request %10" SCNu32 " attempt %3" SCNu8 " %15s %20" SCNd64
               " balance %20" SCNd64,
               e->at, &e->client, &e->request, &e->attempt, operation, &e->argument, &e->balance) != 7)
        return false;
    for (e->operation = DEPOSIT; e->operation <= AUDIT; e->operation++) {
        line_of(e, again);
        if (strcmp(line, again) == 0) return e->balance >= 0;
    }
    return false;
}

/* Whether `text` could become `shape`, as far as it goes. In a shape, 9 is a digit, x one of base 16, N a number. */
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

/* Whether those `len` bytes may be what a crash left of a line of ours. Any other file is not ours to cut. */
static bool is_fragment(const char *text, size_t len)
{
    char shape[LINE];
    if (strlen(text) != len) return false; /* there is a NUL in it */
    for (enum reqrep_operation o = DEPOSIT; o <= AUDIT; o++) {
        snprintf(shape, sizeof shape,
                 "9999-99-99T99:99:99.999999Z client xxxxxxxxxxxxxxxx request N attempt N %s N balance N",
                 reqrep_operation_name(o));
        if (begins_like(text, shape)) return true;
    }
    return false;
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
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &whole) != 0)
        errx(DEMO_FAILED, "journal %s: another program has it (is a reqrep_server running with it?)", path);
}

struct executions journal_read(const struct journal *journal)
{
    struct executions all = {0};
    size_t room = 0;
    char line[LINE];
    off_t whole = 0; /* where the last whole line ends */
    rewind(journal->file);
    for (; fgets(line, sizeof line, journal->file) != NULL; whole = ftello(journal->file)) {
        if (feof(journal->file) && is_fragment(line, (size_t)(ftello(journal->file) - whole))) {
            warnx("%s: its last line is unfinished: that execution did not happen", name_of(journal));
            if (ftruncate(fileno(journal->file), whole) != 0) err(DEMO_FAILED, "%s", name_of(journal));
            break;
        }
        if (all.count == room) {
            room = room ? room * 2 : 64;
            all.list = realloc(all.list, room * sizeof *all.list);
            if (all.list == NULL) err(DEMO_FAILED, "%s", name_of(journal));
        }
        if (!execution_of(line, &all.list[all.count++]))
            errx(DEMO_FAILED, "%s: line %zu is no execution (is it another program's file?)", name_of(journal),
                 all.count);
    }
    if (ferror(journal->file)) err(DEMO_FAILED, "%s", name_of(journal));
    fseek(journal->file, 0, SEEK_END);
    return all;
}

void journal_write(const struct journal *journal, const struct execution *execution, bool sync)
{
    char line[LINE];
    size_t len = (size_t)line_of(execution, line);
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
