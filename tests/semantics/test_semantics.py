"""The failure table that ./demo semantics prints, compared with docs/semantics.md; many seeds with the real programs."""
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import tempfile

from pair import BIN, PATIENCE, PairTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = ROOT / "semantics/commands/semantics"
SEEDS = 20  # with processes and sockets; test_simulation.c plays a thousand
CALLS = 10
SEMANTICS = ("maybe", "at-least-once", "at-most-once")


class Table(PairTest):
    @classmethod
    def setUpClass(cls):
        env = {k: v for k, v in os.environ.items() if k not in ("KAFKA_BROKERS", "MYSQL_DEFAULTS_FILE")}
        terminal, theirs = os.openpty()
        cls.result = subprocess.run([COMMAND], text=True, stdout=subprocess.PIPE, stderr=theirs, check=False,
                                    env=dict(env, DEMO_BIN=BIN, DEMO_SERVICES="/nowhere"))
        os.close(theirs)
        cls.progress = os.read(terminal, 4096).decode()  # the page test shows that a file gets none of it
        os.close(terminal)

    def test_every_cell_is_as_the_textbook_says_and_as_the_documentation_shows(self):
        self.assertEqual(self.result.returncode, 0, self.result.stdout + self.progress)
        table = re.search(r"^( +no fault .*?)^all-or-nothing ", self.result.stdout, re.M | re.S)[1]
        self.assertIn(table, (ROOT / "docs/semantics.md").read_text("utf-8"))

    def test_the_table_fits_a_terminal_of_80_columns(self):
        self.assertLessEqual(max(map(len, self.result.stdout.splitlines())), 80)

    def test_without_services_it_says_what_they_are_needed_for(self):
        self.assertRegex(self.result.stdout,
                         r"(?m)^all-or-nothing not run: needs (a Kafka and a MySQL|kafka_db_writer) \(.*\)$")

    def test_on_a_terminal_it_tells_which_run_it_waits_for(self):
        self.assertRegex(self.progress, "run 1 of 36: maybe, no fault")

    def test_without_the_programs_it_says_what_to_do(self):
        result = subprocess.run([COMMAND], env=dict(os.environ, DEMO_BIN="/nowhere"),
                                text=True, capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"reqrep_server is not built \(build it first with: ./demo build\)")


class Seeds(PairTest):
    """Ten deposits through a network with every fault, and a server that crashes once, between execution and reply."""

    def play(self, semantics, seed):
        with tempfile.TemporaryDirectory() as directory:
            journal = os.path.join(directory, "journal")
            own = f"127.{SEMANTICS.index(semantics) + 1}.{seed}.1"  # so that no other program takes its port while it is down
            options = ["-l", own, "--semantics", semantics, "--journal", journal, "--history", seed % 3 + 1]
            server = self.start("reqrep_server", "-p", 0, *options, "--crash-after", seed % 5 + 1)
            port = server.port()
            link = self.start("faulty_link", "-p", 0, f"{own}:{port}", "--seed", seed, "--drop", "10%", "--duplicate",
                              "20%", "--reorder", "10%", "--delay", "0ms..40ms")
            client = self.start("reqrep_client", "--semantics", semantics, "-p", link.port(), "--rto", "0.02", "--rto-min",
                                "0.02", "-w", "0.1" if semantics == "maybe" else "0.5", "127.0.0.1")
            client.type("deposit 100\n" * CALLS)
            client.end_input()
            server.ends(1)  # it crashed: deposits go nowhere until it is there again
            server = self.start("reqrep_server", "-p", port, *options)
            client.ends(client.process.wait(PATIENCE))  # 1 if a deposit was not answered
            link.stop()
            server.stop()
            with open(journal, encoding="ascii") as file:
                times = collections.Counter(int(line.split()[4]) for line in file)
            answered = {int(m[1]) for line in client.stdout if (m := re.match(r"request (\d+) deposit 100: balance", line))}
            return times, answered, server.stdout[-1]

    def all_seeds(self, semantics):
        with concurrent.futures.ThreadPoolExecutor(SEEDS) as pool:
            for seed, run in [(s, pool.submit(self.play, semantics, s)) for s in range(SEEDS)]:
                times, answered, ledger = run.result()
                total = sum(times.values())
                self.assertRegex(ledger, f"executed {total}, .* balance {100 * total}$", f"seed {seed}")
                for request in answered:
                    self.assertGreaterEqual(times[request], 1, f"seed {seed}: request {request} answered, never executed")
                if semantics != "at-least-once":
                    for request, count in times.items():
                        self.assertEqual(count, 1, f"seed {seed}: request {request} executed {count} times")

    def test_maybe_never_executes_twice(self):
        self.all_seeds("maybe")

    def test_at_least_once_never_answers_without_executing(self):
        self.all_seeds("at-least-once")

    def test_at_most_once_never_executes_twice(self):
        self.all_seeds("at-most-once")


if __name__ == "__main__":
    main()
