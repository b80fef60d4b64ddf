"""The rows of socket_tcp: round trips, streams and connections over TCP, against sockperf, iperf3 and Python."""
from peer import P50, iperf3, python_echo, sockperf
from row import CORE_EACH, ONE_CORE, Row, Side, find

ROUND_TRIPS = "tcp_client -q -p {port} -n {count} -s 14 127.0.0.1"
STREAM = Side("tcp_server -q -p 0 --sink", "tcp_client -q -p {port} -n {count} -s 1048576 --one-way 127.0.0.1",
              figure=r"received, ([\d.]+) MB/s")
CONNECTIONS = {"client": "connect_load {port} {count} 64", "figure": r"([\d.]+) connections/s"}


def received_megabytes(text):
    return find(r"([\d.]+) Mbits/sec +receiver", text) / 8


ROWS = [
    Row("round trip, 14 bytes, p50", unit="us", better="lower", count=50000,
        ours=Side("tcp_server -q -p 0", ROUND_TRIPS, figure=P50),
        peer=sockperf("--tcp"),
        goal={ONE_CORE: 1.05, CORE_EACH: 1.05}),
    Row("round trip with --spin", unit="us", better="lower", count=30000,
        ours=Side("tcp_server -q -p 0 --spin", f"{ROUND_TRIPS} --spin", figure=P50),
        peer=python_echo("tcp"),
        goal={ONE_CORE: None, CORE_EACH: 0.2}),
    Row("stream one way", unit="MB/s", better="higher", count=8000,
        ours=STREAM,
        peer=iperf3("", received_megabytes),
        goal={ONE_CORE: None, CORE_EACH: 1.5}),
    Row("stream one way", unit="MB/s", better="higher", count=8000,
        ours=STREAM,
        peer=iperf3("-l 1M", received_megabytes),
        goal={ONE_CORE: None, CORE_EACH: 1.0}),
    Row("connect, greeting, close, 64 at once", unit="/s", better="higher", count=10000,
        ours=Side("tcp_server -q -p 0", **CONNECTIONS),
        peer=Side("greeter", **CONNECTIONS, name="Python, threads"),
        goal={ONE_CORE: None, CORE_EACH: 2.5}),
]
