"""Executes the command blocks of a Markdown file and compares what they print.

    ```console      commands that end: "$ " before each, its output below
    ```console 1    a first terminal: its last command goes on running while the blocks below are executed, until the next
                    heading or the file's end; then it gets Ctrl-C, where the block may show ^C
    ```console 2 stays   another terminal whose last command goes on running

Output is standard output and error as a terminal shows them. White space matches any white space, and a line that is ...
any lines. Numbers must be the same, but for what differs from run to run: a port that the kernel chose (32768 or more,
behind an address and a colon), a process id, a date with its time, a time (5.2 s; a list behind min/p50/p99/max) and a rate
(msg/s, MB/s). Other numbers that vary are named before the block, in a comment that a reader of the page does not see:

    <!-- varies: offset 250; 1 transactions -->

Each of these texts, as it stands in the block, matches with any whole numbers in place of its own.

A page has a network of its own where that is possible, so the default ports are free; elsewhere one page runs at a time.
What a command exports, those below it know. Where ./demo up cannot have a real broker or database (exit status 3), the rest
of the page is skipped.
"""
import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import namespace

ROOT = pathlib.Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds for a line or an end to come; no block expects to come near
ELSEWHERE = {"./demo test"}  # what runs this very file: .ci/run calls nothing else
SERVICES = os.environ.get("DEMO_SERVICES", "build/services")  # in place of the user's own
USUAL_PORTS = {"kafka-1/1": 9092, "kafka-3/1": 9092, "mysql": 3306}  # a server keeps the port that it had when it ran last
UNAVAILABLE, SKIPPED = 3, 77  # exit status of ./demo up; ours, for CTest


def blocks(text):
    """(background, [(command, expected lines)], texts that vary) of each block, and None for each heading."""
    lines = text.splitlines()
    number, varying = 0, []
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("```"):
            start, kind = number, line[3:].split()
            body = []
            while lines[number] != "```":
                body.append(lines[number])
                number += 1
            number += 1
            if kind[:1] == ["console"]:
                for text in varying:
                    if text not in normal("\n".join(body), []):
                        raise SystemExit(f"line {start}: {text} is said to vary, but the block does not hold it")
                yield kind[1:] == ["1"] or kind[2:] == ["stays"], commands(body, start), varying
            varying = []
        elif line.startswith("#"):
            yield None
        elif (named := re.fullmatch("<!-- varies: (.*) -->", line)) is not None:
            varying = named[1].split("; ")


def commands(body, start):
    found = []
    for line in body:
        if found and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        elif line.startswith("$ "):
            found.append([line[2:], []])
        elif found:
            found[-1][1].append(line)
        else:
            raise SystemExit(f"line {start}: a block begins with a command, $ before it")
    return found


NUMBER = r"\d+(?:\.\d+)?"
ANY = (  # what differs from run to run, and what stands for it
    (re.compile(r"(?<=[\w.\]]:)(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[456]\d{4})(?!\d)"), "PORT"),
    (re.compile(r"(?<=\bpid )\d+"), "PID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "DATE"),
    (re.compile(rf"(?<=\bmin/p50/p99/max ){NUMBER}(?:/{NUMBER}){{3}}(?= us\b)"), "TIMES"),
    (re.compile(rf"(?<![\w./-]){NUMBER}(?= (?:s|ms|us)\b)"), "TIME"),
    (re.compile(rf"(?<![\w./-]){NUMBER}(?= \w+/s\b)"), "RATE"),
)


def normal(line, varying):
    """A line in the form in which it is compared."""
    line = " ".join(line.split())
    for text in varying:
        line = re.sub(r"(?<!\d)" + re.sub(r"\d+", r"\\d+", re.escape(text)) + r"(?!\d)", lambda _, text=text: text, line)
    for pattern, name in ANY:
        line = pattern.sub(name, line)
    return line


def matches(expected, got, varying):
    """Whether the lines agree; an expected line ... stands for any number of lines."""
    if not expected:
        return not got
    if expected[0].strip() == "...":
        return any(matches(expected[1:], got[i:], varying) for i in range(len(got) + 1))
    return bool(got) and normal(expected[0], varying) == normal(got[0], varying) and matches(expected[1:], got[1:], varying)


class Background:
    """The last command of a first terminal."""

    def __init__(self, command, expected, varying, env):
        self.command, self.varying = command, varying
        before, _, after = "\n".join(expected).partition("\n^C\n")
        self.before, self.expected = before.splitlines(), before.splitlines() + after.splitlines()
        self.output = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=ROOT, env=env, stdout=self.output,
                                        stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.wait_until(lambda: bool(self.lines()) or not self.before)

    def lines(self):
        return pathlib.Path(self.output.name).read_text("utf-8", "replace").splitlines()

    def wait_until(self, enough):
        """Waits until it has printed enough, or ends."""
        deadline = time.monotonic() + PATIENCE
        while not enough() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)

    def end(self):
        self.wait_until(lambda: matches(self.before, self.lines(), self.varying))
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return check(self.command, self.expected, self.varying, self.lines())


