/* collector.c - the collector: receives what the programs write, shows it line by line, and keeps it with its time. */
#include "collector.h"

enum { PROGRAMS_MAX = 64, LINE_SIZE_MAX = 1024 * 1024 }; /* a longer line is shown in pieces */

static struct program {
    char name[NAME_SIZE], colour[16];
    FILE *log; /* NAME.log, where ./demo looks for lines */
    struct {
        char *text; /* a line whose end was not written yet */
        size_t len;
    } unfinished[2]; /* of standard output and error */
} programs[PROGRAMS_MAX];
static size_t program_count;
static FILE *times; /* lines.tsv: when each line was written (ns since 1970), NAME, stream, line */

static struct program *program_named(const char *name, size_t len)
{
    for (struct program *p = programs; p < programs + program_count; p++)
        if (strlen(p->name) == len && memcmp(p->name, name, len) == 0) return p;
    return NULL;
}

/* NAME.log comes first, so that a wait for this line never waits for a slow terminal. */
static void show_line(const struct program *p, int stream, int64_t time_ns, const char *line, size_t len)
{
    fwrite(line, 1, len, p->log);
    putc('\n', p->log);
    fprintf(times, "%lld\t%s\t%s\t", (long long)time_ns, p->name, stream == 0 ? "stdout" : "stderr");
    demo_put_text(times, line, len, "");
    putc('\n', times);
    printf("%s%-16s%s ", p->colour, p->name, *p->colour ? "\x1b[0m" : "");
    fwrite(line, 1, len, stdout);
    putchar('\n');
    if (ferror(p->log) || ferror(times) || ferror(stdout))
        errx(DEMO_FAILED, "a line of %s could not be written (is the disk full?)", p->name);
}

static void show_unfinished(struct program *p, int stream, int64_t time_ns)
{
    if (p->unfinished[stream].len > 0)
        show_line(p, stream, time_ns, p->unfinished[stream].text, p->unfinished[stream].len);
    p->unfinished[stream].len = 0;
}

/* Shows the lines that end in these bytes, with the time at which their end was written. Keeps the rest for later. */
static void take_bytes(struct program *p, int stream, int64_t time_ns, const char *bytes, size_t len)
{
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end != NULL ? (size_t)(end - bytes) : len, held = p->unfinished[stream].len;

        if (held > 0 || end == NULL) {
            if (held + part > LINE_SIZE_MAX) {
                show_unfinished(p, stream, time_ns);
                held = 0;
            }
            char *text = realloc(p->unfinished[stream].text, held + part + 1); /* never of 0 bytes */
            if (text == NULL) err(DEMO_FAILED, "a line of %s", p->name);
            memcpy(text + held, bytes, part);
            p->unfinished[stream].text = text;
            p->unfinished[stream].len = held + part;
            if (end != NULL) show_unfinished(p, stream, time_ns);
        } else show_line(p, stream, time_ns, bytes, part);
        if (end != NULL) part++;
        bytes += part;
        len -= part;
    }
}

/* A second "begin" of one name changes nothing. Returns the reason for a refusal, or "". */
static const char *begin_program(const char *name, const char *colour)
{
    char path[NAME_SIZE + sizeof ".log"];
    struct program *p = &programs[program_count];

    if (program_named(name, strlen(name)) != NULL) return "";
    if (strchr(name, '/') != NULL) return "a name has no /";
    if (program_count == PROGRAMS_MAX) return "too many programs";
    snprintf(path, sizeof path, "%s.log", name);
    if ((p->log = fopen(path, "ae")) == NULL) return strerror(errno);
    setvbuf(p->log, NULL, _IOLBF, BUFSIZ);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->colour, sizeof p->colour, "%s", colour);
    program_count++;
    return "";
}

