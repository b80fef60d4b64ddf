"""./demo up, down and status: a real Kafka and a database, in directories and on ports of their own."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from pair import BIN, PATIENCE, PairTest, main
from services import ROOT, Services, UNAVAILABLE, bootstrap_metadata, processes

JAVA_17 = """case "$*" in -version) echo 'openjdk version "17.0.1" 2021-10-19' >&2; exit ;; """  # the start of a stub
TOPICS = ("vehiculo", "jugadores_futbol", "datos_clima", "datos_peliculas")
NEEDED = ("demo", "common", "pubsub_kafka_mysql")  # what the commands consist of


def scratch(test, prefix):
    """A directory that only its owner may enter: root's database server, which is nobody, must cope."""
    directory = tempfile.mkdtemp(prefix=prefix)
    test.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
    return directory


def without(commands, directory):
    """A PATH with all but these commands, made of links in a directory."""
    for place in reversed([*os.environ["PATH"].split(":"), "/usr/sbin"]):
        for name in os.listdir(place) if os.path.isdir(place) else []:
            if name not in commands and not os.path.lexists(f"{directory}/{name}"):
                os.symlink(f"{place}/{name}", f"{directory}/{name}")
    return directory


def stub(directory, name, text):
    """A command that only does what TEXT says."""
    with open(f"{directory}/{name}", "w", encoding="utf-8") as f:
        f.write(f"#!/bin/sh\n{text}\n")
    os.chmod(f"{directory}/{name}", 0o755)


