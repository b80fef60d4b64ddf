"""Runs the programs of a pair as their users do, and reads what they print line by line.

A test waits for a line, or for the end of a program, never for a time. PATIENCE only bounds a test that would hang.
"""
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

BIN = os.environ.get("DEMO_BIN", "build/asan/bin")
PATIENCE = 60  # seconds; no test comes near it, not on a busy machine either
SKIPPED = 77  # the exit status that CTest reports as "skipped"


class Program:
    """One running program: its lines on stdout and stderr, its standard input, its end."""

    def __init__(self, test, name, *args, under=(), **popen):
        self.test, self.name = test, name
        popen.setdefault("stdin", subprocess.PIPE)
        popen.setdefault("stdout", subprocess.PIPE)
        command = [*under, os.path.join(BIN, name), *map(str, args)]  # under: taskset, setpriv and the like
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, bufsize=0, **popen)
        self.pid = self.process.pid
        self.stdout, self.stderr = [], []  # every line so far, without its end
        self._queues, self._readers = {}, []
        for stream, lines in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
            self._queues[id(lines)] = waiting = queue.Queue()
            if stream is not None:
                reader = threading.Thread(target=self._read, args=(stream, lines, waiting), daemon=True)
                reader.start()
                self._readers.append(reader)

    @staticmethod
    def _read(stream, lines, waiting):
        with stream:
            for raw in iter(stream.readline, b""):
                line = raw.decode("utf-8", "surrogateescape").rstrip("\n")
                lines.append(line)
                waiting.put(line)
        waiting.put(None)

    def _wait_for(self, lines, pattern):
        while True:
            try:
                line = self._queues[id(lines)].get(timeout=PATIENCE)
            except queue.Empty:
                self.test.fail(f"{self.name}: no line matched {pattern!r} in time\n{self.transcript()}")
            if line is None:
                self.test.fail(f"{self.name} ended without a line that matches {pattern!r}\n{self.transcript()}")
            if (match := re.search(pattern, line)) is not None:
                return match

    def line(self, pattern=""):
        """Waits for the next line on stdout that matches; lines before it are passed over. Returns the match."""
        return self._wait_for(self.stdout, pattern)

    def error(self, pattern=""):
        """The same on stderr."""
        return self._wait_for(self.stderr, pattern)

    def port(self):
        """The port that a server's first line tells."""
        self.line()
        match = re.fullmatch(r"listening on (.*):(\d+)", self.stdout[0])
        self.test.assertIsNotNone(match, self.transcript())
        return int(match[2])

    def type(self, text):
        """Writes to its standard input, str or bytes."""
        data = text if isinstance(text, bytes) else text.encode()
        while data:
            data = data[self.process.stdin.write(data):]

    def end_input(self):
        self.process.stdin.close()

    def ends(self, status=0):
        """Waits for its end and checks the exit status; all its lines are there afterwards."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            got = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.test.fail(f"{self.name} did not end\n{self.transcript()}")
        for reader in self._readers:
            reader.join(PATIENCE)
        self.test.assertEqual(got, status, f"exit status of {self.name}\n{self.transcript()}")
        return self

    def until_it_waits(self):
        """Until each of its threads sleeps in a system call, so that a signal interrupts that one."""
        def states():
            for stat in pathlib.Path(f"/proc/{self.pid}/task").glob("*/stat"):
                yield stat.read_text().rpartition(") ")[2][0]
        deadline = time.monotonic() + PATIENCE
        while set(states()) != {"S"} and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self, status=0, signo=signal.SIGTERM):
        """Asks it to stop, as Ctrl-C or kill(1) would, and waits for that."""
        self.process.send_signal(signo)
        return self.ends(status)

    def transcript(self):
        return "\n".join([f"--- {self.name}: stdout", *self.stdout, "--- stderr", *self.stderr, "---"])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


class PairTest(unittest.TestCase):
    """A test that starts programs; whatever still runs at its end is killed, by its id."""

    maxDiff = None

    def start(self, name, *args, **popen):
        program = Program(self, name, *args, **popen)
        self.addCleanup(program.kill)
        return program

    def serve(self, name, *args, **popen):
        """Starts a server on a free port; returns it and the port."""
        program = self.start(name, "-p", 0, *args, **popen)
        return program, program.port()

    def run_program(self, name, *args, text="", status=0, **popen):
        """Starts a program, gives it all of its input, and waits for its end."""
        program = self.start(name, *args, **popen)
        try:
            program.type(text)
        except BrokenPipeError:
            pass  # it ended without reading all: its exit status tells
        return program.ends(status)

    def assert_fails(self, status, message, name, *args, **popen):
        """A program that cannot do what it was told says why, with its name in front of each line."""
        program = self.run_program(name, *args, status=status, **popen)
        self.assertRegex("\n".join(program.stderr), message)
        for line in program.stderr:
            self.assertTrue(line.startswith(f"{name}: ") or line.startswith(os.path.join(BIN, name) + ": "), line)

    def assert_help_and_version(self, names):
        """A help that fits a terminal of 24 lines and shows how to begin; a version."""
        for name in names:
            program = self.run_program(name, "--help")
            self.assertLessEqual(len(program.stdout), 24)
            self.assertTrue(all(len(line) <= 118 for line in program.stdout))
            self.assertRegex("\n".join(program.stdout), "Example: ")
            self.assertRegex(self.run_program(name, "-V").stdout[0], rf"^{name} \d+\.\d+\.\d+$")

    def assert_lines(self, lines, patterns):
        """Each line matches its pattern, from the first to the last."""
        self.assertEqual(len(lines), len(patterns), lines)
        for line, pattern in zip(lines, patterns):
            self.assertRegex(line, f"^(?:{pattern})$")


def main():
    """unittest.main() for CTest: tests that could not run make the whole file "skipped", and are named."""
    outcome = unittest.main(module="__main__", exit=False, verbosity=2).result
    for test, reason in outcome.skipped:
        print(f"SKIPPED {test}: {reason}")
    sys.exit(1 if not outcome.wasSuccessful() else SKIPPED if outcome.skipped else 0)
