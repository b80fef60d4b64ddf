"""Peers that several models are measured against."""
from row import Side

P50 = r"rtt min/p50/p99/max [\d.]+/([\d.]+)/"  # in the last line of every client's -n, common/measure.h


def sockperf(options=""):
    """Round trips of 14 bytes, the least that sockperf sends. --full-rtt: by default it tells half of one."""
    where = f"-i 127.0.0.1 -p {{port}} {options}"
    return Side(name="sockperf", package="sockperf", ready=r"using recvfrom\(\) to block",
                server=f"sockperf server {where}",
                client=f"sockperf ping-pong {where} -m 14 -t {{seconds}} --full-rtt",
                figure=r"percentile 50\.000 = +([\d.]+)")


def python_echo(protocol):
    """Round trips of 14 bytes with peers/echo.py, which blocks."""
    return Side(name="Python", figure=P50,
                server=f"echo {protocol} server",
                client=f"echo {protocol} client {{port}} {{count}}")


def iperf3(options, figure):
    """--forceflush: without it a server that writes into a pipe does not tell that it is ready. -f m: megabits."""
    return Side(name=f"iperf3 {options}".strip(), package="iperf3", ready="^Server listening", figure=figure,
                server="iperf3 --server --one-off --forceflush -B 127.0.0.1 -p {port}",
                client=f"iperf3 --client 127.0.0.1 -p {{port}} -t {{seconds}} -f m {options}")
