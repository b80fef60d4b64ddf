"""Executes the command blocks of a Markdown file and compares what they print.

    ```console      commands that end: "$ " before each, its output below
    ```console 1    a first terminal: its last command goes on running while the blocks below are executed, until the next
                    heading or the file's end; then it gets Ctrl-C, where the block may show ^C

Output is standard output and error as a terminal shows them. Every number matches any other, white space any white
space, and a line that is ... any lines. What a command exports, those below it know. Where ./demo up cannot have a real
broker or database (exit status 3), the rest of the page is skipped.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds for a line or an end to come; no block expects to come near
ELSEWHERE = {"./demo test"}  # what runs this very file: .ci/run calls nothing else
SERVICES = os.environ.get("DEMO_SERVICES", "build/services")  # in place of the user's own
UNAVAILABLE, SKIPPED = 3, 77  # exit status of ./demo up; ours, for CTest


def blocks(text):
    """(line number, background, [(command, expected lines)]) of each block, and None for each heading."""
    lines = text.splitlines()
    number = 0
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
                yield start, kind[1:] == ["1"], commands(body, start)
        elif line.startswith("#"):
            yield None


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


def normal(line):
    return " ".join(re.sub(r"\d+([.,]\d+)*", "N", line).split())


def matches(expected, got):
    """Whether the lines agree; an expected line ... stands for any number of lines."""
    if not expected:
        return not got
    if expected[0].strip() == "...":
        return any(matches(expected[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and normal(expected[0]) == normal(got[0]) and matches(expected[1:], got[1:])


class Background:
    """The last command of a first terminal."""

    def __init__(self, command, expected, env):
        self.command = command
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
        self.wait_until(lambda: matches(self.before, self.lines()))
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return check(self.command, self.expected, self.lines())


def environment():
    path = os.environ.get("DEMO_BIN", str(ROOT / "build/asan/bin")) + ":" + os.environ["PATH"]
    return dict(os.environ, PATH=path, LC_ALL="C.UTF-8", NO_COLOR="1")


def check(command, expected, got):
    got = [line.replace(os.path.relpath(SERVICES, ROOT), "build/services") for line in got]
    if matches(expected, got):
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
        _, background, found = block
        for n, (command, expected) in enumerate(found):
            command = command.replace("build/services", SERVICES)
            if command.startswith("./demo up") and not servers:
                servers = True
                if "DEMO_SERVICES" in os.environ:  # what an earlier run left there is not what the page shows
                    run("./demo down", env)
                    shutil.rmtree(ROOT / SERVICES, ignore_errors=True)
            if skipped or command in ELSEWHERE:
                print(f"SKIPPED: {command}" if skipped else f"run elsewhere: {command}")
            elif background and n == len(found) - 1:
                running.append(Background(command, expected, env))
            else:
                status, lines, env = run(command, env)
                skipped = command.startswith("./demo up") and status == UNAVAILABLE
                if skipped:
                    print(f"SKIPPED: {command}", *lines, sep="\n")
                else:
                    count(check(command, expected, lines))
    if servers:
        run("./demo down", environment())
    print(f"{path.relative_to(ROOT)}: {passed} passed, {failed} failed")
    return 1 if failed else SKIPPED if skipped else 0


if __name__ == "__main__":
    sys.exit(execute(pathlib.Path(sys.argv[1]).resolve()))