class Both(PairTest):
    """One Kafka and one database for all of these."""

    @classmethod
    def setUpClass(cls):
        cls.services = Services(scratch(cls, "demo-both-"))
        cls.addClassCleanup(cls.services.demo, "down")
        cls.services.demo("up")

    def kafka(self):
        return int(self.services.environment()["KAFKA_BROKERS"].rpartition(":")[2])

    def pids(self):
        return self.services.number("kafka-1/1/pid"), self.services.number("mysql/pid")

    def rows(self, statement, options="my.cnf"):
        done = self.services.sql(statement, options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def assert_denied(self, statement, reason="denied"):
        done = self.services.sql(statement)
        self.assertEqual(done.returncode, 1, statement)
        self.assertIn(reason, done.stderr)

    def test_env_tells_the_programs_where_they_are(self):
        environment = self.services.environment()
        self.assertRegex(environment["KAFKA_BROKERS"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(environment["MYSQL_DEFAULTS_FILE"], self.services.path("my.cnf"))
        self.assertEqual(bootstrap_metadata(self.kafka())[0], [self.kafka()])
        self.assertEqual(self.rows("SELECT 1"), ["1"])

    def test_up_and_status_say_tier_version_ports_and_processes(self):
        kafka, mysql = self.pids()
        says = (rf"\Akafka: Apache Kafka 4\.1\.1, real, ours: 127\.0\.0\.1:{self.kafka()} \(pid {kafka}\)\n"
                rf"mysql: \d+\.\d+\S*, ours: 127\.0\.0\.1:\d+ \(pid {mysql}\)\n"
                rf"source {self.services.path('env')} tells the programs where they are\n\Z")
        for word in ("status", "up"):
            self.assertRegex(self.services.demo(word), says)

    def test_up_again_changes_nothing(self):
        before = self.pids(), self.services.environment(), self.services.read("my.cnf")
        self.services.demo("up")
        self.services.demo("up", "kafka", "--brokers", 1)
        self.assertEqual((self.pids(), self.services.environment(), self.services.read("my.cnf")), before)

    def test_another_number_of_brokers_is_refused_while_these_run(self):
        self.assertIn("a cluster of 1 is up: ./demo down kafka ends it",
                      self.services.demo("up", "kafka", "--brokers", 3, status=1))

    def test_passwords_are_for_the_owners_eyes(self):
        passwords = []
        for name in ("my.cnf", "root.cnf"):
            self.assertEqual(os.stat(self.services.path(name)).st_mode & 0o777, 0o600)
            passwords += [line[9:] for line in self.services.read(name).splitlines() if line.startswith("password=")]
        self.assertEqual(len(set(passwords)), 2)
        for password in passwords:
            self.assertGreaterEqual(len(password), 20)
            self.assertEqual(processes(f"(?s){password}"), [])
        self.assertFalse(os.path.exists(self.services.path("mysql/accounts.sql")))

    def test_the_application_may_do_its_work_and_no_more(self):
        self.rows("CREATE DATABASE IF NOT EXISTS pubsub; CREATE TABLE IF NOT EXISTS pubsub.rights (id CHAR(36) PRIMARY KEY);"
                  "INSERT INTO pubsub.rights VALUES (UUID()); UPDATE pubsub.rights SET id = UUID() LIMIT 1")
        self.rows("CREATE DATABASE IF NOT EXISTS pubsub_test")  # the tests' own
        for statement in ("DELETE FROM pubsub.rights", "DROP TABLE pubsub.rights", "DROP DATABASE pubsub", "CREATE DATABASE other",
                          "CREATE DATABASE pubsubx", "SELECT * FROM mysql.user", "CREATE USER x", "SET GLOBAL read_only = 1",
                          "GRANT ALL ON pubsub.* TO pubsub@'127.0.0.1'", "SELECT 1 INTO OUTFILE '/tmp/pubsub'"):
            self.assert_denied(statement)
        self.assertEqual(self.rows("SELECT LOAD_FILE('/etc/passwd')"), ["NULL"])
        self.rows("SET GLOBAL read_only = 0", "root.cnf")

    def test_nobody_comes_in_without_a_password(self):
        port = self.services.read("mysql/port").strip()
        for user in ("root", "pubsub", ""):
            with tempfile.NamedTemporaryFile("w", suffix=".cnf") as options:
                options.write(f"[client]\nhost=127.0.0.1\nport={port}\nuser={user}\n")
                options.flush()
                done = self.services.sql("SELECT 1", options.name)
                self.assertEqual((done.returncode, done.stdout), (1, ""), user)
                self.assertIn("denied", done.stderr)

    def test_they_listen_on_loopback_only(self):
        listening = subprocess.run(["ss", "-Hltnp"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        for pid in self.pids():
            addresses = [line.split()[3] for line in listening if f"pid={pid}," in line]
            self.assertTrue(addresses)
            for address in addresses:
                self.assertRegex(address, r"^(\[::ffff:127\.0\.0\.1\]|127\.0\.0\.1):\d+$")

    def test_the_database_server_is_not_root(self):
        with open(f"/proc/{self.services.number('mysql/pid')}/status", encoding="ascii") as f:
            uid = next(line.split()[1:] for line in f if line.startswith("Uid:"))
        self.assertNotIn("0", uid)

    def test_killed_they_come_back_with_what_they_stored_where_they_were(self):
        self.rows("CREATE DATABASE IF NOT EXISTS pubsub; CREATE TABLE IF NOT EXISTS pubsub.kept (n INT PRIMARY KEY);"
                  "INSERT INTO pubsub.kept VALUES (42)")
        environment, cluster_id = self.services.environment(), bootstrap_metadata(self.kafka())[1]
        killed = self.pids()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        self.services.demo("up")
        self.assertEqual(self.services.environment(), environment)
        self.assertEqual(self.rows("SELECT n FROM pubsub.kept"), ["42"])
        self.assertEqual(bootstrap_metadata(self.kafka())[1], cluster_id)
        self.assertFalse(set(killed) & set(self.pids()))

    def test_one_can_go_down_alone_and_env_says_so(self):
        kafka, mysql = self.pids()
        port = self.kafka()
        self.services.demo("down", "kafka")
        self.assertEqual(processes(self.services.path("kafka-")), [])
        self.assertEqual(list(self.services.environment()), ["MYSQL_DEFAULTS_FILE"])
        self.assertIn("kafka: none", self.services.demo("status"))
        self.services.demo("up")
        self.assertEqual(self.kafka(), port)
        self.assertEqual(self.pids()[1], mysql)
        self.assertNotEqual(self.pids()[0], kafka)

    def test_down_ends_no_process_of_somebody_else(self):
        stranger = subprocess.Popen(["sleep", "600"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        other = Services(scratch(type(self), "demo-stranger-"))
        os.makedirs(other.path("mysql"))
        with open(other.path("mysql/pid"), "w", encoding="ascii") as f:
            f.write(f"{stranger.pid}\n")
        self.assertIn("mysql: none", other.demo("down"))
        self.assertIsNone(stranger.poll())

    def test_down_ends_no_process_that_has_a_servers_old_number_and_its_directory_in_its_command_line(self):
        other = Services(scratch(type(self), "demo-stranger-"))
        os.makedirs(other.path("mysql"))
        for program in ("/usr/bin/tail", "/usr/sbin/mariadbd"):  # of a server that began at another time, or at the same
            stranger = subprocess.Popen(["tail", "-F", other.path("mysql/log")], stderr=subprocess.DEVNULL)
            self.addCleanup(stranger.wait)
            self.addCleanup(stranger.kill)
            boot, began, _ = self.services.read("mysql/process").split(" ", 2)
            if program != "/usr/bin/tail":
                began = pathlib.Path(f"/proc/{stranger.pid}/stat").read_text("ascii").rpartition(") ")[2].split()[19]
            pathlib.Path(other.path("mysql/process")).write_text(f"{boot} {began} {program}\n", "ascii")
            pathlib.Path(other.path("mysql/pid")).write_text(f"{stranger.pid}\n", "ascii")
            self.assertIn("mysql: none", other.demo("status"))
            self.assertIn("mysql: none", other.demo("down"))
            self.assertIsNone(stranger.poll())

    def test_a_directory_that_cannot_be_written_to_is_said_once(self):
        with tempfile.NamedTemporaryFile() as file:  # root may write into any directory
            inside = Services(f"{file.name}/services")
            self.assertEqual(inside.demo("down"), "kafka: none\nmysql: none\n")
            self.assertEqual(inside.demo("up", status=1), f"up: cannot write to {file.name}/services: it must belong to your user\n")


class Down(PairTest):
    def test_nothing_is_left_running_and_what_was_stored_stays(self):
        services = Services(scratch(type(self), "demo-down-"))
        self.addCleanup(services.demo, "down")
        services.demo("up", "mysql")
        self.assertEqual(list(services.environment()), ["MYSQL_DEFAULTS_FILE"])
        self.assertEqual(services.sql("CREATE DATABASE pubsub").returncode, 0)
        self.assertRegex(services.demo("down"), r"\Akafka: none\nmysql: none\n\Z")
        self.assertEqual(processes(services.directory), [])
        self.assertFalse(os.path.exists(services.path("env")))
        services.demo("up", "mysql")
        self.assertIn("pubsub", services.sql("SHOW DATABASES").stdout.split())

    def test_the_environment_can_say_where(self):
        directory = scratch(type(self), "demo-environment-")
        services = Services(directory)
        self.addCleanup(services.demo, "down")
        Services(None).demo("up", "mysql", DEMO_SERVICES=directory)
        self.assertEqual(services.sql("SELECT 1").stdout, "1\n")

    def test_without_anything_up(self):
        services = Services(scratch(type(self), "demo-none-"))
        for word in ("status", "down"):
            self.assertEqual(services.demo(word), "kafka: none\nmysql: none\n")


class ThreeBrokers(PairTest):
    def test_any_one_may_die_and_comes_back(self):
        services = Services(scratch(type(self), "demo-three-"))
        self.addCleanup(services.demo, "down")
        services.demo("up", "kafka", "--brokers", 3)
        ports = sorted(int(b.rpartition(":")[2]) for b in services.environment()["KAFKA_BROKERS"].split(","))
        self.assertEqual(len(ports), 3)
        for port in ports:
            self.assertEqual(bootstrap_metadata(port)[0], ports)
        self.assertIn("min.insync.replicas=2", services.read("kafka-3/1/server.properties"))

        pids = [services.number(f"kafka-3/{i}/pid") for i in (1, 2, 3)]
        os.kill(pids[1], signal.SIGKILL)
        self.assertRegex(services.demo("status"), rf"ours: .*127\.0\.0\.1:{ports[1]} \(dead\)")
        services.demo("up", "kafka")
        again = [services.number(f"kafka-3/{i}/pid") for i in (1, 2, 3)]
        self.assertEqual((again[0], again[2]), (pids[0], pids[2]))
        self.assertNotEqual(again[1], pids[1])
        self.assertEqual(bootstrap_metadata(ports[1])[0], ports)


class Failures(PairTest):
    """What up says when it cannot."""

    def setUp(self):
        self.commands = tempfile.mkdtemp(prefix="demo-path-")
        self.addCleanup(shutil.rmtree, self.commands)
        self.services = Services(scratch(type(self), "demo-failures-"))

    def test_without_java_it_says_what_to_install(self):
        path = without(["java"], self.commands)
        self.assertIn("apt-get install default-jre-headless", self.services.demo("up", "kafka", status=UNAVAILABLE, PATH=path))

    def test_a_java_that_is_too_old_is_said(self):
        stub(without(["java"], self.commands), "java", "echo 'openjdk version \"11.0.2\"' >&2")
        self.assertIn("java is 11, Kafka needs 17 or later", self.services.demo("up", "kafka", status=UNAVAILABLE, PATH=self.commands))

    def test_a_kafka_that_does_not_start_is_quoted(self):
        path = without(["java"], self.commands)
        stub(path, "java", JAVA_17 + '*StorageTool*) exit 0 ;; esac; echo "boom of the broker" >&2; exit 1')
        output = self.services.demo("up", "kafka", status=1, PATH=path)
        self.assertRegex(output, r"(?m)^boom of the broker\nup: the server of .*/kafka-1/1 did not start")
        self.assertEqual(self.services.demo("status"), "kafka: none\nmysql: none\n")

    def test_a_kafka_that_cannot_write_its_directory_is_quoted(self):
        path = without(["java"], self.commands)
        stub(path, "java", JAVA_17 + 'esac; echo "no room for the log" >&2; exit 1')
        self.assertRegex(self.services.demo("up", "kafka", status=1, PATH=path),
                         r"(?m)^no room for the log\nup: Kafka cannot prepare ")

    def test_wrong_usage(self):
        for arguments, says in ((["kafak"], "kafak is not understood"), (["--brokers", "2"], "--brokers is for up, and 1 or 3"),
                                (["--directory"], "--directory: which one?"), (["--directory", "a:b"], "colon")):
            done = subprocess.run(["./demo", "up", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(says, done.stdout)

    def test_help_is_in_the_list_of_commands(self):
        listed = subprocess.run(["./demo", "help"], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout
        for word in ("up", "down", "status"):
            self.assertRegex(listed, rf"(?m)^  \./demo {word} +\S")
            self.assertRegex(self.services.demo(word, "--help"), rf"\AUsage: \./demo {word} ")


class UsualPorts(PairTest):
    """A copy of the repository in a network of its own, where the usual ports are free or taken as the test says."""

    @classmethod
    def setUpClass(cls):
        root = os.geteuid() == 0
        user = [] if root else ["--user", "--map-current-user", "--keep-caps"]
        holder = subprocess.Popen(["unshare", "--net", *user, "sh", "-c", "ip link set lo up && echo ready && exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        cls.addClassCleanup(holder.wait)
        cls.addClassCleanup(holder.stdout.close)
        cls.addClassCleanup(holder.stdin.close)
        if holder.stdout.readline() != b"ready\n":
            raise unittest.SkipTest("no network of its own to be had here: unshare --net is not allowed")
        cls.enter = ["nsenter", "--target", str(holder.pid), "--net", *([] if root else ["--user", "--preserve-credentials"])]

    def setUp(self):
        root = scratch(type(self), "demo-copy-")
        for name in NEEDED:
            copy = shutil.copytree if os.path.isdir(f"{ROOT}/{name}") else shutil.copy
            copy(f"{ROOT}/{name}", f"{root}/{name}")
        self.tools = scratch(type(self), "demo-tools-")
        self.services = Services(None, root=root, enter=self.enter)

    def with_kafka(self):
        os.makedirs(self.services.path())
        os.symlink(f"{ROOT}/build/services/kafka", self.services.path("kafka"))
        self.addCleanup(self.services.demo, "down")

    def listen(self, port):
        """Takes a port there, with a program that says nothing."""
        holder = subprocess.Popen([*self.enter, "nc", "-lk", "127.0.0.1", str(port)], stdin=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.addCleanup(holder.stdin.close)
        listening = ["timeout", str(PATIENCE), "sh", "-c", f"until nc -z 127.0.0.1 {port}; do sleep 0.05; done"]
        subprocess.run([*self.enter, *listening], check=True, stderr=subprocess.DEVNULL)

    def test_the_usual_ports_are_used_and_without_a_number_of_brokers_one(self):
        self.with_kafka()
        output = self.services.demo("up")
        self.assertRegex(output, r"(?m)^kafka: .*ours: 127\.0\.0\.1:9092 \(pid \d+\)\nmysql: .*ours: 127\.0\.0\.1:3306 ")
        self.assertEqual(self.services.environment(), {"KAFKA_BROKERS": "127.0.0.1:9092",
                                                       "MYSQL_DEFAULTS_FILE": self.services.path("my.cnf")})

    def test_taken_ports_are_left_to_whoever_has_them(self):
        self.with_kafka()
        self.listen(9092)
        self.listen(3306)
        self.assertRegex(self.services.demo("up"),
                         r"(?m)^kafka: .*ours: 127\.0\.0\.1:9093 \(pid \d+\)\nmysql: .*ours: 127\.0\.0\.1:3307 ")

    def neighbour(self):
        """Another program's Kafka on the usual port."""
        broker = subprocess.Popen([*self.enter, os.path.abspath(f"{BIN}/kafka_embedded"), "-q"], stdout=subprocess.PIPE)
        self.addCleanup(broker.stdout.close)
        self.addCleanup(broker.wait)
        self.addCleanup(broker.terminate)
        self.assertEqual(broker.stdout.readline(), b"listening on 127.0.0.1:9092\n")
        return broker

    def with_programs(self):
        """Lets ./demo pubsub_kafka_mysql find the programs that are tested, and build none."""
        for name in ("kcat", "tmux", "script"):
            if shutil.which(name) is None:
                self.skipTest(f"{name} is not installed: ./demo doctor")
        for name in ("cmake", "apt-get", "sudo"):
            stub(self.tools, name, "exit 0")
        release = f"{self.services.root}/build/release"
        os.makedirs(release)
        shutil.copytree(f"{ROOT}/cmake", f"{self.services.root}/cmake")
        os.symlink(os.path.abspath(BIN), f"{release}/bin")
        shutil.copy(f"{os.path.dirname(os.path.abspath(BIN))}/programs.txt", release)
        self.addCleanup(self.services.demo, "down")

    def run_model(self, *args, **environment):
        return self.services.demo("pubsub_kafka_mysql", *args, PATH=f"{self.tools}:{os.environ['PATH']}", **environment)

    def topics(self):
        """What the neighbour's Kafka holds: the number of messages of each topic."""
        script = 'for topic; do kcat -b localhost:9092 -C -t "$topic" -o beginning -e -q -f x | wc -c; done'
        done = subprocess.run([*self.enter, "sh", "-c", script, "sh", *TOPICS], text=True, stdout=subprocess.PIPE, check=True)
        return list(map(int, done.stdout.split()))

    def test_a_run_uses_no_kafka_of_a_neighbour_and_ends_the_database_that_it_started(self):
        self.with_programs()
        self.neighbour()
        output = self.run_model(KAFKA_BROKERS="localhost:9092")  # from a shell that sourced what is true no more
        self.assertEqual(self.topics(), [0] * len(TOPICS))
        self.assertRegex(output, "no Kafka was started with ./demo up: this run uses the embedded broker")
        self.assertRegex(output, r"(?m)^kafka_db_writer +200 stored, 0 rejected")
        self.assertRegex(output, r"the database that this run started has ended; its rows stay .*\n\Z")
        self.assertIn("mysql: none", self.services.demo("status"))
        self.assertRegex(self.run_model("tablas"), r"(?m)^kafka_subscriber vehiculo +50 +0$")
        self.assertIn("mysql: none", self.services.demo("status"))
        self.services.demo("up", "mysql")
        self.assertEqual(list(self.services.environment()), ["MYSQL_DEFAULTS_FILE"], "up mysql looks for no Kafka")
        self.assertNotIn("has ended", self.run_model("tablas"))
        self.assertNotIn("mysql: none", self.services.demo("status"))

    def test_programs_side_by_side_use_no_kafka_of_a_neighbour_and_end_the_database_that_they_started(self):
        self.with_programs()
        self.neighbour()
        terminal = f"stty cols 200 rows 30; export PATH={self.tools}:$PATH TERM=xterm; exec ./demo pubsub_kafka_mysql"
        run = subprocess.Popen([*self.enter, "script", "-qfc", terminal, "/dev/null"], stdin=subprocess.PIPE, cwd=self.services.root,
                               stdout=subprocess.PIPE)
        self.addCleanup(run.stdout.close)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        seen = b""
        while b"stored 1" not in seen:
            seen += (read := os.read(run.stdout.fileno(), 65536))
            self.assertTrue(read, seen.decode("utf-8", "replace"))
        run.stdin.write(b"\x02d")  # detaches from tmux
        run.stdin.close()
        seen = run.stdout.read()
        run.wait(PATIENCE)
        self.assertEqual(self.topics(), [0] * len(TOPICS))
        self.assertIn(b"the database that this run started has ended", seen)
        self.assertIn("mysql: none", self.services.demo("status"))

    def test_a_kafka_that_is_there_is_used_as_it_is(self):
        broker = self.neighbour()
        says = r"\Akafka: embedded \(librdkafka's mock cluster\), not ours: localhost:9092\nmysql: none\n"
        self.assertRegex(self.services.demo("up", "kafka"), says)
        self.assertEqual(self.services.environment(), {"KAFKA_BROKERS": "localhost:9092"})
        self.services.demo("down", "mysql")
        self.assertEqual(self.services.environment(), {"KAFKA_BROKERS": "localhost:9092"})
        self.assertRegex(self.services.demo("down"), says)
        self.assertIsNone(broker.poll())

    def test_a_download_that_fails_is_quoted_and_leaves_nothing(self):
        path = tempfile.mkdtemp(prefix="demo-path-")
        self.addCleanup(shutil.rmtree, path)
        stub(without(["java", "mvn"], path), "mvn", 'echo "Could not transfer artifact"; exit 1')
        stub(path, "java", JAVA_17 + "esac")
        output = self.services.demo("up", "kafka", status=UNAVAILABLE, PATH=path)
        self.assertRegex(output, r"(?m)^Could not transfer artifact\nup: Kafka could not be fetched \(is there a way")
        self.assertEqual([name for name in os.listdir(self.services.path()) if name.startswith("kafka")], ["kafka.lock"])


if __name__ == "__main__":
    main()
