/* kafka_embedded - a Kafka broker inside one C program, for a first run without Java.
 *
 * The broker is a mock: librdkafka's mock cluster, which was written to test clients. It speaks enough of Kafka's protocol
 * for producers, consumer groups and transactions. Its topics are in memory. The mock listens on ports that it chooses
 * itself. So this program listens on the port where clients expect Kafka, and relays to the mock. As in any cluster, a
 * client only begins at this bootstrap server: the answer to its Metadata request names the leader of each partition, and
 * the client connects to the leader directly.
 *
 *     kafka_embedded        in one terminal
 *     kafka_generator       in another: one of its siblings, kafka_generator.c
 *
 * What the mock lacks, compared with a real Kafka (./demo up kafka):
 *   - nothing survives its end
 *   - a partition holds 5 MiB or 100,000 batches; the mock drops older ones silently
 *   - it does not know CreateTopics: a topic is made here (-t), or by a producer that sends to it
 *   - no offsets by timestamp
 * A malformed request ends the mock, and so this program: the relay refuses those, but the mock's own ports do not.
 */
#define DEMO_MAIN
#include "../common/demo.h"

#include "../common/endpoint.h"
#include "../common/options.h"
#include "pause.h"
#include "relay.h"

#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define KAFKA_PORT "9092"

enum {
    MAX_TOPICS = 64,
    MAX_BROKERS = 16,
    PARTITIONS = 4,      /* of each topic */
    REPLICAS = 3,        /* of each partition, if there are as many brokers */
    FULL_PAUSE_MS = 100, /* while there is no free descriptor */
};

static struct {
    const char *port;
    size_t brokers;
    const char *topics[MAX_TOPICS];
    int topic_count;
    bool quiet;
} options = {.port = KAFKA_PORT,
             .brokers = 1,
             .topics = {"vehiculo", "jugadores_futbol", "datos_clima", "datos_peliculas"},
             .topic_count = 4};

/* Takes the topic names that a real Kafka takes. The mock takes any. */
static void read_topic(const char *option, const char *name)
{
    const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    const bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    if (options.topic_count == MAX_TOPICS) errx(DEMO_USAGE, "%s %s: at most %d topics", option, name, MAX_TOPICS);
    if (len == 0 || len > 249 || name[len] != '\0' || dots)
        errx(DEMO_USAGE, "%s %s: expected letters, digits, . _ and -, at most 249", option, name);
    options.topics[options.topic_count++] = name;
}

static const struct demo_usage usage = {
    .purpose = "A Kafka broker in one program, all in memory, on 127.0.0.1, for a first run. It has the topics\n"
               "vehiculo, jugadores_futbol, datos_clima and datos_peliculas, with 4 partitions each.",
    .example = "kafka_embedded            then, in another terminal: kafka_generator -b localhost:" KAFKA_PORT,
};
static const struct demo_option table[] = {
    {'p', "port", "PORT", "where clients find it (" KAFKA_PORT "); 0 takes any free one", .port = &options.port},
    {0, "brokers", "N", "how many brokers the cluster has (1)", .number = &options.brokers, .min = 1,
     .max = MAX_BROKERS},
    {'t', "topic", "NAME", "make this topic too; may be given again", .read = read_topic},
    {'q', "quiet", NULL, "only the first and the last line", .on = &options.quiet},
    {.help =
         "Not as in a real Kafka (./demo up kafka): nothing survives its end. A partition holds 5 MiB or 100,000\n"
         "batches, older ones are dropped silently. CreateTopics is not understood. No offsets by timestamp.\n"
         "The first join of a group takes 3 s, every later rebalance session.timeout.ms - 1 s: 3100 to 4000 is\n"
         "quickest (our programs use 6000)."},
    {0},
};

