"""Runs every cell of the failure table with the real programs, and prints it beside what the textbook predicts.

Each cell is one deposit, made a few times, each time with another fault: a client, a faulty_link, a server with a journal.
Op is how often the deposit was executed, by the journal; Res is how many results the client got. Every fault has a number,
none is by chance, so every run prints the same table. The last row belongs to pubsub_kafka_mysql, see all_or_nothing.py: it
needs a real Kafka and MySQL, and is left out where there are none, or with --without-services.
"""
import collections
import concurrent.futures
import os
import pathlib
import random
import re
import sys
import tempfile

import all_or_nothing
from program import BIN, Program

COLUMNS = ("no fault", "delay", "omission", "server crash", "client crash")
ROWS = ("maybe", "at-least-once", "at-most-once")
SERVICES = "all-or-nothing"
LABEL = 11  # width of the first column: the table fits 80

Scenario = collections.namedtuple("Scenario", "column link client server back arrivals", defaults=("", "", "", "", None))
# link, client, server: the options that make the fault. server "down": it is not there when the request comes. back: a
# server on the same journal is started when the first one is down. arrivals: how often the request must have come in before
# the run is over; without it, the run is over when the client ends.
AGAIN = {"maybe": 1, "at-least-once": 2, "at-most-once": 2}  # with maybe it is sent once
ONCE, TWICE = dict.fromkeys(ROWS, 1), dict.fromkeys(ROWS, 2)
SCENARIOS = (
    Scenario("no fault"),
    Scenario("delay", link="--delay-nth 1:1500ms", arrivals=AGAIN),
    Scenario("delay", link="--delay-nth r1:1500ms", arrivals=ONCE),
    Scenario("omission", link="--drop-nth 1"),
    Scenario("omission", link="--drop-nth r1", arrivals=ONCE),
    Scenario("server crash", server="--crash-after 1", back="yes"),
    Scenario("server crash", server="down", back="yes"),
    Scenario("server crash", server="--crash-after 1", client="-w 0.8"),
    Scenario("server crash", server="down", client="-w 0.8"),
    Scenario("client crash", client="--crash-after 1", arrivals=ONCE),
    Scenario("client crash", client="--crash-after 1", link="--drop-nth 1"),
    Scenario("client crash", client="--crash-after 1", link="--duplicate-nth 1", arrivals=TWICE),
)

# Outside the kernel's own range, and each only once: another run would take the port of a server that is down, and has to come
# back on it.
PORTS = iter(random.sample(range(20000, 30000), 10000))

# (least, most) executions and results: without a fault, with messages late or lost, with a crash. Without an end: None.
TEXTBOOK = {
    "maybe": (((1, 1), (1, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 0))),
    "at-least-once": (((1, 1), (1, 1)), ((1, None), (1, 1)), ((1, None), (1, 1)), ((0, None), (0, 1)), ((0, None), (0, 0))),
    "at-most-once": (((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 0))),
    "all-or-nothing": (((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((0, 1), (0, 0))),
}


def times(semantics, scenario):
    """The client's time-outs. Shorter than its defaults, but far longer than a reply takes; far shorter than the delays."""
    if scenario.column == "no fault":
        return []
    return ["-w", 0.5] if semantics == "maybe" else ["--rto", 0.5, "--rto-min", 0.5]


def start_server(semantics, journal, port, *options):
    return Program("reqrep_server", "--semantics", semantics, "--journal", journal, "-p", port, *options)


def start_first_server(semantics, journal, *options):
    """On a port of its own: another server may have to come back on it."""
    while True:
        server = start_server(semantics, journal, next(PORTS), *options)
        if re.match("listening on ", server.wait_for("listening on |Address already in use").string):
            return server
        server.ends()


def run(semantics, scenario):
    """One deposit. Returns how often it was executed and how many results there were."""
    running = []
    with tempfile.TemporaryDirectory() as directory:
        journal = pathlib.Path(directory, "journal")
        try:
            down = scenario.server == "down"
            server = start_first_server(semantics, journal, *([] if down else scenario.server.split()))
            running.append(server)
            port = server.port()
            if down:
                server.stop()
            link = Program("faulty_link", "-p", 0, "--seed", 1, f"127.0.0.1:{port}", *scenario.link.split())
            running.append(link)
            client = Program("reqrep_client", "--semantics", semantics, "-p", link.port(), *times(semantics, scenario),
                             *scenario.client.split(), "127.0.0.1", text="deposit 100\n")
            running.append(client)
            if "--crash-after" in scenario.server:
                server.ends()
            if scenario.back:
                if down and semantics == "maybe":
                    client.ends()
                elif down:
                    client.wait_for("sent again")  # the first one was lost: no server had the port
                server = start_server(semantics, journal, port)
                running.append(server)
                server.port()
            client.ends()
            if scenario.arrivals:
                server.wait_for("request 1 deposit", scenario.arrivals[semantics])
        finally:
            for program in reversed(running):
                program.stop()
        answered = re.search(r"answered (\d+)", client.lines[-1] if client.lines else "")
        return len(journal.read_text().splitlines()), int(answered[1]) if answered else 0


def span(values):
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low}-{high}"


def predicted(limits):
    low, high = limits
    return f">={low}" if high is None else span(limits)


def kept(values, limits):
    return min(values) >= limits[0] and (limits[1] is None or max(values) <= limits[1])


def progress(text):
    """A line on a terminal that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def main():
    if sys.argv[1:] not in ([], ["--without-services"]):
        sys.exit("semantics: expected --without-services, or nothing")
    if not os.access(os.path.join(BIN, "reqrep_server"), os.X_OK):
        sys.exit("semantics: reqrep_server is not built (build it first with: ./demo build)")
    cells = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(9) as pool:  # most of the time they wait
        runs = [(row, s, pool.submit(run, row, s)) for row in ROWS for s in SCENARIOS]
        for number, (row, scenario, outcome) in enumerate(runs, 1):
            progress(f"run {number} of {len(runs)}: {row}, {scenario.column}")
            cells[row, scenario.column].append(outcome.result())
    missing = "left out" if sys.argv[1:] else all_or_nothing.missing()
    if not missing:
        progress(f"{SERVICES}, {COLUMNS[0]}")
        for column, outcome in all_or_nothing.runs():
            progress(f"{SERVICES}, {column}")
            cells[SERVICES, column].append(outcome)
    progress("")
    print(f"One deposit, {len(runs)} runs. Op: executions. Res: results.\n")
    print((" " * LABEL + "".join(f"{column:14}" for column in COLUMNS)).rstrip())
    print((" " * LABEL + "Op    Res     " * len(COLUMNS)).rstrip())
    broken = []
    for row in ROWS if missing else (*ROWS, SERVICES):
        seen, book = f"{'  seen':{LABEL}}", f"{'  textbook':{LABEL}}"
        for column, (operations, results) in zip(COLUMNS, TEXTBOOK[row]):
            ops, res = zip(*cells[row, column])
            seen += f"{span(ops):6}{span(res):8}"
            book += f"{predicted(operations):6}{predicted(results):8}"
            if not kept(ops, operations) or not kept(res, results):
                broken.append(f"{row}, {column}: seen {span(ops)} executions and {span(res)} results")
        print(row, seen.rstrip(), book.rstrip(), sep="\n")
    if missing:
        print(f"{SERVICES} not run: {missing}")
    print("", *(broken or ["every cell is within the textbook's prediction"]), sep="\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
