"""The row all-or-nothing of the table: one message of kafka_generator, which kafka_db_writer stores as one row.

Op is the number of its rows. Res is whether the client was told that Kafka has the message; a later failure cannot undo that.
The network that fails is between the writer and its database, where a row and the offset that it came from are one
transaction. Needs KAFKA_BROKERS and MYSQL_DEFAULTS_FILE, as ./demo up gives them.
"""
import configparser
import contextlib
import csv
import os
import pathlib
import re
import signal
import tempfile
import time
import uuid

from program import BIN, PATIENCE, Program

TOPIC, DATABASE = "vehiculo", "pubsub_semantics"
LATER = 16  # messages after the one that is tested: when they are stored, it is stored as often as it ever will be
# Bytes before the end of a session with the database: in the answer to COMMIT, in COMMIT, and before it.
CUTS = (45, 58, 250, 500)


def missing():
    """A text that says what the row needs and does not have; empty if nothing."""
    if not all(os.access(os.path.join(BIN, name), os.X_OK) for name in ("kafka_generator", "kafka_db_writer")):
        return "needs kafka_db_writer (./demo build tells what it lacks)"
    if not all(os.environ.get(name) for name in ("KAFKA_BROKERS", "MYSQL_DEFAULTS_FILE")):
        return "needs a Kafka and a MySQL (start them with: ./demo up)"
    return ""


class Network:
    """A faulty_link between the writer and the database, and the option file that leads through it."""

    def __init__(self, directory):
        self.own = pathlib.Path(os.environ["MYSQL_DEFAULTS_FILE"]).read_text("utf-8")
        given = configparser.ConfigParser(strict=False, allow_no_value=True, interpolation=None)
        given.read_string(self.own)
        where = {name: value for group in ("client", "pubsub") if given.has_section(group) for name, value in given[group].items()}
        self.server = f"{where.get('host', '127.0.0.1')}:{where.get('port', 3306)}"
        self.file = pathlib.Path(directory, "my.cnf")  # its directory is readable for us only: it holds the password
        self.link, self.length = None, 0

    def set(self, *faults):
        """From now on the link makes these faults; its old connections are gone."""
        port = 0
        if self.link is not None:
            port = self.link.port()
            self.link.stop()
        self.link = Program("faulty_link", "--tcp", "-p", port, "--seed", 1, *faults, self.server)
        through = f"host=127.0.0.1\nport={self.link.port()}\nprotocol=tcp\n"
        self.file.write_text(f"{self.own}\n[client]\n{through}[pubsub]\n{through}", "utf-8")

    def measure(self):
        """Notes how many bytes, both ways, the session took that has ended."""
        ended = self.link.wait_for(r"ended: (\d+) bytes to server, (\d+) to client")
        self.length = int(ended[1]) + int(ended[2])


class Run:
    """One message and its fault. `running` lists the programs that it started."""

    def __init__(self, network):
        self.network, self.running = network, []

    def start(self, *command):
        self.running.append(Program(*command))
        return self.running[-1]

    def writer(self):
        """In a group of its own: it need not wait until Kafka declares an earlier member dead."""
        return self.start("kafka_db_writer", "--defaults-file", self.network.file, "-t", TOPIC, "-D", DATABASE, "-g",
                          f"semantics-{uuid.uuid4()}")

    def generator(self, count=1, seed=1, *options):
        """The same seed makes the same messages, so that every session with the database takes as many bytes."""
        return self.start("kafka_generator", "-t", TOPIC, "-n", count, "--seed", seed, *options)

    def rows(self):
        """How many rows the table has now, read without the faulty link."""
        table = Program("kafka_subscriber", "-q", "--format", "csv", "-D", DATABASE, "tablas").ends()
        rows = {line[0]: line[1:] for line in csv.reader(table.lines) if len(line) == 3}
        if TOPIC not in rows:
            raise RuntimeError("kafka_subscriber does not tell what is stored:\n" + "\n".join(table.lines))
        return sum(map(int, rows[TOPIC]))

    def store_all(self, count):
        """A writer without faults stores all messages and LATER more, until there are `count` + LATER rows. Returns their number."""
        self.network.set()
        writer = self.writer()
        writer.wait_for(f"^{TOPIC} .* epoch ")  # the tables are there
        self.generator(LATER, 2).ends()
        deadline = time.monotonic() + PATIENCE
        while self.rows() < count + LATER:
            if time.monotonic() > deadline:
                raise RuntimeError(f"a message is not stored: {self.rows()} rows of {count + LATER}")
            time.sleep(0.05)
        writer.stop()
        return self.rows()


