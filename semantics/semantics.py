"""Runs every cell of the failure table with the real programs, and prints it beside what the textbook predicts.

Each cell is one deposit, made a few times, each time with another fault: a client, a faulty_link, a server with a journal.
Op is how often it was executed, by the journal; Res is how many results the client got. Every fault is named, none is by
chance, so that every run prints the same table. The last row is another pair's, see all_or_nothing.py: it needs a real
Kafka and MySQL, and is left out where there are none, or with --without-services.
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

Scenario = collections.namedtuple("Scenario", "column link client server back arrivals", defaults=("", "", "", "", 0))
# link, client, server: the options that make the fault. server "down": it is not there when the request comes. back: a
# server on the same journal is started when the first one is down. arrivals: how often the request must have come in
# before all is over, where something is still under way when the client is done.
SCENARIOS = (
    Scenario("no fault"),
    Scenario("delay", link="--delay-nth 1:1500ms", arrivals={"maybe": 1, "at-least-once": 2, "at-most-once": 2}),
    Scenario("delay", link="--delay-nth r1:1500ms"),
    Scenario("omission", link="--drop-nth 1"),
    Scenario("omission", link="--drop-nth r1"),
    Scenario("server crash", server="--crash-after 1", back="yes"),
    Scenario("server crash", server="down", back="yes"),
    Scenario("server crash", server="--crash-after 1", client="-w 2"),
    Scenario("server crash", server="down", client="-w 2"),
    Scenario("client crash", client="--crash-after 1", arrivals={"maybe": 1, "at-least-once": 1, "at-most-once": 1}),
    Scenario("client crash", client="--crash-after 1", link="--drop-nth 1"),
    Scenario("client crash", client="--crash-after 1", link="--duplicate-nth 1",
             arrivals={"maybe": 2, "at-least-once": 2, "at-most-once": 2}),
)

# (least, most) executions and results: without a fault, with messages late or lost, with a crash. Without an end: None.
TEXTBOOK = {
    "maybe": (((1, 1), (1, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 0))),
    "at-least-once": (((1, 1), (1, 1)), ((1, None), (1, 1)), ((1, None), (1, 1)), ((0, None), (0, 1)), ((0, None), (0, 0))),
    "at-most-once": (((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((0, 1), (0, 1)), ((0, 1), (0, 0))),
    "all-or-nothing": (((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((1, 1), (1, 1)), ((0, 1), (0, 0))),
}


def start_server(semantics, journal, port, *options):
    return Program("reqrep_server", "--semantics", semantics, "--journal", journal, "-p", port, *options)


def start_first_server(semantics, journal, *options):
    """On a port that the kernel gives to nobody by itself, since another server may have to come back on it."""
    while True:
        server = start_server(semantics, journal, random.randrange(20000, 30000), *options)
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
            client = Program("reqrep_client", "--semantics", semantics, "-p", link.port(), *scenario.client.split(),
                             "127.0.0.1", text="deposit 100\n")
            running.append(client)
            if scenario.back:
                if not down:
                    server.ends()
                elif semantics != "maybe":
                    client.wait_for("sent again")  # what came before found nobody
                else:
                    client.ends()
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


def main():
    if sys.argv[1:] not in ([], ["--without-services"]):
        sys.exit("semantics: expected --without-services, or nothing")
    if not os.access(os.path.join(BIN, "reqrep_server"), os.X_OK):
        sys.exit("semantics: reqrep_server is not built (build it first with: ./demo build)")
    cells = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        runs = [(row, s, pool.submit(run, row, s)) for row in ROWS for s in SCENARIOS]
        for row, scenario, outcome in runs:
            cells[row, scenario.column].append(outcome.result())
    missing = "left out" if sys.argv[1:] else all_or_nothing.missing()
    if not missing:
        for column, outcome in all_or_nothing.runs():
            cells[SERVICES, column].append(outcome)

    print(f"One deposit, {len(runs)} runs. Op: executions. Res: results.\n")
    print((" " * 25 + "".join(f"{column:14}" for column in COLUMNS)).rstrip())
    print((" " * 25 + "Op    Res     " * len(COLUMNS)).rstrip())
    broken = []
    for row in ROWS if missing else (*ROWS, SERVICES):
        seen, book = f"{row:15}{'seen':10}", f"{'':15}{'textbook':10}"
        for column, (operations, results) in zip(COLUMNS, TEXTBOOK[row]):
            ops, res = zip(*cells[row, column])
            seen += f"{span(ops):6}{span(res):8}"
            book += f"{predicted(operations):6}{predicted(results):8}"
            if not kept(ops, operations) or not kept(res, results):
                broken.append(f"{row}, {column}: seen {span(ops)} executions and {span(res)} results")
        print(seen.rstrip(), book.rstrip(), sep="\n")
    if missing:
        print(f"{SERVICES} not run: {missing}")
    print("", *(broken or ["every cell is within the textbook's prediction"]), sep="\n")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
