/* kafka_embedded - a Kafka broker inside one C program: the tier for a first run, without Java.
 *
 * The broker is librdkafka's mock cluster, made for testing clients. It speaks enough of Kafka's protocol for producers,
 * consumer groups and transactions, and keeps everything in memory. It takes ports of its own choosing, so this program
 * stands at the port where everybody looks for Kafka and relays. As in any cluster, a client only asks there: the answer,
 * the metadata, tells where each partition's leader is, and there it goes by itself.
 *
 *     kafka_embedded        in one terminal
 *     kafka_generator       in another: one of its siblings, kafka_generator.c
 *
 * What it is not, against a real Kafka (./demo up kafka):
 *   - nothing survives its end; its cluster id, made of an address in memory, is another one at each start, but not where
 *     addresses are the same at each start: with the address sanitizer, in a debugger
 *   - a partition holds 5 MiB or 100,000 batches, the oldest are dropped without a word
 *   - CreateTopics is not understood: a topic is made here (-t), or by a producer that sends to it
 *   - no offsets by timestamp
 *   - a group's first member waits 3 s for others: session.timeout.ms should be 3100 to 4000
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>

#define KAFKA_PORT "9092"

enum {
    MAX_TOPICS = 64,
    MAX_BROKERS = 16,
    PARTITIONS = 4,      /* of each topic */
    MAX_CLIENTS = 200,   /* at our port at one time; others wait in the kernel's queue */
    FULL_PAUSE_MS = 100, /* between two looks whether there is a descriptor again */
    PIECE = 64 * 1024,   /* bytes that are relayed at once */
};

static struct options {
    int port, brokers;
    const char *topics[MAX_TOPICS];
    int topic_count;
    bool quiet;
} options = {.port = 9092,
             .brokers = 1,
             .topics = {"vehiculo", "jugadores_futbol", "datos_clima", "datos_peliculas"},
             .topic_count = 4};

/* A client at our port, [0], and its connection to the cluster, [1]. */
struct relay {
    int fd[2];
    bool stalled[2]; /* what this side has said waits in the kernel, until the other side takes it */
};

static struct relay relays[MAX_CLIENTS];
static nfds_t relay_count;

/* What a real Kafka takes as a topic's name; the mock cluster would take anything. */
static bool valid_topic(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return len > 0 && len <= 249 && name[len] == '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},
        {"brokers", required_argument, NULL, 'B'},
        {"topic", required_argument, NULL, 't'},
        {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int o; (o = getopt_long(argc, argv, "p:t:qVh", names, NULL)) != -1;) {
        switch (o) {
        case 'p': options.port = (int)demo_number("-p", optarg, 0, 65535); break;
        case 'B': options.brokers = (int)demo_number("--brokers", optarg, 1, MAX_BROKERS); break;
        case 't':
            if (options.topic_count == MAX_TOPICS) errx(DEMO_USAGE, "-t %s: at most %d topics", optarg, MAX_TOPICS);
            if (!valid_topic(optarg))
                errx(DEMO_USAGE, "-t %s: expected letters, digits, . _ and -, at most 249", optarg);
            options.topics[options.topic_count++] = optarg;
            break;
        case 'q': options.quiet = true; break;
        case 'V': puts("kafka_embedded " DEMO_VERSION); exit(demo_end(DEMO_DONE));
        case 'h':
            puts("Usage: kafka_embedded [option...]\n"
                 "A Kafka for a first run, in memory, for this machine only: librdkafka's mock cluster. It makes the "
                 "topics\n"
                 "vehiculo, jugadores_futbol, datos_clima and datos_peliculas, with 4 partitions each.\n\n"
                 "  -p, --port PORT    where clients find it (" KAFKA_PORT "); 0 takes any free one\n"
                 "      --brokers N    how many brokers the cluster has (1)\n"
                 "  -t, --topic NAME   make this topic too; may be given again\n"
                 "  -q, --quiet        only the first and the last line\n"
                 "  -V, --version      -h, --help\n\n"
                 "Not as in a real Kafka (./demo up kafka): nothing survives its end. A partition holds 5 MiB or "
                 "100,000\n"
                 "batches, older ones are dropped without a word. CreateTopics is not understood. No offsets by\n"
                 "timestamp. A group's first join takes 3 s: give session.timeout.ms 3100 to 4000.\n\n"
                 "Example: kafka_embedded            then, in another terminal: kafka_generator -b "
                 "localhost:" KAFKA_PORT);
            exit(demo_end(DEMO_DONE));
        default: errx(DEMO_USAGE, "try: kafka_embedded --help");
        }
    }
    if (optind < argc) errx(DEMO_USAGE, "%s: no argument is expected here; try: kafka_embedded --help", argv[optind]);
}

