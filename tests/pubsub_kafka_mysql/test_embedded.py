"""kafka_embedded, as any Kafka client meets it."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import unittest

from pair import BIN, PATIENCE, PairTest, main
from services import bootstrap_metadata

TOPICS = {"vehiculo": 4, "jugadores_futbol": 4, "datos_clima": 4, "datos_peliculas": 4}


def kcat(*args, text=""):
    if shutil.which("kcat") is None:
        raise unittest.SkipTest("no kcat here, which is the foreign client of this test")
    done = subprocess.run(["kcat", *map(str, args)], input=text, text=True, timeout=30, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout.splitlines()


class Embedded(PairTest):
    def test_its_first_line_is_its_port_and_it_tells_what_it_holds(self):
        server, port = self.serve("kafka_embedded")
        server.line(r"^embedded broker: brokers at 127\.0\.0\.1:\d+, all in memory$")
        for topic in TOPICS:
            server.line(f"^topic {topic}, 4 partitions$")
        brokers, cluster_id, topics = bootstrap_metadata(port)
        self.assertEqual(topics, TOPICS)
        self.assertEqual(len(brokers), 1)
        self.assertRegex(cluster_id, "^mockCluster")
        server.line(r"^127\.0\.0\.1:\d+ asks where the brokers are$")
        server.stop()
        self.assertEqual(server.stdout[-1], "served 1 connection; what was stored is gone")

    def test_a_foreign_producer_and_consumer_meet_in_it(self):
        _, port = self.serve("kafka_embedded", "-q")
        kcat("-P", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-K:", text="".join(f"k{i}:v{i}\n" for i in range(1000)))
        got = kcat("-C", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-e", "-q", "-K:")
        self.assertCountEqual(got, [f"k{i}:v{i}" for i in range(1000)])

    def test_a_consumer_group_gets_its_partitions(self):
        _, port = self.serve("kafka_embedded", "-q")
        kcat("-P", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", text="uno\n")
        got = kcat("-b", f"127.0.0.1:{port}", "-X", "session.timeout.ms=3500", "-X", "auto.offset.reset=earliest",
                   "-q", "-c", "1", "-G", "group", "vehiculo")
        self.assertEqual(got, ["uno"])

    def test_a_producer_makes_a_topic_and_so_does_an_option(self):
        _, port = self.serve("kafka_embedded", "-q", "-t", "otro", "-t", "mas")
        kcat("-P", "-b", f"127.0.0.1:{port}", "-t", "nuevo", text="uno\n")
        self.assertEqual(bootstrap_metadata(port)[2], {**TOPICS, "otro": 4, "mas": 4, "nuevo": 4})

    def test_what_the_generator_says_is_delivered_is_there(self):
        """Though the leader refuses the first batch and takes those that come after it."""
        broker = self.start("refusing_broker")
        port = broker.port()
        generator = self.run_program("kafka_generator", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-n", 40, "--rate", 200)
        self.assertRegex(generator.stdout[-1], "^40 sent, 40 delivered, 0 failed")
        self.assertEqual(len(kcat("-C", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-e", "-q")), 40)
        broker.ends()

    def test_a_second_outage_with_the_same_cause_is_reported(self):
        """A reason is reported once for all messages that fail in a row, and again after messages were delivered."""
        broker = self.start("refusing_broker", "twice")
        generator = self.start("kafka_generator", "-b", f"127.0.0.1:{broker.port()}", "-t", "vehiculo", "-n", 400, "--rate", 200)
        for _ in range(2):
            generator.error("not delivered: Broker: Message size too large$")
        generator.ends(1)
        self.assertEqual(len([line for line in generator.stderr if ": not " in line]), 2)
        self.assertRegex(generator.stdout[-1], r"^400 sent, \d+ delivered, [1-9]\d* failed")
        broker.ends()

    def test_several_brokers(self):
        _, port = self.serve("kafka_embedded", "-q", "--brokers", 3)
        self.assertEqual(len(bootstrap_metadata(port)[0]), 3)

    def test_nothing_survives_it_and_the_next_is_another_cluster(self):
        server, port = self.serve("kafka_embedded", "-q")
        kcat("-P", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", text="uno\n")
        first = bootstrap_metadata(port)[1]
        server.stop()
        _, port = self.serve("kafka_embedded", "-q")
        self.assertEqual(kcat("-C", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-e", "-q"), [])
        with open(os.path.join(BIN, "kafka_embedded"), "rb") as program:
            if b"__asan_init" not in program.read():  # which gives out the same addresses at each start
                self.assertNotEqual(bootstrap_metadata(port)[1], first)

    def test_it_stops_while_a_client_is_connected(self):
        server, port = self.serve("kafka_embedded")
        with socket.create_connection(("127.0.0.1", port)):
            server.line("asks where the brokers are")
            server.stop(signo=signal.SIGINT)
        self.assertEqual(server.stdout[-1], "served 1 connection; what was stored is gone")

    def test_quiet_is_the_first_and_the_last_line(self):
        server, port = self.serve("kafka_embedded", "-q")
        bootstrap_metadata(port)
        server.stop()
        self.assertEqual(server.stdout, [f"listening on 127.0.0.1:{port}", "served 1 connection; what was stored is gone"])

    def test_a_client_that_does_not_read_holds_up_nobody_and_loses_nothing(self):
        _, port = self.serve("kafka_embedded", "-q")
        asked = 20000  # metadata requests, 10 MB in reply: more than the kernel's buffers hold
        with socket.socket() as s, s.makefile("rb") as replies:
            s.settimeout(PATIENCE)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(("127.0.0.1", port))
            s.sendall(b"".join(struct.pack(">i hhi h i", 14, 3, 2, i, -1, -1) for i in range(asked)))
            for _ in range(1000):  # while the buffers fill, and when they are full
                self.assertEqual(bootstrap_metadata(port)[2], TOPICS)
            for i in range(asked):
                size, number = struct.unpack(">ii", replies.read(8))
                self.assertEqual(number, i)
                self.assertEqual(len(replies.read(size - 4)), size - 4)

    def test_more_clients_than_it_serves_at_once_wait_for_their_turn(self):
        _, port = self.serve("kafka_embedded", "-q")
        waiting = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(250)]
        for s in waiting:
            with s:
                s.sendall(struct.pack(">i hhi h i", 14, 3, 2, 1, -1, 0))
                self.assertEqual(s.recv(8, socket.MSG_WAITALL)[4:], b"\0\0\0\1")

    def test_a_stranger_that_speaks_no_kafka_disturbs_nobody(self):
        _, port = self.serve("kafka_embedded", "-q")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
            self.assertEqual(s.recv(1), b"")  # let go
        self.assertEqual(bootstrap_metadata(port)[2], TOPICS)

    def test_a_malformed_request_is_refused_and_the_broker_lives_on(self):
        """This Metadata request, of 2,139,062,143 topics in 15 bytes, ends librdkafka's mock cluster."""
        server, port = self.serve("kafka_embedded", "-q")
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
            s.sendall(b"\0\0\0\x0f\0\x03\0\0\0\0\0\x01\0\x01x\x7f\x7f\x7f\x7f")
            self.assertEqual(s.recv(1), b"")
        server.error(r"127\.0\.0\.1:\d+: malformed request Metadata, version 0, 15 bytes: refused$")
        self.assertEqual(bootstrap_metadata(port)[2], TOPICS)


