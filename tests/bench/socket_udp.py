"""The rows of socket_udp: round trips and datagrams one way over UDP, against sockperf, iperf3 and Python."""
from peer import P50, iperf3, python_echo, sockperf
from row import CORE_EACH, ONE_CORE, Row, Side, find

ROUND_TRIPS = "udp_client -q -p {port} -n {count} -s 14 127.0.0.1"


def received_by_ours(text):
    """The client tells how fast it sent, the server how many came."""
    sent, rate = find(r"(\d+) datagrams of", text), find(r"sent, (\d+) datagrams/s", text)
    return find(r"received (\d+) datagram", text) / sent * rate


def received_by_iperf3(text):
    receiver = r".*\(.*receiver"
    lost, sent = find(r"(\d+)/\d+ " + receiver, text), find(r"\d+/(\d+) " + receiver, text)
    return (sent - lost) / find(r"-([\d.]+) +sec" + receiver, text)


ROWS = [
    Row("round trip, 14 bytes, p50", unit="us", better="lower", count=50000,
        ours=Side("udp_server -q -p 0", ROUND_TRIPS, figure=P50),
        peer=sockperf(),
        goal={ONE_CORE: 1.05, CORE_EACH: 1.05}),
    Row("round trip with --spin", unit="us", better="lower", count=30000,
        ours=Side("udp_server -q -p 0 --spin", f"{ROUND_TRIPS} --spin", figure=P50),
        peer=python_echo("udp"),
        goal={ONE_CORE: None, CORE_EACH: 0.2}),
    Row("64 bytes one way, received", unit="/s", better="higher", count=500000,
        ours=Side("udp_server -q -p 0 --no-reply", "udp_client -q -p {port} -n {count} -s 64 --one-way 127.0.0.1",
                  figure=received_by_ours),
        peer=iperf3("-u -l 64 -b 0", received_by_iperf3),
        goal={ONE_CORE: None, CORE_EACH: 1.1}),
]