/* Starts the mock cluster, which runs in threads of librdkafka. It belongs to `owner`, a client handle without brokers. */
static rd_kafka_mock_cluster_t *start_mock_cluster(rd_kafka_t **owner)
{
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "4", NULL, 0); /* warnings; below them: that `owner` has no brokers */
    *owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (*owner == NULL) errx(DEMO_FAILED, "librdkafka: %s", reason);
    rd_kafka_mock_cluster_t *mock = rd_kafka_mock_cluster_new(*owner, (int)options.brokers);
    if (mock == NULL) errx(DEMO_FAILED, "librdkafka cannot open the ports of its mock cluster on 127.0.0.1");
    const int replicas = options.brokers < REPLICAS ? (int)options.brokers : REPLICAS;
    for (int i = 0; i < options.topic_count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_mock_topic_create(mock, options.topics[i], PARTITIONS, replicas);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
            errx(DEMO_USAGE, "-t %s: %s", options.topics[i], rd_kafka_err2str(error));
    }
    return mock;
}

static struct sockaddr_in loopback(long port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Only on loopback: Metadata names the mock's addresses, which are loopback too, so a remote client could not go on. */
static int listen_on_loopback(long port)
{
    const struct sockaddr_in here = loopback(port);
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); /* accept(2) must not wait */
    if (listener < 0) err(DEMO_FAILED, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (const struct sockaddr *)&here, sizeof here) != 0 || listen(listener, SOMAXCONN) != 0)
        errx(DEMO_FAILED, "listen on 127.0.0.1:%ld: %s (%s)", port, strerror(errno), endpoint_hint(errno));
    return listener;
}

/* Accepts a client and connects it with the mock. True if that succeeded. */
static bool accept_client(int listener, const struct sockaddr_in *mock_address)
{
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof peer;
    char text[ENDPOINT_TEXT];
    int client = accept(listener, (struct sockaddr *)&peer, &peer_len);
    if (client < 0) { /* after poll(2) the client has left, or there is no free descriptor */
        if (errno == EMFILE || errno == ENFILE) pause_ms(FULL_PAUSE_MS);
        return false;
    }
    endpoint_text(&peer, peer_len, text);
    if (!relay_begin(client, text, mock_address)) return false;
    if (!options.quiet) printf("%s asks where the brokers are\n", text);
    return true;
}

int main(int argc, char **argv)
{
    /* What were we asked to do? */
    demo_start();
    demo_options(argc, argv, &usage, table);

    /* Acquire everything: any failure here is fatal. */
    int listener = listen_on_loopback(strtol(options.port, NULL, 10));
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *mock = start_mock_cluster(&owner);
    const char *mock_brokers =
        rd_kafka_mock_cluster_bootstraps(mock); /* 127.0.0.1:PORT,...: the first broker is enough to begin */
    const struct sockaddr_in mock_address = loopback(strtol(strchr(mock_brokers, ':') + 1, NULL, 10));
    char endpoint[ENDPOINT_TEXT];
    printf("listening on %s\n", endpoint_of(listener, endpoint));
    if (!options.quiet) {
        printf("embedded broker: brokers at %s, all in memory\n", mock_brokers);
        for (int i = 0; i < options.topic_count; i++)
            printf("topic %s, %d partitions\n", options.topics[i], PARTITIONS);
    }

    /* The model: accept a client, pass its requests to the mock and the replies back, until it goes to the leader itself. */
    unsigned long connections = 0;
    /* The listener, two for each client; the last one belongs to demo_wait(): the stop signal. */
    static struct pollfd fds[1 + 2 * RELAYS_MAX + 1];
    while (true) {
        fds[0] = (struct pollfd){.fd = relay_has_room() ? listener : -1, .events = POLLIN};
        if (demo_wait(fds, 1 + relay_fill_pollfds(fds + 1), -1) < 0) break;
        relay_pass_on(fds + 1);
        if (fds[0].revents != 0) connections += accept_client(listener, &mock_address);
    }

    /* Give back, in reverse. */
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(owner);
    close(listener);
    printf("served %lu connection%s; what was stored is gone\n", connections, connections == 1 ? "" : "s");
    return demo_end(DEMO_DONE);
}