class Misuse(PairTest):
    def assert_refused(self, *args, status, says):
        program = self.run_program("kafka_embedded", *args, status=status)
        self.assertRegex("\n".join(program.stderr), says)

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assert_refused("-p", port, status=1,
                                says=rf"listen on 127\.0\.0\.1:{port}: Address already in use \(.*-p 0\)")

    def test_wrong_usage(self):
        self.assert_refused("-p", "70000", status=2, says="-p 70000: expected a whole number from 0 to 65535")
        self.assert_refused("--brokers", "0", status=2, says="--brokers 0: expected a whole number from 1 to 16")
        self.assert_refused("-p", "0", "-t", "a b", status=2, says="-t a b: expected letters")
        self.assert_refused("-p", "0", "-t", "", status=2, says="-t : expected letters")
        self.assert_refused("-p", "0", "-t", "vehiculo", status=2, says="-t vehiculo: .*already exists")
        self.assert_refused("algo", status=2, says="algo: no argument is expected here")

    def test_help_tells_the_limits(self):
        text = "\n".join(self.run_program("kafka_embedded", "--help").stdout)
        for limit in ("nothing survives", "5 MiB or 100,000", "CreateTopics", "timestamp", "3100 to 4000"):
            self.assertIn(limit, text.replace("\n", " "))

    def test_an_output_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            program = self.start("kafka_embedded", "-p", 0, stdout=full)
            program.ends(1)
        self.assertRegex(program.stderr[-1], "standard output was cut short")


if __name__ == "__main__":
    main()