/* Does what a request asks for. `ended` is set by the last one. Returns the answer. */
static const char *obey(const char *request, int64_t time_ns, bool *ended)
{
    char verb[8] = "", name[NAME_SIZE] = "", colour[16] = "";
    sscanf(request, "%7s %47s %15s", verb, name, colour); /* one byte less than each has room for */
    struct program *p = program_named(name, strlen(name));

    if (strcmp(verb, "begin") == 0 && *name) return begin_program(name, colour);
    if (strcmp(verb, "flush") == 0) {
        for (int stream = 0; p != NULL && stream < 2; stream++) show_unfinished(p, stream, time_ns);
        return p != NULL ? "" : "no program has this name";
    }
    if (strcmp(verb, "end") != 0) return "no such request";
    for (p = programs; p < programs + program_count; p++)
        for (int stream = 0; stream < 2; stream++) show_unfinished(p, stream, time_ns);
    *ended = true;
    return "";
}

/* Receives the next datagram. Tells when it was sent: by the kernel's clock (socket(7)), or by ours where the kernel does not
 * say. The kernel reads its clock before it queues the datagram: of two programs that write at the same moment, the first in
 * the queue may have the later time. It counts for both then, so that times never decrease. */
static size_t receive(int s, void *bytes, size_t size, struct sockaddr_un *from, int64_t *time_ns)
{
    static int64_t latest_ns;
    struct timespec when;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof when)];
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = sizeof *from - 1,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    *from = (struct sockaddr_un){0}; /* a last byte that stays 0 ends the path */
    ssize_t n = recvmsg(s, &message, 0);
    if (n < 0) err(DEMO_FAILED, "recvmsg");
    clock_gettime(CLOCK_REALTIME, &when);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) memcpy(&when, CMSG_DATA(c), sizeof when);
    *time_ns = (int64_t)when.tv_sec * 1000000000 + when.tv_nsec;
    if (*time_ns < latest_ns) *time_ns = latest_ns;
    latest_ns = *time_ns;
    return (size_t)n;
}

/* The program and the stream that a sender's address NAME.1 or NAME.2 stands for; NULL for any other address. */
static struct program *sender(const struct sockaddr_un *from, int *stream)
{
    const char *dot = strrchr(from->sun_path, '.');
    if (dot == NULL || (strcmp(dot, ".1") != 0 && strcmp(dot, ".2") != 0)) return NULL;
    *stream = dot[1] - '1';
    return program_named(from->sun_path, (size_t)(dot - from->sun_path));
}

int collect(const char *directory)
{
    static char bytes[WRITE_MAX + 1];
    struct sockaddr_un here = collector_address(COLLECTOR_SOCKET), from;
    pid_t parent = getppid();
    int64_t time_ns;
    int on = 1, stream = 0;

    signal(SIGINT, SIG_IGN); /* Ctrl-C is for the programs: their last lines are shown */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (chdir(directory) != 0) err(DEMO_FAILED, "%s", directory);
    if ((times = fopen("lines.tsv", "we")) == NULL) err(DEMO_FAILED, "lines.tsv");
    setvbuf(times, NULL, _IOLBF, BUFSIZ);
    int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0) err(DEMO_FAILED, "socket");
    setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&here, sizeof here) != 0)
        err(DEMO_FAILED, "bind to %s/%s", directory, here.sun_path);

    /* Datagrams have no end of file: a request ends the collector, or a launcher that was killed. */
    struct pollfd readable = {.fd = s, .events = POLLIN};
    for (bool ended = false; !ended;) {
        if (poll(&readable, 1, 1000) <= 0) {
            if (getppid() != parent) break;
            continue;
        }
        size_t n = receive(s, bytes, sizeof bytes - 1, &from, &time_ns);
        struct program *p = sender(&from, &stream);
        if (p != NULL) {
            take_bytes(p, stream, time_ns, bytes, n);
            continue;
        }
        bytes[n] = '\0';
        const char *answer = obey(bytes, time_ns, &ended);
        sendto(s, answer, strlen(answer), MSG_DONTWAIT, (struct sockaddr *)&from, sizeof from); /* it may be gone */
    }
    return DEMO_DONE;
}
