"""The rows of rpc_xml: calls and the slowest answer, against Abyss and Python."""
import re

from row import ALL_CORES, CORE_EACH, ONE_CORE, Row, Side
from run import HERE

CALLS_OF_WRK = r"Requests/sec: +([\d.]+)"
CALLS = r", (\d+) msg/s"
ONE_WORKER = "rpc_server -q -p 0 --workers 1"  # where it has one core


def longest(output):
    """How long the slowest answer took, in ms. wrk writes average, deviation and maximum: 1.28ms 277.14us 2.00s."""
    maximum = re.search(r"Latency +\S+ +\S+ +([\d.]+)(us|ms|s)\s", output)
    if maximum is None:
        raise ValueError("no latency in what wrk tells")
    return float(maximum[1]) * {"us": 0.001, "ms": 1, "s": 1000}[maximum[2]]


def wrk(connections, figure=CALLS_OF_WRK):
    return {"client": f"wrk -t1 -c{connections} -d{{seconds}} -s {HERE}/peers/rpc.lua http://127.0.0.1:{{port}}/RPC2",
            "figure": figure, "package": "wrk"}


def clients(count):
    return f"rpc_client -q -p {{port}} -n {{count}} --concurrency {count}"


ROWS = [
    Row(f"calls, {connections} connections of wrk", unit="/s", better="higher",
        ours=Side(ONE_WORKER, **wrk(connections)),
        peer=Side("abyss {port}", **wrk(connections), name="Abyss, tuned"),
        goal={ONE_CORE: None, CORE_EACH: 2.5})
    for connections in (8, 64)
] + [
    Row("slowest answer, 64 connections of wrk", unit="ms", better="lower",
        ours=Side(ONE_WORKER, **wrk(64, longest)),
        peer=Side("abyss {port}", **wrk(64, longest), name="Abyss, tuned"),
        goal={ONE_CORE: None, CORE_EACH: 0.5}),  # Abyss takes about 100 ms
] + [
    Row("calls, 8 clients", unit="/s", better="higher", count=8000,
        ours=Side(server, clients(8), figure=CALLS),
        peer=Side("rpc server", "rpc client {port} {count} 8", figure=CALLS[2:], name="Python, HTTP/1.1"),
        goal=goal)
    for server, goal in (("rpc_server -q -p 0", {ALL_CORES: 5}), (ONE_WORKER, {ONE_CORE: None, CORE_EACH: None}))
]
