/* demo.h - what every program of this repository shares: start, stop, wait, checked numbers, safe printing of text from the
 * network. Include it first. The file with main() defines DEMO_MAIN before that. There are no sockets in here: they are the
 * lesson of each module. */
#ifndef DEMO_H
#define DEMO_H
#define _DEFAULT_SOURCE /* POSIX.1-2008 and the BSD socket options, also under cc -std=c11 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#define DEMO_VERSION "0.1.0"
enum demo_exit { DEMO_DONE = 0, DEMO_FAILED = 1, DEMO_USAGE = 2 }; /* done or asked to stop; failed; wrong usage */
extern volatile sig_atomic_t demo_stop; /* set by SIGINT or SIGTERM; the same signal again kills */
extern int demo_stop_pipe[2];           /* then [0] is readable: poll(2) wakes up (the self-pipe trick) */
#ifdef DEMO_MAIN
volatile sig_atomic_t demo_stop;
int demo_stop_pipe[2];
static void demo_on_signal(int signo)
{
    int saved = errno; /* the interrupted call's */
    demo_stop = signo;
    if (write(demo_stop_pipe[1], "", 1) < 0) _exit(DEMO_FAILED); /* poll(2) could never wake up */
    errno = saved;
}
/* Call first. Output goes out line by line, also into a pipe. Writing to a peer that left is the error EPIPE, no signal. */
static void demo_start(void)
{
    int fd; /* a closed standard descriptor becomes /dev/null: a socket with number 0 would be read as the keyboard */
    while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO) continue;
    close(fd);
    setvbuf(stdin, NULL, _IONBF, 0); /* poll(2) does not see what stdio has read ahead */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
    signal(SIGPIPE, SIG_IGN);
    if (pipe(demo_stop_pipe) != 0) err(DEMO_FAILED, "pipe");
    struct sigaction stop = {.sa_handler = demo_on_signal, .sa_flags = SA_RESETHAND}; /* no SA_RESTART: EINTR */
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
}
/* The last line of main(): returns `status`, or DEMO_FAILED when the output could not be written. */
static int demo_end(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    warnx("standard output was cut short (is the disk full, or its reader gone?)");
    return DEMO_FAILED;
}
#endif
/* True when a loop should end: a signal asked for it, or the reader of standard output is gone. */
static inline bool demo_stopping(void) { return demo_stop || ferror(stdout); }
/* Nanoseconds of a clock that never jumps. */
static inline int64_t demo_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
/* What poll(2) may wait until `due_ns`: rounded up, or it would wake up too early, again and again. */
static inline int demo_timeout_ms(int64_t due_ns, int64_t now_ns)
{
    return due_ns > now_ns ? (int)((due_ns - now_ns + 999999) / 1000000) : 0;
}
/* poll(2) that also ends when the program should stop. `fds` has room for one entry more than `count`: the stop pipe.
 * Returns how many of the first `count` are ready, 0 after timeout_ms (-1: no limit), -1 when stopping. */
static inline int demo_wait(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    int64_t deadline = demo_now_ns() + (int64_t)timeout_ms * 1000000;
    fds[count] = (struct pollfd){.fd = demo_stop_pipe[0], .events = POLLIN};
    for (int ready; !demo_stopping();) {
        if ((ready = poll(fds, count + 1, timeout_ms)) >= 0 && !fds[count].revents) return ready;
        if (ready < 0 && errno != EINTR) err(DEMO_FAILED, "poll");
        if (timeout_ms > 0 && (timeout_ms = (int)((deadline - demo_now_ns()) / 1000000)) < 0) timeout_ms = 0;
    }
    return -1;
}
/* The value of an option: a whole number from min to max. Anything else ends the program with DEMO_USAGE. */
static inline long demo_number(const char *option, const char *text, long min, long max)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end || value < min || value > max)
        errx(DEMO_USAGE, "%s %s: expected a whole number from %ld to %ld", option, text, min, max);
    return value;
}
/* The value of an option: seconds, fractions allowed. Returns milliseconds. */
static inline int demo_seconds(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 86400))
        errx(DEMO_USAGE, "%s %s: expected seconds from 0 to 86400, such as 0.5", option, text);
    return (int)(value * 1000 + 0.5);
}
/* The length of the well-formed UTF-8 character (RFC 3629) at `s`, where `len` bytes are; 0 if there is none. */
static inline size_t demo_utf8(const unsigned char *s, size_t len)
{
    size_t need = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (need > len || (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) return 0;
    if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) return 0;
    for (size_t i = 1; i < need; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    return need;
}
/* Prints text from outside. Control bytes and bytes that are no UTF-8 become \n, \r, \t or \xNN, and a backslash is doubled:
 * a terminal obeys control bytes. The bytes in `as_is` are printed unchanged ("\n" where line ends are structure). */
static inline void demo_put_text(FILE *out, const void *text, size_t len, const char *as_is)
{
    const unsigned char *s = text;
    for (size_t n; len > 0; s += n, len -= n) {
        const char *names = "\n\r\t\\", *name = *s ? strchr(names, *s) : NULL;
        bool control = *s < 0x20 || *s == 0x7F || (len > 1 && s[0] == 0xC2 && s[1] < 0xA0); /* C0, DEL, C1 */
        bool plain = ((n = demo_utf8(s, len)) > 0 && !control && !name) || (*s && strchr(as_is, *s));
        if (!plain) n = 1;
        if (plain) fwrite(s, 1, n, out);
        else if (name) fprintf(out, "\\%c", "nrt\\"[name - names]);
        else fprintf(out, "\\x%02X", *s);
    }
}
/* warnx(3) with a text from outside: `before`, the escaped text and `after`, as one line. */
static inline void demo_warn_text(const char *before, const char *text, size_t len, const char *after)
{
    char *safe = NULL;
    size_t size;
    FILE *memory = open_memstream(&safe, &size);
    if (memory == NULL) err(DEMO_FAILED, "a message");
    demo_put_text(memory, text, len, "");
    fclose(memory);
    warnx("%s%s%s", before, safe, after);
    free(safe);
}
#endif
