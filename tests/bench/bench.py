"""Our programs and named peers at the same work, side by side: ./demo bench [MODEL] [--quick]. See docs/benchmarks.md.

They run by turns, A B A B, so that whatever else the machine does meets both. The figures move with the machine, from
one minute to the next; what counts is the ratio of ours to the peer's in the same turn.
"""
import argparse
import csv
import importlib
import os
import platform
import re
import statistics
import sys
import tempfile
from pathlib import Path

from run import HERE, Failed, Missing, measure, placements

ROOT = HERE.parent.parent
ROUNDS = 7
QUICK_SHARE = 20  # of each row's count; one round, in one placement
BUSY = 0.5  # load average from which others disturb


def verdict(ratios, goal, better):
    """The median of the ratios ours / peer's, the least, the largest, and whether the median meets the goal."""
    median = statistics.median(ratios)
    holds = None if goal is None else median <= goal if better == "lower" else median >= goal
    return median, min(ratios), max(ratios), holds


def models():
    """Those of this checkout that have a file here."""
    names = (script.parent.name for script in ROOT.glob("*/demo.sh"))
    return sorted(name for name in names if (HERE / f"{name}.py").exists())


def describe_machine(cpus):
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    virtual = ", virtual machine" if "hypervisor" in info else ""
    print(f"{model[1] if model else platform.machine()}, {os.cpu_count()} CPUs{virtual}, Linux {platform.release()}")
    for placement, sides in cpus.items():
        server, client = (" and ".join(map(str, sorted(side))) for side in sides)
        print(f"{placement}: server on CPU {server}, client on CPU {client}")
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"note: other programs keep this machine busy (load {load:.1f}): measure again when they have ended")


class Table:
    """Tells the rows as they come: to people on stdout, to programs in a CSV file."""

    def __init__(self, rows, csv_file):
        self.work = max(len(row.work) for row in rows)
        self.peer = max(len(row.peer.name) for row in rows)
        self.csv = csv.writer(csv_file) if csv_file else None
        self.record("model", "work", "placement", "peer", "unit", "ours", "peer's", "ratio", "min", "max", "goal",
                    "holds")

    def record(self, *values):
        if self.csv:
            self.csv.writerow(values)

    def say(self, work, placement, *columns):
        print(f"{work:{self.work}}  {placement:11}  {'  '.join(columns)}".rstrip(), flush=True)

    def heading(self, model):
        print()
        self.say(model, "placement", f"{'ours':>9}  {'peer':>9}  {'':{self.peer + 6}}",
                 " ratio  (min - max)    goal     holds")

    def measured(self, model, row, placement, ours, peer):
        bound = row.goal[placement]
        median, low, high, holds = verdict([a / b for a, b in zip(ours, peer)], bound, row.better)
        goal = "" if bound is None else f"{'<=' if row.better == 'lower' else '>='} {bound}"
        answer = {None: "", True: "yes", False: "NOT MET"}[holds]
        digits = 1 if max(*ours, *peer) < 1000 else 0
        ours, peer = (f"{statistics.median(figures):.{digits}f}" for figures in (ours, peer))
        self.say(row.work, placement, f"{ours:>9}  {peer:>9}  {row.unit:4}  {row.peer.name:{self.peer}}",
                 f"{median:6.2f}  {f'({low:.2f} - {high:.2f})':13}  {goal:7}  {answer}")
        self.record(model, row.work, placement, row.peer.name, row.unit, ours, peer, f"{median:.3f}", f"{low:.3f}",
                    f"{high:.3f}", goal, answer)

    def not_measured(self, model, row, placement, reason):
        self.say(row.work, placement, f"not measured against {row.peer.name}: {reason}")
        self.record(model, row.work, placement, row.peer.name, row.unit, *[""] * 6, f"not measured: {reason}")


def progress(text=""):
    """On a terminal, a line that says what is being measured until there is something to tell."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def by_turns(row, cpus, quick, label, directory):
    """The figures of our side and of the peer's, one each per round."""
    rounds = 1 if quick else ROUNDS
    words = {"count": row.count // QUICK_SHARE if quick else row.count, "seconds": 1}
    ours, peer = [], []
    for n in range(rounds):
        progress(f"{label}: round {n + 1} of {rounds}")
        ours.append(measure(row.ours, cpus, directory, **words))
        peer.append(measure(row.peer, cpus, directory, **words))
    return ours, peer


def run(chosen, table, cpus, quick):
    """Measures every row in each of its placements. Returns the exit status: 1 when a program did not do its work."""
    status = 0
    with tempfile.TemporaryDirectory() as directory:
        for model, rows in chosen.items():
            table.heading(model)
            for row, placement in [(row, p) for row in rows for p in list(row.goal)[:1 if quick else None]]:
                try:
                    if placement not in cpus:
                        raise Missing("this machine has one core")
                    figures = by_turns(row, cpus[placement], quick, f"{model}: {row.work}, {placement}", directory)
                    progress()
                    table.measured(model, row, placement, *figures)
                except Missing as what:
                    progress()
                    table.not_measured(model, row, placement, what)
                except Failed as why:
                    progress()
                    table.not_measured(model, row, placement, "a program failed")
                    print(f"bench: {why}", file=sys.stderr)
                    status = 1
    return status


def show(chosen):
    for model, rows in chosen.items():
        for row in rows:
            goals = ", ".join(f"{placement}: {bound or 'no goal'}" for placement, bound in row.goal.items())
            print(f"{model}: {row.work} ({row.unit}, {row.better} is better; {goals})")
            for side in (row.ours, row.peer):
                print(f"    {side.name:18} {side.server}\n    {'':18} {side.client}")


def main():
    parser = argparse.ArgumentParser(
        prog="./demo bench", description=__doc__.split(":")[0] + ".",
        epilog="Exit status: 0 measured, whatever the ratios are; 1 a program failed; 2 misused.")
    parser.add_argument("model", nargs="?", help=f"only one model's rows: {', '.join(models())}")
    parser.add_argument("--quick", action="store_true", help="one short round each, on one core: shows that it works")
    parser.add_argument("--csv", metavar="FILE", type=argparse.FileType("w"), help="write the table there too")
    parser.add_argument("--list", action="store_true", help="only show the rows: work, both sides' commands, goal")
    options = parser.parse_args()
    if options.model and options.model not in models():
        parser.error(f"no rows for {options.model}, there are some for: {', '.join(models())}")
    if not hasattr(os, "sched_setaffinity"):
        parser.exit(1, "./demo bench: programs are pinned to CPUs here, which needs Linux\n")

    chosen = {model: importlib.import_module(model).ROWS for model in ([options.model] if options.model else models())}
    if options.list:
        show(chosen)
        return 0
    cpus = placements()
    describe_machine(cpus)
    return run(chosen, Table([row for rows in chosen.values() for row in rows], options.csv), cpus, options.quick)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
