/* refusing_broker - a mock of a leader that was just elected: it refuses the first request of a producer, because it is not
 * ready, and accepts the later ones. It delays each answer, so that a producer with several requests under way has sent
 * them all by then.
 *
 * A real leader refuses the later requests, too, as out of sequence; but not when it has no message of that producer yet.
 * The cluster is librdkafka's mock, which checks no sequence numbers. The program ends at the end of its standard input.
 *
 * With an argument, it refuses the first request and the fourth for good, both for the same reason.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

enum { PRODUCE_REQUEST = 0, ROUND_TRIP_MS = 200 };

int main(int argc, char **argv)
{
    (void)argv;
    rd_kafka_t *host = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, NULL, 0);
    rd_kafka_mock_cluster_t *cluster = host ? rd_kafka_mock_cluster_new(host, 1) : NULL;
    if (cluster == NULL) return 1;
    rd_kafka_mock_topic_create(cluster, "vehiculo", 1, 1);
    rd_kafka_mock_broker_set_rtt(cluster, 1, ROUND_TRIP_MS);
    if (argc > 1)
        rd_kafka_mock_push_request_errors(cluster, PRODUCE_REQUEST, 4, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                          RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NO_ERROR,
                                          RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    else rd_kafka_mock_push_request_errors(cluster, PRODUCE_REQUEST, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
    printf("listening on %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    while (getchar() != EOF) continue;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    return 0;
}
