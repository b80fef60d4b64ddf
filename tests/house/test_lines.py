"""The lines of several programs appear in the order in which they were written; what the collector keeps of them."""
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from pair import BIN, PATIENCE, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECT = os.path.join(os.path.abspath(BIN), "collect_lines")
RUNS = 50  # of each pair

# A run as ./demo makes it.
RUN = """
bin=$1 logs=$2 palette=()
say() { printf '%s\\n' "$@"; }
complain() { printf 'demo: %s\\n' "$*" >&2; }
load() { :; }
source common/run.sh
request_reply() {
    start reqrep_server -p 0
    start reqrep_client -p "$(port_of reqrep_server)" 127.0.0.1 < <(printf 'deposit 100\\n%.0s' {1..10})
    finish reqrep_client
    stop reqrep_server
}
socket_tcp() {
    start tcp_server -p 0
    start tcp_client -p "$(port_of tcp_server)" <<< $'hola\\n¿qué tal?'
    finish tcp_client
    stop tcp_server
}
run_function "$3" "$3"
"""

# Each line is the cause of the one below it. A server prints what it received before it answers.
CHAINS = {
    "request_reply": [[pattern for n in range(1, 11) for pattern in (
        rf"reqrep_server +\S+ request {n} deposit 100: executed", rf"reqrep_client +request {n} deposit 100: balance")]],
    "socket_tcp": [
        [r"tcp_server +\S+ connected", r"tcp_client +welcome", r"tcp_client +hola$", r"tcp_client +¿qué tal\?$",
         r"tcp_client +tcp_client: the server ended", r"tcp_server +served 1 client"],
        [r"tcp_server +\S+ \d+ bytes: hola", r"tcp_client +hola$"],
        [r"tcp_server +.*qué tal", r"tcp_client +¿qué tal"],
        [r"tcp_server +\S+ left after 17 bytes", r"tcp_client +tcp_client: the server ended"],
    ],
}