def kill(program):
    program.process.send_signal(signal.SIGKILL)
    program.ends()


def delivered(generator):
    return int(re.search(r"(\d+) delivered", generator.ends().lines[-1])[1])


def no_fault(run):
    generator = run.generator()
    writer = run.writer()
    writer.wait_for("^stored 1")
    writer.stop()
    run.network.measure()
    return delivered(generator)


def delay(run):
    run.network.set("--delay", "10ms..40ms")
    return no_fault(run)


def cut(run, after):
    """The connection breaks in the middle of the transaction, and works again later."""
    run.network.set("--cut-after", after)
    generator = run.generator()
    writer = run.writer()
    run.network.link.wait_for("cut after")
    run.network.set()
    return delivered(generator)


def crash(run, after):
    """The network stands still in the middle of the transaction. The writer is killed there; another one continues."""
    run.network.set("--half-open-after", after)
    generator = run.generator()
    writer = run.writer()
    run.network.link.wait_for("nothing passes any more")
    kill(writer)
    return delivered(generator)


def crash_when_stored(run):
    generator = run.generator()
    writer = run.writer()
    writer.wait_for("^stored 1")
    kill(writer)
    return delivered(generator)


def client_crash_when_stored(run):
    writer = run.writer()
    generator = run.generator(0, 1, "--rate", 0.001)  # the second message would come in a quarter of an hour
    writer.wait_for("^stored 1")
    kill(generator)
    return 0


def client_crash_before(run):
    """The message is still on its way to Kafka when the generator dies."""
    broker = run.start("faulty_link", "--tcp", "-p", 0, "--half-open-after", 0, os.environ["KAFKA_BROKERS"].split(",")[0])
    generator = run.generator(1, 1, "-b", f"127.0.0.1:{broker.port()}")
    broker.wait_for("nothing passes any more")
    kill(generator)
    return 0


def settle(run):
    """Stores what earlier runs left in the topic. Returns how many rows there are then."""
    run.generator().ends()  # creates the topic, if it does not exist
    writer, seen = run.writer(), None
    writer.wait_for("^stored ")
    while (now := run.rows()) != seen:
        seen = now
        time.sleep(1)
    writer.stop()
    return run.store_all(seen)


def runs():
    """Yields (column, (Op, Res)) of each run."""
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        network = Network(directory)
        network.set()
        stack.callback(lambda: network.link.stop())
        rows = settle(Run(network))

        def play(messages, fault, *args):
            nonlocal rows
            before, run = rows, Run(network)
            network.set()
            try:
                result = fault(run, *args)
                for program in run.running:
                    program.stop()
                rows = run.store_all(before + messages)
            finally:
                for program in run.running:
                    if program.process.poll() is None:
                        kill(program)
            return rows - before - LATER, result

        yield "no fault", play(1, no_fault)
        yield "delay", play(1, delay)
        for before_end in CUTS:
            yield "omission", play(1, cut, network.length - before_end)
            yield "server crash", play(1, crash, network.length - before_end)
        yield "server crash", play(1, crash_when_stored)
        yield "client crash", play(1, client_crash_when_stored)
        yield "client crash", play(0, client_crash_before)
