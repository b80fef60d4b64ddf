"""What the tests of the programs share: a real Kafka and a database, and two independent views of both.

Tests that leave both alone (SharedTest) use those that CTest starts once, a class after the other, for the names of the topics
are the programs'. Tests that kill a server or change it (BrokerTest) have servers of their own.

Messages of strangers are published with confluent-kafka (produce.py), the topics are read with kcat and the tables with the
database's own command line client, so that none of our code vouches for itself.
"""
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from pair import PairTest
from services import Services, bootstrap_metadata, delete_topics, shared

TOPICS = {
    "vehiculo": ("placa", "marca", "modelo", "anio", "color", "precio"),
    "jugadores_futbol": ("nombre", "equipo", "posicion", "nacionalidad", "edad", "goles"),
    "datos_clima": ("ciudad", "fecha_hora", "temperatura", "humedad", "presion", "condicion"),
    "datos_peliculas": ("titulo", "director", "genero", "anio", "duracion", "calificacion"),
}
PYTHON = "/usr/bin/python3"  # the one that packages of the system are for
NUMBERS = {"anio", "precio", "edad", "goles", "temperatura", "humedad", "presion", "duracion", "calificacion"}


@functools.cache
def has_confluent_kafka():
    return subprocess.run([PYTHON, "-c", "import confluent_kafka"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def threads_run(pid):
    """True while one of a process's threads does: /proc/PID/task/TID/stat, after the command in parentheses, is its state."""
    try:
        return any(stat.read_text().rpartition(") ")[2][0] not in "ZX" for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"))
    except OSError:  # gone in between: look again
        return True


class Servers(Services):
    """A Kafka and a database that are up."""

    def __init__(self, directory):
        if shutil.which("kcat") is None:
            raise unittest.SkipTest("kcat is not installed (Debian: apt-get install kcat)")
        super().__init__(directory)

    def find(self):
        self.where = self.environment()
        self.kafka_brokers = self.where["KAFKA_BROKERS"]

    def env(self):
        return {**os.environ, **self.where}

    def begin_anew(self):
        """Without a topic, as a new Kafka is."""
        port = int(self.kafka_brokers.rpartition(":")[2])
        delete_topics(port, list(TOPICS.keys() & bootstrap_metadata(port)[2].keys()))

    def query(self, statement, options="my.cnf"):
        """Rows as tuples of strings."""
        done = self.sql(statement, options)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    def produce(self, topic, *messages):
        """Each a key and a value, bytes or None, and optionally its time in ms; to partition 0, by a producer that is not ours."""
        if not has_confluent_kafka():
            raise unittest.SkipTest("confluent-kafka is not installed (Debian: apt-get install python3-confluent-kafka)")
        full = [(key, value, *time, 0)[:3] for key, value, *time in messages]
        subprocess.run([PYTHON, pathlib.Path(__file__).with_name("produce.py"), self.kafka_brokers, topic], check=True,
                       input=repr(full), text=True)

    def consume(self, topic):
        """All that a topic holds, as (partition, offset, bytes or None)."""
        done = subprocess.run(["kcat", "-b", self.kafka_brokers, "-C", "-t", topic, "-o", "beginning", "-e", "-q",
                               "-X", "fetch.wait.max.ms=5", "-f", "%p %o %S\n%s\n"], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
        messages, at = [], 0
        while at < len(done):
            end = done.index(b"\n", at)
            partition, offset, size = map(int, done[at:end].split())
            value = None if size < 0 else done[end + 1:end + 1 + size]
            at = end + 1 + max(size, 0) + 1
            messages.append((partition, offset, value))
        return messages

    def stored(self, database, topic):
        """All rows of a table, by partition and offset."""
        columns = ", ".join(f"HEX({name})" if name not in NUMBERS and name != "fecha_hora" else name for name in TOPICS[topic])
        rows = {}
        for partition, offset, *fields in self.query(
                f"SELECT kafka_partition, kafka_offset, {columns} FROM {database}.{topic}"):
            row = {}
            for name, text in zip(TOPICS[topic], fields):
                row[name] = (float(text) if name in NUMBERS else text.replace(" ", "T").replace(".000000", "") + "Z"
                             if name == "fecha_hora" else bytes.fromhex(text).decode())
            rows[int(partition), int(offset)] = row
        return rows

    def count(self, database):
        try:
            return sum(int(self.query(f"SELECT COUNT(*) FROM {database}.{t}")[0][0]) for t in (*TOPICS, "rejected_messages"))
        except AssertionError:
            return -1  # it is away just now

    def missing(self, database):
        """Which messages are no rows, a line for each partition: where to look when not all is stored in time."""
        lost = {}
        for topic in TOPICS:
            rows = self.stored(database, topic)
            for partition, offset, _ in self.consume(topic):
                if (partition, offset) not in rows:
                    lost.setdefault((topic, partition), []).append(offset)
        return "\n".join(f"{topic} [{partition}]: {len(offsets)} of offset {offsets[0]} to {offsets[-1]}"
                         for (topic, partition), offsets in lost.items())

    def assert_exactly_once(self, test, database, delivered):
        """Every message of every topic is a row, field by field, and there is no other row."""
        total = 0
        for topic in TOPICS:
            rows = self.stored(database, topic)
            messages = self.consume(topic)
            for partition, offset, value in messages:
                row = rows.pop((partition, offset), None)
                test.assertIsNotNone(row, f"lost: {topic} [{partition}] {offset}")
                test.assertEqual(row, json.loads(value), f"{topic} [{partition}] {offset}")
            test.assertEqual(rows, {}, f"rows of {topic} that are no message")
            total += len(messages)
            counted = self.query(f"SELECT COUNT(*), COUNT(DISTINCT kafka_cluster, kafka_partition, kafka_offset) "
                                 f"FROM {database}.{topic}")[0]
            test.assertEqual(counted, (str(len(messages)),) * 2)
        test.assertEqual(total, delivered, "what the generator reports delivered is what Kafka holds")
        test.assertEqual(self.query(f"SELECT COUNT(*) FROM {database}.rejected_messages"), [("0",)])


class Own(Servers):
    """Servers that only one class of tests uses, so that it may kill them."""

    def __init__(self, brokers=1):
        super().__init__(tempfile.mkdtemp(prefix="demo-pubsub-"))
        self.brokers = brokers

    def start(self):
        self.demo("up", "mysql")
        self.demo("up", "kafka", "--brokers", self.brokers)
        self.find()

    def remove(self):
        self.demo("down")
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self, *server):
        """SIGKILL, as a power cut would end it, to its last thread: then no process listens there any more. demo("up") brings
        it back with what was on its disk."""
        pid = self.number(*server, "pid")
        os.kill(pid, signal.SIGKILL)
        while threads_run(pid):
            time.sleep(0.01)

    def kill_kafka(self, one=1):
        self.kill(f"kafka-{self.brokers}", str(one))

    def kill_mysql(self):
        self.kill("mysql")


class BrokerTest(PairTest):
    """Tests on servers of their own, which may be killed."""

    brokers = 1

    @classmethod
    def setUpClass(cls):
        cls.own = Own(cls.brokers)
        cls.addClassCleanup(cls.own.remove)
        cls.start_servers()

    @classmethod
    def start_servers(cls):
        cls.own.start()

    def start(self, name, *args, **popen):
        popen.setdefault("env", self.own.env())
        return super().start(name, *args, **popen)

    def writer(self, *args, **popen):
        return self.start("kafka_db_writer", *args, **popen)

    def run_own(self, name, *args, **popen):
        return self.run_program(name, *args, env=self.own.env(), **popen)

    def generate(self, *args, **popen):
        return self.run_own("kafka_generator", *args, **popen)

    def wait_for_count(self, database, count, seconds=60):
        """Asks the database until so many messages are stored or rejected there."""
        deadline = time.monotonic() + seconds
        while (now := self.own.count(database)) < count:
            if time.monotonic() > deadline:
                self.fail(f"{now} of {count} messages in the database after {seconds} s")
            time.sleep(0.1)


class SharedTest(BrokerTest):
    """Tests on the servers that CTest started for all of them: none is killed, and each class begins without a topic."""

    @classmethod
    def setUpClass(cls):
        cls.own = Servers(shared().directory)
        cls.own.find()
        cls.own.begin_anew()


class Locks:
    """Transactions of another client of the database, which hold what a writer needs."""

    def lock(self, database):
        """A transaction of another client that holds all of kafka_offsets."""
        return self.transaction("SELECT COUNT(*) FROM kafka_offsets FOR UPDATE", database=database)

    def transaction(self, *statements, database):
        """Another client's, which has done these; the last one prints a line. Closing its input ends it."""
        client = subprocess.Popen([*self.own.client("root.cnf"), "--unbuffered", database],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.addCleanup(self.unlock, client)
        client.stdin.write("; ".join(("START TRANSACTION", *statements)) + ";\n")
        client.stdin.flush()
        client.stdout.readline()
        return client

    @staticmethod
    def unlock(client):
        if client.poll() is None:
            client.stdin.close()
            client.wait()
        client.stdout.close()

    def wait_for_blocked(self, count=1):
        """Until so many statements wait for a lock of another client."""
        for _ in range(300):
            blocked = self.own.query("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
                                     "root.cnf")
            if int(blocked[0][0]) >= count:
                return
            time.sleep(0.1)
        self.fail("nothing waits for a lock")


def pause(rng, longest):
    """A moment of random length: what is killed after it is killed anywhere in its work."""
    time.sleep(rng.uniform(0, longest))
