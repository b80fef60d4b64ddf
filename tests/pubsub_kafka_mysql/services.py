"""The servers of ./demo up, as tests see them: where they are, which processes they are, and what they say."""
import os
import re
import shutil
import socket
import struct
import subprocess
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNAVAILABLE = 3  # the exit status of ./demo up where it cannot have what it needs


def bootstrap_metadata(port):
    """Asks a Kafka on 127.0.0.1 for metadata (request 3, version 2); returns its brokers' ports, cluster id and topics."""
    def string(length):
        nonlocal reply
        size, = struct.unpack(length, reply.read(struct.calcsize(length)))
        return None if size < 0 else reply.read(size).decode()

    def number(layout=">i"):
        return struct.unpack(layout, reply.read(struct.calcsize(layout)))[0]

    with socket.create_connection(("127.0.0.1", port), timeout=10) as s, s.makefile("rb") as reply:
        request = struct.pack(">hhi h i", 3, 2, 7, -1, -1)  # no client id; all topics
        s.sendall(struct.pack(">i", len(request)) + request)
        assert number() > 0 and number() == 7
        brokers, topics = [], {}
        for _ in range(number()):
            number(), string(">h")
            brokers.append(number())
            string(">h")
        cluster_id = string(">h")
        number()
        for _ in range(number()):
            number(">h")
            name = string(">h")
            number(">b")
            topics[name] = number()
            for _ in range(topics[name]):
                reply.read(2 + 4 + 4)
                for _ in range(2):
                    reply.read(4 * number())
        return sorted(brokers), cluster_id, topics


def delete_topics(port, names):
    """Deletes these topics of a Kafka on 127.0.0.1 (request 20, version 1), and returns when they are gone."""
    request = struct.pack(">hhi h i", 20, 1, 7, -1, len(names))
    request += b"".join(struct.pack(">h", len(name)) + name.encode() for name in names) + struct.pack(">i", 30000)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as s, s.makefile("rb") as reply:
        s.sendall(struct.pack(">i", len(request)) + request)
        reply.read(struct.unpack(">i", reply.read(4))[0])
    deadline = time.monotonic() + 60
    while set(names) & set(bootstrap_metadata(port)[2]):
        assert time.monotonic() < deadline, "the topics are still there"
        time.sleep(0.02)


class Services:
    """What ./demo up, down and status do with one directory."""

    def __init__(self, directory, root=ROOT, enter=()):
        self.directory, self.root, self.enter = directory, root, [*enter]

    def demo(self, word, *args, status=0, **env):
        """Runs ./demo WORD; returns all it printed, and checks its exit status."""
        own = [] if self.directory is None else ["--directory", self.directory]
        done = subprocess.run([*self.enter, "./demo", word, *map(str, args), *own], cwd=self.root, text=True, timeout=280,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, **env})
        if done.returncode == UNAVAILABLE and status == 0:
            raise unittest.SkipTest(f"no real services here: {done.stdout}")
        if done.returncode != status:
            raise AssertionError(f"./demo {word}: exit status {done.returncode}, expected {status}\n{done.stdout}")
        return done.stdout

    def path(self, *names):
        return os.path.join(self.directory or f"{self.root}/build/services", *names)

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as f:
            return f.read()

    def number(self, *names):
        return int(self.read(*names))

    def environment(self):
        """What a shell knows after it sourced the file env."""
        shell = subprocess.run(["bash", "-c", 'source "$1" && env -0', "bash", self.path("env")], text=True,
                               stdout=subprocess.PIPE, check=True, env={"PATH": os.environ["PATH"]})
        pairs = dict(entry.split("=", 1) for entry in shell.stdout.split("\0") if entry)
        return {name: pairs[name] for name in ("KAFKA_BROKERS", "MYSQL_DEFAULTS_FILE") if name in pairs}

    def client(self, options):
        """The words that start the database's command line client; its stdout is rows, tab-separated."""
        client = "mariadb" if shutil.which("mariadb") else "mysql"
        return [client, f"--defaults-file={self.path(options)}", "--batch", "--skip-column-names"]

    def sql(self, statement, options="my.cnf"):
        return subprocess.run(self.client(options),
                              input=statement, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def shared():
    """The real Kafka and database that CTest starts for all broker tests; without them, a test is skipped."""
    services = Services(os.path.join(os.environ.get("DEMO_BUILD", "build/asan"), "services"))
    if not os.path.exists(services.path("env")):
        raise unittest.SkipTest("no real Kafka and database: test pubsub_kafka_mysql.up tells why")
    return services


def processes(pattern):
    """Process ids whose command line matches."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                if re.search(pattern, f.read().replace("\0", " ")):
                    found.append(int(pid))
        except OSError:
            pass  # it ended meanwhile
    return found
