"""The programs and a Kafka or a database in trouble: away, killed, deleted, read-only, locked by another client."""
import os
import subprocess

from pair import main
from pubsub import TOPICS, BrokerTest, Locks


class Trouble(Locks, BrokerTest):
    def assert_fails(self, status, message, *args, **popen):
        program = self.writer(*args, **popen).ends(status)
        self.assertRegex("\n".join(program.stderr), message)

    def options_file(self, **changes):
        path = self.own.path("changed.cnf")
        with open(self.own.path("my.cnf"), encoding="utf-8") as old, open(path, "w", encoding="utf-8") as new:
            for line in old:
                name = line.partition("=")[0].strip()
                new.write(f"{name}={changes[name]}\n" if name in changes else line)
        return path

    def test_usage(self):
        self.assert_fails(2, r"/nowhere: No such file or directory \(\./demo up writes one", "--defaults-file", "/nowhere")
        self.assert_fails(2, "-D a`b: a database's name is", "-D", "a`b")
        self.assert_fails(2, "-t coches: no such topic; there are: vehiculo jugadores_futbol", "-t", "coches")
        self.assert_fails(2, "-n -1: expected a whole number", "-n", -1)
        self.assert_fails(2, "no argument is expected here", "x")

    def test_wrong_password(self):
        self.assert_fails(1, r"connect: Access denied .*\[1045\] \(user and password come from --defaults-file",
                          "--defaults-file", self.options_file(password="wrong"))

    def test_a_database_that_is_not_ours(self):
        self.assert_fails(1, r"mysql: Access denied .*needs CREATE", "-D", "mysql")

    def test_a_table_of_another_shape(self):
        self.own.query("CREATE DATABASE pubsub_shape; CREATE TABLE pubsub_shape.datos_clima (ciudad INT)", "root.cnf")
        self.assert_fails(1, r"table datos_clima has another shape than ours: \d+ of its columns fit, of 10 \(compare",
                          "-D", "pubsub_shape")

        self.own.query("CREATE DATABASE pubsub_own; CREATE TABLE pubsub_own.rejected_messages (reason INT)", "root.cnf")
        self.assert_fails(1, r"rejected_messages: Unknown column .*\[1054\] \(another shape than ours: compare", "-D", "pubsub_own")
        writer = self.writer("-D", "pubsub_key")
        writer.error("kafka cluster|no such topic")
        writer.stop()
        self.own.query("ALTER TABLE pubsub_key.vehiculo DROP PRIMARY KEY", "root.cnf")
        self.assert_fails(1, "table vehiculo has another shape than ours: 7 of its columns fit, of 10", "-D", "pubsub_key")

    def test_the_schema_that_is_shown(self):
        """schema.sql is what --schema prints, and makes the tables that the writer makes."""
        shown = "\n".join(self.run_program("kafka_db_writer", "--schema").stdout) + "\n"
        with open(os.path.join(self.own.root, "pubsub_kafka_mysql/schema.sql"), encoding="utf-8") as f:
            self.assertEqual("".join(line for line in f if not line.startswith("--")), shown)
        self.own.query("CREATE DATABASE pubsub_shown; USE pubsub_shown; " + shown, "root.cnf")
        writer = self.writer("-D", "pubsub_shown")
        writer.error("kafka cluster|no such topic")
        writer.stop()

    def test_database_down(self):
        """At the start and in between: it waits, says so, resumes, and all is there once."""
        self.generate("-n", 2000)
        self.addCleanup(self.own.demo, "up", "mysql")
        self.own.kill_mysql()
        writer = self.writer("-D", "pubsub_down")
        writer.error(r"database: connect: .*\(is the database up\? start one with: ./demo up mysql\): waiting for it")
        self.own.demo("up", "mysql")
        writer.error("database: back")
        writer.line("^stored ")
        self.own.kill_mysql()
        writer.error("database: .*: waiting for it")
        self.generate("-n", 2000)
        self.own.demo("up", "mysql")
        writer.error("database: back")
        count = sum(len(self.own.consume(t)) for t in ("vehiculo", "jugadores_futbol", "datos_clima", "datos_peliculas"))
        self.wait_for_count("pubsub_down", count)
        writer.stop()
        self.own.assert_exactly_once(self, "pubsub_down", count)

    def test_read_only_connection_killed_and_lock(self):
        """What the database says no to for a while; one transaction each time, all of it or nothing."""
        self.generate("-n", 100, "-t", "datos_peliculas")
        writer = self.writer("-D", "pubsub_trouble", "-t", "datos_peliculas")
        writer.line("^stored ")
        count = len(self.own.consume("datos_peliculas"))
        self.wait_for_count("pubsub_trouble", count)

        self.own.query("SET GLOBAL read_only = 1", "root.cnf")
        self.generate("-n", 100, "-t", "datos_peliculas")
        writer.error(r"\[1290\] \(the server is read-only.*\): waiting for it")
        self.own.query("SET GLOBAL read_only = 0", "root.cnf")
        writer.error("database: back")
        self.wait_for_count("pubsub_trouble", count + 100)

        holder = self.lock("pubsub_trouble")
        self.generate("-n", 100, "-t", "datos_peliculas")
        self.wait_for_blocked()
        ids = self.own.query("SELECT id FROM information_schema.processlist WHERE user = 'pubsub'", "root.cnf")
        for one, in ids:
            self.own.query(f"KILL {one}", "root.cnf")
        writer.error(r"\(the connection was cut\): waiting for it")
        writer.error(r"\[1205\] \(another transaction was in the way\): once more")
        self.unlock(holder)
        self.wait_for_count("pubsub_trouble", count + 200)
        writer.stop()
        topic = self.own.consume("datos_peliculas")
        self.assertEqual(set(self.own.stored("pubsub_trouble", "datos_peliculas")), {(p, o) for p, o, _ in topic})

    def test_deadlock(self):
        """Two transactions that wait for each other: the database undoes one of them, the writer's, which is done again."""
        self.generate("-n", 100, "-t", "vehiculo")
        writer = self.writer("-D", "pubsub_deadlock", "-t", "vehiculo")
        count = len(self.own.consume("vehiculo"))
        self.wait_for_count("pubsub_deadlock", count)
        self.own.query("CREATE TABLE pubsub_deadlock.heavy (n INT)", "root.cnf")
        # It is the transaction that changed less which is undone.
        other = self.transaction("INSERT INTO pubsub_deadlock.heavy WITH RECURSIVE n(i) AS "
                                 "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n",
                                 "SELECT COUNT(*) FROM pubsub_deadlock.vehiculo FOR UPDATE", database="pubsub_deadlock")
        self.generate("-n", 100, "-t", "vehiculo")
        self.wait_for_blocked()  # it has its offsets, and waits for the table
        other.stdin.write("SELECT COUNT(*) FROM kafka_offsets FOR UPDATE;\n")
        other.stdin.flush()
        writer.error(r"Deadlock found.*\[1213\].*: once more")
        self.unlock(other)
        self.wait_for_count("pubsub_deadlock", count + 100)
        writer.stop()
        self.assertEqual(set(self.own.stored("pubsub_deadlock", "vehiculo")),
                         {(p, o) for p, o, _ in self.own.consume("vehiculo")})

    def test_the_embedded_broker_is_started_anew(self):
        """Under a writer that runs: another cluster, whose offsets begin at zero again, at the same address."""
        first, port = self.serve("kafka_embedded", "-q")
        there = ("-b", f"127.0.0.1:{port}")
        # More than it keeps of a partition: the oldest offset that it has is not 0, as it will be after its start.
        subprocess.run(["kcat", *there, "-P", "-t", "vehiculo", "-p", "0"], input=b"\n".join([b"x" * 900000] * 9), check=True)
        kept = subprocess.run(["kcat", *there, "-C", "-t", "vehiculo", "-p", "0", "-e", "-q", "-f", "%o\n"], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.split()
        self.assertGreater(int(kept[0]), 0)
        self.generate("-n", 400, *there)
        writer = self.writer("-D", "pubsub_embedded", "-w", 3.5, *there)
        self.wait_for_count("pubsub_embedded", 400 + len(kept))
        first.stop()
        writer.error("kafka .*(is it up|waiting for it)")
        # A cluster's id is an address in its memory, which the address sanitizer makes the same at each start, but for this.
        second = self.start("kafka_embedded", "-q", "-p", port, env={**os.environ, "ASAN_OPTIONS": "redzone=2048"})
        second.line("^listening")
        self.generate("-n", 800, *there)
        writer.error("this cluster is new to the database, which knows 1 other: their rows stay apart")
        self.wait_for_count("pubsub_embedded", 1200 + len(kept))
        writer.stop()
        for topic in TOPICS:
            self.assertEqual(self.own.query(f"SELECT kafka_cluster, COUNT(*) FROM pubsub_embedded.{topic} GROUP BY 1 ORDER BY 1"),
                             [("1", "100"), ("2", "200")])

    def test_kafka_away(self):
        """No broker at the start is waited for; a topic that is not there yet, too."""
        self.addCleanup(self.own.demo, "up", "kafka")
        self.own.demo("down", "kafka")
        writer = self.writer("-D", "pubsub_away", "-t", "vehiculo")
        writer.error(r"kafka \S+: .*\(is it up\? ./demo up kafka, or kafka_embedded in another terminal\)")
        self.own.demo("up", "kafka")
        self.generate("-n", 100, "-t", "vehiculo")
        writer.line("^stored ")
        writer.stop()

    def test_another_cluster_behind_the_same_database(self):
        """Its offsets begin at zero again: its rows stand beside those of the first one, told apart."""
        self.generate("-n", 1000, "-t", "vehiculo")
        count = len(self.own.consume("vehiculo"))
        self.writer("-D", "pubsub_clusters", "-t", "vehiculo", "-n", count).ends()
        self.own.demo("down", "kafka")
        os.rename(self.own.path("kafka-1/1/data"), self.own.path("kafka-1/1/old"))
        self.own.demo("up", "kafka")
        self.generate("-n", 1000, "-t", "vehiculo")
        writer = self.writer("-D", "pubsub_clusters", "-t", "vehiculo", "-n", 1000).ends()
        self.assertRegex("\n".join(writer.stderr), "this cluster is new to the database, which knows 1 other: their rows stay")
        self.assertEqual(self.own.query("SELECT kafka_cluster, COUNT(*) FROM pubsub_clusters.vehiculo GROUP BY 1 ORDER BY 1"),
                         [("1", str(count)), ("2", "1000")])

    def test_messages_that_were_deleted_before_they_were_stored(self):
        """Never jumped over in silence."""
        self.generate("-n", 100, "-t", "jugadores_futbol")
        count = len(self.own.consume("jugadores_futbol"))
        self.writer("-D", "pubsub_gap", "-t", "jugadores_futbol", "-n", count).ends()
        self.own.query("UPDATE pubsub_gap.kafka_offsets SET next_offset = next_offset + 1000000", "root.cnf")
        self.assert_fails(1, r"the database wants offset \d+ next, but Kafka has 0 to \d+ \(the topic was deleted and made anew; "
                             "its messages would stand where the old ones do: .* -D", "-D", "pubsub_gap", "-t", "jugadores_futbol")

    def test_the_broker_dies_in_between(self):
        """It is told, the consumer and the producer go on by themselves, nothing is lost."""
        self.generate("-n", 4)
        processor = self.start("kafka_processor", "-g", "dies", "-t", "datos_peliculas")
        processor.line("^datos_peliculas: ")
        generator = self.start("kafka_generator", "-n", 3000, "-t", "datos_peliculas", "--rate", 1000)
        processor.line("^datos_peliculas: ")
        self.own.kill_kafka()
        processor.error(r"no broker answers \(is it up\? ./demo up kafka")
        self.own.demo("up", "kafka")
        generator.ends()
        processor.error(r"kafka \S+: back$")
        self.assertRegex(generator.stdout[-1], "^3000 sent, 3000 delivered, 0 failed")
        self.assertEqual(sum(line.endswith(": back") for line in generator.stderr), 1)
        count = len(self.own.consume("datos_peliculas"))
        while int(processor.line(r"^datos_peliculas: (\d+) rows")[1]) < count:
            pass  # at least once: what the group had not committed came again
        processor.stop()


if __name__ == "__main__":
    main()