def environment():
    path = os.environ.get("DEMO_BIN", str(ROOT / "build/asan/bin")) + ":" + os.environ["PATH"]
    return dict(os.environ, PATH=path, LC_ALL="C.UTF-8", NO_COLOR="1")


def check(command, expected, varying, got):
    got = [line.replace(os.path.relpath(SERVICES, ROOT), "build/services") for line in got]
    if matches(expected, got, varying):
        return True
    print(f"FAILED $ {command}\n--- the page shows", *expected, "--- it printed", *got, "---", sep="\n")
    return False


def run(command, env):
    """Runs one command; returns its exit status, its lines, and the environment that it leaves to those below it."""
    with tempfile.NamedTemporaryFile() as left:
        script = f"trap 'env -0 > {left.name}' EXIT\n{command}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False, timeout=600)
        env = dict(entry.split("=", 1) for entry in left.read().decode().split("\0") if entry)
        return done.returncode, done.stdout.decode("utf-8", "replace").splitlines(), env


def execute(path):
    passed = failed = 0
    running, env, skipped, servers = [], environment(), False, False

    def count(good):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)

    for block in [*blocks(path.read_text("utf-8")), None]:
        if block is None:
            while running:
                count(running.pop().end())
            continue
        background, found, varying = block
        for n, (command, expected) in enumerate(found):
            command = command.replace("build/services", SERVICES)
            if command.startswith("./demo up") and not servers:
                servers = True
                if "DEMO_SERVICES" in os.environ:  # what an earlier run left there is not what the page shows
                    run("./demo down", env)
                    shutil.rmtree(ROOT / SERVICES, ignore_errors=True)
                    for server, port in USUAL_PORTS.items():
                        (ROOT / SERVICES / server).mkdir(parents=True)
                        (ROOT / SERVICES / server / "port").write_text(f"{port}\n")
            if skipped or command in ELSEWHERE:
                print(f"SKIPPED: {command}" if skipped else f"run elsewhere: {command}")
            elif background and n == len(found) - 1:
                running.append(Background(command, expected, varying, env))
            else:
                status, lines, env = run(command, env)
                skipped = command.startswith("./demo up") and status == UNAVAILABLE
                if skipped:
                    print(f"SKIPPED: {command}", *lines, sep="\n")
                else:
                    count(check(command, expected, varying, lines))
    if servers:
        run("./demo down", environment())
    print(f"{path.relative_to(ROOT)}: {passed} passed, {failed} failed")
    return 1 if failed else SKIPPED if skipped else 0


def main():
    # As the same user: what the database server may do depends on it. Multicast needs a route.
    why_not = namespace.enter(user=("--user", "--map-current-user", "--keep-caps"))
    if why_not is None:
        namespace.ip("link set lo multicast on")
        namespace.ip("route add 224.0.0.0/4 dev lo")
        return execute(pathlib.Path(sys.argv[1]).resolve())
    print(f"no network of its own, so one page at a time: {why_not}", flush=True)
    (ROOT / "build").mkdir(exist_ok=True)
    with open(ROOT / "build/default_ports.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return execute(pathlib.Path(sys.argv[1]).resolve())


if __name__ == "__main__":
    sys.exit(main())
