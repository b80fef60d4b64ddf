"""A row of the benchmark: the same work, done by our programs and by a peer's. MODEL.py holds a model's ROWS."""
import re
from dataclasses import dataclass
from typing import Callable, Union

# Where the server and its client run. It decides more than the programs do: on one core a wake-up is a switch from one
# process to the other; across two idle cores it is an interrupt, which may take 20 to 25 us on a virtual machine.
ONE_CORE = "one core"
CORE_EACH = "a core each"
ALL_CORES = "all cores"  # as they are started by hand: for programs with threads of their own, or a broker beside them


@dataclass
class Side:
    """A server, started anew for each figure, and the client that is run against it.

    A command is a line of words. The first is looked for in peers/ (NAME.py, NAME.c), among our programs, then in PATH.
    Words in braces are filled in: {port} where the server listens, {count} that of the row, {seconds} to measure for.
    """
    server: str
    client: str
    # A regular expression whose group is the figure, or a function of the output: the client's, then the server's.
    figure: Union[str, Callable[[str], float]]
    name: str = "ours"
    package: str = ""  # Debian's, for what is not in this repository
    ready: str = r"^listening on .*:(\d+)$"  # what the server says when it is; the group, if any, is its port


@dataclass
class Row:
    work: str
    unit: str
    better: str  # "lower" or "higher"
    ours: Side
    peer: Side
    goal: dict  # placement: the bound of ours / peer's, None where the ratio is only told
    count: int = 0


def find(pattern, text):
    """The number that the pattern's group matches; of several the last, the ones before it are interim reports."""
    matches = re.findall(pattern, text)
    if not matches:
        raise ValueError(f"no figure: nothing matches {pattern}")
    return float(matches[-1])
