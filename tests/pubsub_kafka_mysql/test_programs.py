"""Generator, processor and subscriber, on real Kafka and a real database."""
import csv
import json
import os
import signal
import socket

from pair import main
from pubsub import TOPICS, SharedTest


def on_a_terminal(test, name, *args, **popen):
    """Runs a program whose standard output is a terminal; returns the bytes that it got."""
    ours, terminal = os.openpty()
    program = test.start(name, *args, stdout=terminal, **popen)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:
        pass  # EIO: the other side was closed
    program.ends()
    os.close(ours)
    return shown


class Generator(SharedTest):
    def test_account_and_topics(self):
        """Every message is accounted for; the topics are made, with four partitions, once."""
        program = self.generate("-n", 400)
        self.assertRegex(program.stdout[-1], r"^400 sent, 400 delivered, 0 failed, \d+ msg/s$")
        for topic in TOPICS:
            self.assertIn(f"kafka_generator: created topic {topic} with 4 partitions", program.stderr)
            messages = self.own.consume(topic)
            self.assertEqual(len(messages), 100)
            self.assertTrue({p for p, _, _ in messages} <= {0, 1, 2, 3})
            for _, _, value in messages:
                self.assertEqual(tuple(json.loads(value)), TOPICS[topic])
        self.assertEqual(self.generate("-n", 4).stderr, [])

    def test_progress_on_a_terminal_is_gone_at_the_end(self):
        shown = on_a_terminal(self, "kafka_generator", "-n", 200, "--rate", 400, under=self.with_stderr_on_stdout)
        self.assertRegex(shown, rb"\r\d+ sent, \d+ delivered, \d+ msg/s\x1b\[K\r")
        self.assertRegex(shown, rb"msg/s\x1b\[K\r\x1b\[K200 sent, 200 delivered, 0 failed, \d+ msg/s\r\n$")

    with_stderr_on_stdout = ("sh", "-c", 'exec "$@" 2>&1', "sh")

    def test_the_same_seed_makes_the_same_messages(self):
        def values(seed):
            before = len(self.own.consume("datos_clima"))
            self.generate("-n", 200, "-t", "datos_clima", "--seed", seed)
            messages = self.own.consume("datos_clima")
            self.assertEqual(len(messages), before + 200)
            last = {}
            for partition, _, value in messages:
                last.setdefault(partition, []).append(value)
            return last
        self.generate("-n", 4)
        start = {p: len(v) for p, v in values(0).items()}
        one = {p: v[start.get(p, 0):] for p, v in values(5).items()}
        length = {p: start.get(p, 0) + len(v) for p, v in one.items()}
        two = {p: v[length.get(p, 0):] for p, v in values(5).items()}
        self.assertEqual(one, two)
        self.assertTrue(any(b"\xc3" in value for each in one.values() for value in each), "non-ASCII")

    def test_stopped_in_between(self):
        """What was sent before is delivered, and said."""
        program = self.start("kafka_generator", "-n", 0, "--rate", 200)
        self.start("kafka_processor", "-g", "stopped", "-n", 50, "-q").ends()
        program.stop(signo=signal.SIGINT)
        self.assertRegex(program.stdout[-1], r"^(\d+) sent, \1 delivered, 0 failed")

    def test_no_broker(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        names = ("kafka_generator", "kafka_processor")
        for name, program in zip(names, [self.start(name, "-b", f"127.0.0.1:{port}") for name in names]):
            program.ends(1)
            self.assertRegex(program.stderr[-1], rf"^.*{name}: kafka 127.0.0.1:{port}: no answer in \d+ s \(is it up\? ./demo up kafka")

    def test_usage(self):
        for name in ("kafka_generator", "kafka_processor", "kafka_db_writer", "kafka_subscriber"):
            shown = self.run_own(name, "--help").stdout
            self.assertLessEqual(len(shown), 24, name)
            self.assertTrue(any(line.startswith("Example: ") for line in shown))
            self.assertTrue(all(len(line) <= 118 for line in shown))
            self.assertRegex(self.run_own(name, "-V").stdout[0], rf"^{name} \d+\.\d+\.\d+$")
            self.assertRegex(self.run_own(name, "--nothing", status=2).stderr[-1], f"try: {name} --help")
            with open("/dev/full", "wb") as full:
                self.assertRegex(self.run_own(name, "--help", status=1, stdout=full).stderr[-1], "was cut short")
            self.assertRegex(self.run_own(name, "-t", "x", status=2).stderr[-1], "-t x: no such topic; there are: vehiculo")
        for name in ("kafka_generator", "kafka_processor", "kafka_db_writer"):
            twice = self.run_own(name, "-t", "vehiculo", "-t", "vehiculo", status=2)
            self.assertRegex(twice.stderr[-1], "-t vehiculo: each topic once")
        self.assertRegex(self.generate("-n", "x", status=2).stderr[-1], "-n x: expected a whole number")
        for rate in ("0", "-1", "x", "nan", "1e9"):
            self.assertRegex(self.generate("--rate", rate, status=2).stderr[-1], f"--rate {rate}: expected messages a second")


class Processor(SharedTest):
    def test_a_data_frame(self):
        """Aligned, with types and shape, and the figures that Python counts."""
        self.generate("-n", 400, "--seed", 1)
        program = self.run_own("kafka_processor", "-g", "frame", "-q", "-n", 400)
        shown = "\n".join(program.stdout)
        for topic in TOPICS:
            self.assertIn(f"{topic}: 100 rows x 6 columns", shown)
        first = program.stdout.index("vehiculo: 100 rows x 6 columns")
        self.assertRegex(program.stdout[first + 1], r"^    placa     marca +modelo +anio +color +precio$")
        self.assertRegex(program.stdout[first + 2], r"^    string    string +string +int +string +number$")
        self.assertRegex(program.stdout[first + 3], r"^95  \w{3}-\d{4}  ")
        self.assertEqual(len({line.index("  ", 14) > 0 for line in program.stdout[first + 3:first + 8]}), 1)
        prices = [json.loads(value)["precio"] for _, _, value in self.own.consume("vehiculo")]
        mean = sum(prices) / 100
        std = (sum((p - mean) ** 2 for p in prices) / 99) ** 0.5
        quartiles = [sorted(prices)[i] * (1 - f) + sorted(prices)[i + 1] * f for i, f in ((24, .75), (49, .5), (74, .25))]
        expected = f"precio +100 +{mean:.2f} +{std:.2f} +{min(prices):.2f} +" + " +".join(f"{q:.2f}" for q in quartiles)
        self.assertRegex(shown, expected.replace(".", r"\.") + rf" +{max(prices):.2f}")
        self.assertRegex(program.stdout[-1], "^400 received, ")

    def test_how_old_messages_are(self):
        """--low-latency: the generator says when, the processor how long ago; what carries no time has no age."""
        self.generate("-n", 4)
        count = len(self.own.consume("datos_clima")) + 60  # a new group gets everything
        processor = self.start("kafka_processor", "-g", "ages", "-q", "-n", count, "-t", "datos_clima", "--low-latency")
        processor.line("^assigned: ")
        self.generate("-n", 30, "-t", "datos_clima", "--low-latency")
        self.generate("-n", 30, "-t", "datos_clima")
        spread = processor.line(rf"^{count} received, \d+ msg/s, latency min/p50/p99/max (\S+) us$")[1]
        ages = [float(age) for age in spread.split("/")]
        self.assertEqual(ages, sorted(ages))
        self.assertGreater(ages[0], 0)
        processor.ends()

    def test_a_number_that_nobody_could_read_in_full(self):
        self.generate("-n", 4)
        car = {"placa": "AAA-0000", "marca": "x", "modelo": "x", "anio": 2000, "color": "x", "precio": 1e300}
        self.own.produce("vehiculo", (b"k", json.dumps(car).encode()))
        count = len(self.own.consume("vehiculo"))
        program = self.run_own("kafka_processor", "-g", "huge", "-q", "-n", count, "-t", "vehiculo")
        self.assertRegex("\n".join(program.stdout), r"precio .* 1e\+300\b")

    def test_groups(self):
        """Members of one group share the partitions; every group gets everything; a replay begins at the beginning."""
        self.generate("-n", 4)
        count = len(self.own.consume("vehiculo"))
        one = self.start("kafka_processor", "-t", "vehiculo", "-g", "shared")
        one.line(r"^assigned: vehiculo \[0\] vehiculo \[1\] vehiculo \[2\] vehiculo \[3\]$")
        one.line(rf"^vehiculo: {count} rows")
        two = self.start("kafka_processor", "-t", "vehiculo", "-g", "shared")
        shares = [one.line(r"^assigned: (.*)")[1], two.line(r"^assigned: (.*)")[1]]
        self.assertEqual(sorted(" ".join(shares).replace("vehiculo ", "").split()), ["[0]", "[1]", "[2]", "[3]"])
        self.assertTrue(all(share.count("vehiculo") == 2 for share in shares), shares)
        self.generate("-n", 400, "-t", "vehiculo")
        one.line(r"^vehiculo: \d+ rows")
        two.line(r"^vehiculo: \d+ rows")
        other = self.run_own("kafka_processor", "-t", "vehiculo", "-g", "other", "-q", "-n", count + 400)
        self.assertIn(f"vehiculo: {count + 400} rows x 6 columns", other.stdout)
        two.stop()
        one.line(r"^assigned: .*\[0\].*\[1\].*\[2\].*\[3\]")
        one.stop()
        received = [int(p.stdout[-1].split()[0]) for p in (one, two)]
        self.assertEqual(sum(received), count + 400)
        again = self.run_own("kafka_processor", "-t", "vehiculo", "-g", "shared", "--from-beginning", "-q", "-n", count + 400)
        self.assertIn(f"vehiculo: {count + 400} rows x 6 columns", again.stdout)

    def test_order_is_kept_for_a_key(self):
        """A key's messages are in one partition, in the order in which they were sent."""
        self.generate("-n", 4)
        before = {(partition, offset) for partition, offset, _ in self.own.consume("jugadores_futbol")}
        for _ in range(2):
            self.generate("-n", 2000, "-t", "jugadores_futbol", "--seed", 3)
        partitions, order = {}, {}
        for partition, offset, value in self.own.consume("jugadores_futbol"):
            if (partition, offset) not in before:
                key = json.loads(value)["nombre"]
                partitions.setdefault(key, set()).add(partition)
                order.setdefault(key, []).append((offset, value))
        self.assertTrue(all(len(p) == 1 for p in partitions.values()), partitions)
        self.assertEqual(sum(map(len, order.values())), 4000)
        self.assertGreater(max(map(len, order.values())), 2)  # or there would be no order to keep
        for key, values in order.items():  # the same run twice: what a key has in the second repeats what it has in the first
            sent = [value for _, value in sorted(values)]
            self.assertEqual(sent[:len(sent) // 2], sent[len(sent) // 2:], key)


class Subscriber(SharedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nasty = "'; DROP TABLE vehiculo; -- \" 🌞 \x1b[2J %_\\"
        cls.filled = False

    def fill(self):
        if Subscriber.filled:
            return
        Subscriber.filled = True
        self.generate("-n", 40)
        for topic, names in TOPICS.items():
            row = {name: 7 if name in ("anio", "edad", "goles", "humedad", "duracion") else 1.5 if name in
                   ("precio", "temperatura", "presion", "calificacion") else "2026-03-01T12:00:00Z" if name == "fecha_hora"
                   else self.nasty for name in names}
            self.own.produce(topic, (b"k", json.dumps(row).encode()), (b"k", b"\x1b[31mno\xff"))
        self.own.produce("datos_clima", (b"k", None))
        self.run_own("kafka_db_writer", "-D", "pubsub_ask", "-n", 49)

    def ask(self, *args, status=0, text=""):
        self.fill()
        return self.run_own("kafka_subscriber", "-D", "pubsub_ask", *args, status=status, text=text)

    def test_tables_and_last(self):
        shown = self.ask("tablas").stdout
        self.assertEqual(shown[0].split(), ["tabla", "filas", "rechazados"])
        self.assertEqual(shown[1].split(), ["vehiculo", "11", "1"])
        self.assertEqual(self.ask("tables").stdout, shown)
        self.assertEqual(len(self.ask("ultimos", 3).stdout), 4)
        self.assertIn(r"\x1B[2J", self.ask("last", 1).stdout[1], "the last one that was published, shown escaped")
        self.assertEqual(len(self.ask("resumen").stdout), 3)
        rejected = self.ask("rechazados").stdout
        self.assertEqual(len(rejected), 6)
        self.assertIn(r"\x1B[31mno\xFF", rejected[-1])
        self.assertRegex(rejected[1], r"^datos_clima .* no value \(a tombstone\) +null\s*$")  # the last one published

    def test_values_are_never_sql(self):
        for topic, names in TOPICS.items():
            for name in names:
                value = self.nasty if name not in ("fecha_hora",) else "2026-03-01T12:00:00"
                if name in ("anio", "edad", "goles", "humedad", "duracion", "precio", "temperatura", "presion", "calificacion"):
                    value = "1.5" if name in ("precio", "temperatura", "presion", "calificacion") else "7"
                rows = self.ask("-t", topic, "--format", "json", "filtrar", name, "=", value).stdout
                self.assertGreaterEqual(len(rows), 1, name)
                for got in map(json.loads, rows):
                    self.assertEqual(tuple(got), names)
        self.assertEqual(len(self.ask("--format", "json", "filter", "marca", "contains", "%_").stdout), 1)
        self.assertEqual(len(self.ask("--format", "json", "filtrar", "marca", "=", "x' OR '1'='1").stdout), 0)
        for wrong, message in ((("marca; DROP", "=", "x"), "no column of vehiculo; there are: placa marca"),
                               (("marca", "= ''--", "x"), "expected one of = != <"),
                               (("precio", ">", "1 OR 1"), "precio is compared with a number")):
            self.assertRegex(self.ask("filtrar", *wrong, status=2).stderr[0], message)
        self.assertEqual(self.ask("tablas").stdout[1].split()[:2], ["vehiculo", "11"])

    def test_equality_is_exact_unless_asked_otherwise(self):
        """The database's collation takes cafe, CAFÉ and all emoji for equal; = and != do not."""
        self.own.query("CREATE DATABASE pubsub_exact; GRANT ALL ON pubsub_exact.* TO pubsub@'127.0.0.1'", "root.cnf")
        self.generate("-n", 4)
        cars = [("CAFE", "🌞", 1.7e308), ("café", "🚗", 7.5), ("cafe ", "x", 7.25), ("cafe", "x", 1.7e308)]
        self.own.produce("vehiculo", *((b"k", json.dumps({"placa": f"EX-{i}", "marca": make, "modelo": "x", "anio": 1, "color": colour,
                                                          "precio": price}).encode()) for i, (make, colour, price) in enumerate(cars)))
        count = len(self.own.consume("vehiculo"))
        self.run_own("kafka_db_writer", "-D", "pubsub_exact", "-t", "vehiculo", "-n", count)

        def plates(*words):
            shown = self.run_own("kafka_subscriber", "-D", "pubsub_exact", "--format", "json", "filtrar", *words).stdout
            return sorted(plate for plate in (json.loads(line)["placa"] for line in shown) if plate.startswith("EX-"))
        self.assertEqual(plates("marca", "=", "cafe"), ["EX-3"])
        self.assertEqual(plates("marca", "!=", "cafe"), ["EX-0", "EX-1", "EX-2"])
        self.assertEqual(plates("marca", "parecido", "cafe"), ["EX-0", "EX-1", "EX-2", "EX-3"])
        self.assertEqual(plates("color", "=", "🌞"), ["EX-0"])
        prices = json.loads(self.run_own("kafka_subscriber", "-D", "pubsub_exact", "--format", "json", "resumen").stdout[1])
        self.assertEqual(prices["maximo"], 1.7e308)
        self.assertNotEqual(prices["media"], 1e17)

    def test_csv_and_json(self):
        rows = list(csv.reader(self.ask("--format", "csv", "filtrar", "marca", "=", self.nasty).stdout))
        self.assertEqual(tuple(rows[0]), TOPICS["vehiculo"])
        self.assertEqual(rows[1], [self.nasty, self.nasty, self.nasty, "7", self.nasty, "1.5"])
        row = json.loads(self.ask("--format", "json", "filtrar", "marca", "=", self.nasty).stdout[0])
        self.assertEqual((row["marca"], row["precio"]), (self.nasty, 1.5))

    def test_a_terminal_gets_no_control_bytes(self):
        """Into a pipe, CSV has the bytes as they are; JSON escapes them everywhere."""
        control, escaped = "\x1b[31m\x7f\x9b2J\t\"", {"csv": rb'\x1B[31m\x7F\xC2\x9B2J\t""', "json": rb'\u001B[31m\u007f\u009b2J\t\"'}
        self.fill()
        self.own.query("CREATE DATABASE pubsub_bytes; GRANT ALL ON pubsub_bytes.* TO pubsub@'127.0.0.1'", "root.cnf")
        row = {"placa": "BYTES", "marca": control, "modelo": "x", "anio": 1, "color": "x", "precio": 1}
        self.own.produce("vehiculo", (b"k", json.dumps(row).encode()))
        self.run_own("kafka_db_writer", "-D", "pubsub_bytes", "-t", "vehiculo", "-n", len(self.own.consume("vehiculo")))
        for form, expected in escaped.items():
            words = ("kafka_subscriber", "-D", "pubsub_bytes", "--format", form, "filtrar", "placa", "=", "BYTES")
            shown = on_a_terminal(self, *words)
            self.assertIn(expected, shown)
            self.assertRegex(shown.decode(), r"\A[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z")  # line ends alone
            piped = "\n".join(self.run_own(*words).stdout)
            self.assertEqual(json.loads(piped)["marca"] if form == "json" else list(csv.reader([piped.split("\n")[1]]))[0][1], control)

    def test_the_last_rows_of_an_empty_table(self):
        """The names of the columns, whether the partitions are claimed or not."""
        self.fill()
        self.own.query("CREATE DATABASE pubsub_empty; GRANT ALL ON pubsub_empty.* TO pubsub@'127.0.0.1'", "root.cnf")
        self.run_own("kafka_db_writer", "-D", "pubsub_empty", "-t", "vehiculo", "-n", 1)
        for _ in range(2):
            shown = self.run_own("kafka_subscriber", "-D", "pubsub_empty", "-t", "datos_peliculas", "ultimos").stdout
            self.assertEqual([line.split() for line in shown], [list(TOPICS["datos_peliculas"])])
            self.own.query("INSERT IGNORE INTO pubsub_empty.kafka_offsets SELECT kafka_cluster, 'datos_peliculas', kafka_partition, "
                           "-1, 1 FROM pubsub_empty.kafka_offsets WHERE topic = 'vehiculo'")

    def test_what_is_null(self):
        """A tombstone has no bytes; one row has no standard deviation."""
        one = json.loads(self.ask("--format", "json", "rechazados", 1).stdout[0])
        self.assertEqual((one["topic"], one["bytes"]), ("datos_clima", None))
        self.own.query("CREATE DATABASE pubsub_one; GRANT ALL ON pubsub_one.* TO pubsub@'127.0.0.1'", "root.cnf")
        self.run_own("kafka_db_writer", "-D", "pubsub_one", "-n", 1, "-t", "vehiculo")
        for line in self.run_own("kafka_subscriber", "-D", "pubsub_one", "--format", "json", "resumen").stdout:
            self.assertIsNone(json.loads(line)["desviacion"])

    def test_the_database_cuts_the_connection_between_two_questions(self):
        self.fill()
        program = self.start("kafka_subscriber", "-D", "pubsub_ask", "-q")
        for _ in range(2):
            program.type("resumen anio\n")
            program.line("^anio +filas")
            for one, in self.own.query("SELECT id FROM information_schema.processlist WHERE db = 'pubsub_ask'", "root.cnf"):
                self.own.query(f"KILL {one}", "root.cnf")
        program.ends()

    def test_console(self):
        program = self.ask(text="usar datos_clima\nfiltrar ciudad contiene 'DROP TABLE'\nhola\nultimos 1\nsalir\nultimos 1\n",
                           status=1)
        self.assertEqual(len(program.stdout), 4)
        self.assertEqual(program.stderr, ["kafka_subscriber: hola: not a question; try: ayuda"])
        self.assertEqual(self.ask(text="").stdout, [])

    def test_follow(self):
        """What is stored from now on, each row once."""
        self.fill()
        program = self.start("kafka_subscriber", "-D", "pubsub_ask", "-t", "datos_peliculas", "--format", "json", "seguir")
        program.line("^{")
        self.generate("-n", 300, "-t", "datos_peliculas", "--seed", 9)
        self.run_own("kafka_db_writer", "-D", "pubsub_ask", "-t", "datos_peliculas", "-n", 300)
        for _ in range(300):
            program.line("^{")
        program.stop()
        self.assertEqual(len(program.stdout), 310)

    def test_follow_prints_the_heads_when_the_first_rows_come_later(self):
        """Partitions that are claimed, and of which nothing is stored yet: there is nothing to ask for."""
        self.generate("-n", 40)
        self.own.query("CREATE DATABASE pubsub_heads; GRANT ALL ON pubsub_heads.* TO pubsub@'127.0.0.1'", "root.cnf")
        self.run_own("kafka_db_writer", "-D", "pubsub_heads", "-t", "vehiculo", "-n", 1)
        self.own.query("INSERT INTO pubsub_heads.kafka_offsets SELECT kafka_cluster, 'datos_peliculas', kafka_partition, -1, 1 "
                       "FROM pubsub_heads.kafka_offsets WHERE topic = 'vehiculo'")
        program = self.start("kafka_subscriber", "-D", "pubsub_heads", "-t", "datos_peliculas", "--format", "csv", "seguir")
        while not self.own.query("SELECT id FROM information_schema.processlist WHERE db = 'pubsub_heads'", "root.cnf"):
            self.assertIsNone(program.process.poll())
        # It reads the positions at once; the writer needs longer to join its group.
        self.run_own("kafka_db_writer", "-D", "pubsub_heads", "-t", "datos_peliculas", "-n", 10)
        program.line('^"titulo",')
        stored = int(self.own.query("SELECT COUNT(*) FROM pubsub_heads.datos_peliculas", "root.cnf")[0][0])  # the rest was rejected
        self.assertGreater(stored, 0)
        for _ in range(stored):
            program.line('^"')
        program.stop()
        self.assertEqual(len([line for line in program.stdout if line.startswith('"titulo",')]), 1)

    def test_without_the_environment(self):
        """It names what is missing, not a database that is down."""
        env = {name: value for name, value in self.own.env().items() if name != "MYSQL_DEFAULTS_FILE"}
        program = self.run_program("kafka_subscriber", "tablas", status=1, env={**env, "HOME": "/nonexistent"})
        self.assertRegex(program.stderr[-1], "MYSQL_DEFAULTS_FILE is set: source build/services/env")

    def test_no_database(self):
        self.assertRegex(self.run_own("kafka_subscriber", "-D", "pubsub_none", "tablas", status=1).stderr[0],
                         r"pubsub_none: .*\(kafka_db_writer makes it; another one is chosen with -D\)|Access denied")


if __name__ == "__main__":
    main()