/* The cluster, run by threads of librdkafka; `host` is the client handle that it needs for its memory and log. */
static rd_kafka_mock_cluster_t *start_cluster(rd_kafka_t **host)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "4", NULL, 0); /* warnings: that the host has no broker itself is none */
    *host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (*host == NULL) errx(DEMO_FAILED, "librdkafka: %s", why);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(*host, options.brokers);
    if (cluster == NULL) errx(DEMO_FAILED, "librdkafka cannot open the ports of its mock cluster on 127.0.0.1");
    for (int i = 0; i < options.topic_count; i++) {
        rd_kafka_resp_err_t problem = rd_kafka_mock_topic_create(cluster, options.topics[i], PARTITIONS,
                                                                 options.brokers < 3 ? options.brokers : 3);
        if (problem != RD_KAFKA_RESP_ERR_NO_ERROR)
            errx(DEMO_USAGE, "-t %s: %s", options.topics[i], rd_kafka_err2str(problem));
    }
    return cluster;
}

/* The first of the cluster's own addresses, 127.0.0.1:PORT,... */
static struct sockaddr_in address_of(const rd_kafka_mock_cluster_t *cluster)
{
    const char *bootstraps = rd_kafka_mock_cluster_bootstraps(cluster);
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtol(strchr(bootstraps, ':') + 1, NULL, 10)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Only loopback: the cluster's own ports, which its metadata tells to clients, are nowhere else. */
static int listen_locally(void)
{
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) err(DEMO_FAILED, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, SOMAXCONN) != 0)
        errx(DEMO_FAILED, "listen on 127.0.0.1:%d: %s (%s)", options.port, strerror(errno), endpoint_hint(errno));
    return listener;
}

/* Passes on what side `from` has said, as far as the other side takes it: nobody who does not read holds up the rest.
 * False when one of them has ended. */
static bool pass_on(struct relay *r, int from)
{
    static char piece[PIECE];
    ssize_t n = recv(r->fd[from], piece, sizeof piece, MSG_PEEK | MSG_DONTWAIT);
    if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EINTR);
    ssize_t sent = send(r->fd[1 - from], piece, (size_t)n, MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    r->stalled[from] = sent < n;
    return sent <= 0 || recv(r->fd[from], piece, (size_t)sent, 0) == sent; /* only looked at before */
}

static void relay_all(const struct pollfd *fds)
{
    for (nfds_t i = relay_count; i-- > 0;) { /* backwards: the last takes the place of one that ends */
        struct relay *r = &relays[i];
        if (fds[2 * i].revents == 0 && fds[2 * i + 1].revents == 0) continue;
        if (pass_on(r, 0) && pass_on(r, 1)) continue;
        close(r->fd[0]);
        close(r->fd[1]);
        *r = relays[--relay_count];
    }
}

/* What to wait for: another client, if there is room; and at both sides of each relay something to pass on or, while it is
 * stalled, room for it. */
static void want(struct pollfd *fds, int listener)
{
    *fds++ = (struct pollfd){.fd = relay_count < MAX_CLIENTS ? listener : -1, .events = POLLIN};
    for (nfds_t i = 0; i < relay_count; i++) {
        const struct relay *r = &relays[i];
        for (int side = 0; side < 2; side++) {
            short events = (short)((r->stalled[side] ? 0 : POLLIN) | (r->stalled[1 - side] ? POLLOUT : 0));
            fds[2 * i + (nfds_t)side] = (struct pollfd){.fd = events ? r->fd[side] : -1, .events = events};
        }
    }
}

/* Takes a client that came to our port and brings it to the cluster; true if it could. */
static bool accept_client(int listener, const struct sockaddr_in *cluster)
{
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof peer;
    char text[ENDPOINT_TEXT];
    int client = accept(listener, (struct sockaddr *)&peer, &peer_len);
    if (client < 0) { /* it left before we came to it; or we are out of descriptors */
        if (errno == EMFILE || errno == ENFILE) demo_wait((struct pollfd[1]){0}, 0, FULL_PAUSE_MS);
        return false;
    }
    endpoint_text(&peer, peer_len, text);
    int broker = socket(AF_INET, SOCK_STREAM, 0);
    if (broker < 0 || connect(broker, (const struct sockaddr *)cluster, sizeof *cluster) != 0) {
        warn("%s: turned away", text);
        if (broker >= 0) close(broker);
        close(client);
        return false;
    }
    relays[relay_count++] = (struct relay){.fd = {client, broker}};
    if (!options.quiet) printf("%s asks where the brokers are\n", text);
    return true;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    parse_options(argc, argv);

    /* Acquire everything: any failure here is fatal. */
    int listener = listen_locally();
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster = start_cluster(&host);
    const struct sockaddr_in address = address_of(cluster);
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(listener, endpoint));
    if (!options.quiet) {
        printf("embedded broker: brokers at %s, all in memory\n", rd_kafka_mock_cluster_bootstraps(cluster));
        for (int i = 0; i < options.topic_count; i++)
            printf("topic %s, %d partitions\n", options.topics[i], PARTITIONS);
    }

    /* The model: whoever comes to our port is brought to the cluster. */
    unsigned long clients = 0;
    static struct pollfd fds[1 + 2 * MAX_CLIENTS + 1];
    for (want(fds, listener); demo_wait(fds, 1 + 2 * relay_count, -1) > 0; want(fds, listener)) {
        relay_all(fds + 1);
        if (fds[0].revents != 0) clients += accept_client(listener, &address);
    }

    /* Give back, in reverse. */
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    close(listener);
    printf("served %lu connection%s; what was stored is gone\n", clients, clients == 1 ? "" : "s");
    return demo_end(DEMO_DONE);
}