class Order(unittest.TestCase):
    """A pipe for each program, in place of the collector, inverted 736 of 1,900 pairs of request_reply and 23 of 800 of
    socket_tcp in 100 runs of each."""

    def run_once(self, model, logs):
        done = subprocess.run(["bash", "-c", RUN, "run", os.path.abspath(BIN), logs, model], cwd=ROOT, capture_output=True,
                              text=True, timeout=PATIENCE * 4, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def inverted(self, model, output):
        """The number of pairs of cause and effect; how many of them were shown the other way round."""
        lines = output.splitlines()

        def place(pattern):
            found = [number for number, line in enumerate(lines) if re.match(pattern, line)]
            self.assertEqual(len(found), 1, f"{pattern} in\n{output}")
            return found[0]
        pairs = [pair for chain in CHAINS[model] for pair in zip(chain, chain[1:])]
        return len(pairs), sum(place(cause) > place(effect) for cause, effect in pairs)

    def test_no_effect_is_shown_before_its_cause(self):
        for model in CHAINS:
            with self.subTest(model), tempfile.TemporaryDirectory() as logs, concurrent.futures.ThreadPoolExecutor(4) as pool:
                outputs = pool.map(lambda _: self.run_once(model, logs), range(RUNS))
                counts = [self.inverted(model, output) for output in outputs]
                print(f"{model}: {RUNS} runs, {sum(n for _, n in counts)} of {sum(n for n, _ in counts)} pairs inverted")
                self.assertEqual(sum(n for _, n in counts), 0)


class Collector(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def collect(self, stdout=None):
        """Starts a collector, which shows the lines in a file unless told otherwise."""
        with open(self.directory / "shown", "wb") as shown:
            self.collector = subprocess.Popen([COLLECT, "collect", self.directory], stdout=stdout or shown,
                                              stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.collector.communicate)
        self.addCleanup(self.collector.kill)
        deadline = time.monotonic() + PATIENCE
        while not (self.directory / "collector").exists() and time.monotonic() < deadline:
            time.sleep(0.01)

    def ask(self, *request):
        return subprocess.run([COLLECT, *request], capture_output=True, text=True, timeout=PATIENCE, check=False)

    def python(self, name, program, colour=""):
        """Runs a Python program as NAME, until it ends."""
        done = self.ask("run", self.directory, name, colour, sys.executable, "-c", f"import os, sys\n{program}")
        self.assertEqual(done.returncode, 0, done.stderr)

    def end(self):
        """Ends the collector; returns the lines that it showed."""
        self.assertEqual(self.ask("end", self.directory).returncode, 0)
        _, errors = self.collector.communicate(timeout=PATIENCE)
        self.assertEqual((self.collector.returncode, errors), (0, ""))
        return (self.directory / "shown").read_text("utf-8", "surrogateescape").splitlines()

    def test_a_line_is_shown_when_its_end_is_written(self):
        self.collect()
        began = time.time_ns()
        self.python("one", "os.write(1, b'be'); os.write(2, b'an error\\n'); os.write(1, b'gin\\nsecond\\n\\nno end')")
        self.assertEqual(self.ask("flush", self.directory, "one").returncode, 0)
        self.assertEqual((self.directory / "one.log").read_text(), "an error\nbegin\nsecond\n\nno end\n")
        self.python("two", "print('a tab\\t, a backslash \\\\, \\x1b[31m, ñ'); os.write(1, b'\\0\\xff\\nno end')", "\x1b[36m")
        self.assertEqual(self.end(), [f"{'one':16} an error", f"{'one':16} begin", f"{'one':16} second", f"{'one':16} ",
                                      f"{'one':16} no end", f"\x1b[36m{'two':16}\x1b[0m a tab\t, a backslash \\, \x1b[31m, ñ",
                                      f"\x1b[36m{'two':16}\x1b[0m \0\udcff", f"\x1b[36m{'two':16}\x1b[0m no end"])
        rows = [line.split("\t") for line in (self.directory / "lines.tsv").read_text().splitlines()]
        self.assertEqual([row[1:] for row in rows], [
            ["one", "stderr", "an error"], ["one", "stdout", "begin"], ["one", "stdout", "second"], ["one", "stdout", ""],
            ["one", "stdout", "no end"], ["two", "stdout", r"a tab\t, a backslash \\, \x1B[31m, ñ"],
            ["two", "stdout", r"\x00\xFF"], ["two", "stdout", "no end"]])
        times = [int(row[0]) for row in rows]
        self.assertEqual(times, sorted(times))
        self.assertTrue(began <= times[0] and times[-1] <= time.time_ns())

    def test_a_program_sees_no_terminal_and_its_own_directory_and_status(self):
        self.collect()
        self.python("one", "print(os.isatty(1), os.isatty(2), os.getcwd())")
        self.assertEqual(self.end(), [f"{'one':16} False False {os.getcwd()}"])
        (self.directory / "collector").unlink()
        self.collect()
        self.assertEqual(self.ask("run", self.directory, "two", "", sys.executable, "-c", "exit(7)").returncode, 7)
        self.assertEqual(self.ask("run", self.directory, "three", "", "/no/such/program").returncode, 127)
        self.assertRegex("\n".join(self.end()), "three +collect_lines: /no/such/program: No such file")

    def test_a_long_write_and_a_long_line(self):
        self.collect()
        self.python("one", """
os.write(1, b'x' * 200000 + b'\\n')
try:
    os.write(1, b'y' * 2000000)
except OSError as error:
    print(error.strerror)
for _ in range(30):
    os.write(1, b'z' * 100000)""")
        lines = [line[17:] for line in self.end()]
        self.assertEqual((lines[0], lines[1]), ("x" * 200000, "Message too long"))
        self.assertEqual("".join(lines[2:]), "z" * 3000000)
        self.assertLessEqual(max(map(len, lines)), 1 << 20)

    def test_a_slow_reader_slows_the_programs_and_loses_no_line(self):
        self.collect(stdout=subprocess.PIPE)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            done = [pool.submit(self.python, name, "for n in range(5000): print(n)") for name in ("one", "two")]
            time.sleep(0.3)  # without a reader, the pipe and the queue are full now
            self.assertFalse(any(one.done() for one in done))
            lines = [self.collector.stdout.readline() for _ in range(10000)]
            for one in done:
                one.result(PATIENCE)
        for name in ("one", "two"):
            self.assertEqual([line[17:] for line in lines if line.startswith(name)], [f"{n}\n" for n in range(5000)])
        self.assertEqual(self.end(), [])

    def test_requests_that_are_refused(self):
        self.collect()
        for request, reason in (
                (["flush", self.directory, "one"], "flush one: no program has this name"),
                (["run", self.directory, "a/b", "", "/bin/true"], "a name has no /"),
                (["run", self.directory, "x" * 48, "", "/bin/true"], "a name has 47 bytes at most"),
                (["run", self.directory], "usage: "), ([], "usage: ")):
            done = self.ask(*request)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, reason)
        for number in range(64):
            self.assertEqual(self.ask("run", self.directory, f"p{number}", "", "/bin/true").returncode, 0)
        self.assertRegex(self.ask("run", self.directory, "p64", "", "/bin/true").stderr, "too many programs")
        self.end()
        self.assertRegex(self.ask("end", self.directory).stderr, "connect to the collector .*: Connection refused")

    def test_ctrl_c_is_for_the_programs(self):
        self.collect()
        self.collector.send_signal(signal.SIGINT)
        self.python("one", "print('last words')")
        self.assertEqual(self.end(), [f"{'one':16} last words"])

    def test_a_collector_that_ends_early_ends_the_wait_for_its_answer(self):
        self.collect()
        self.collector.send_signal(signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(self.ask, "end", self.directory)
            time.sleep(0.1)
            self.collector.kill()
            self.assertRegex(answer.result(PATIENCE).stderr, "does not answer|connect to the collector")


if __name__ == "__main__":
    main()
