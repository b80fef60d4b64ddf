"""The rows of socket_multicast: multicast one way, against sockperf."""
from row import CORE_EACH, ONE_CORE, Row, Side, find

LOOPBACK = "-i 239.255.0.1 -p {port} --mc-rx-if 127.0.0.1 --mc-tx-if 127.0.0.1 --mc-loopback-enable"


def received_by_ours(text):
    """The sender tells how fast it sent, the receiver how many came."""
    sent, rate = find(r"^(\d+) sent", text), find(r"each, (\d+) msg/s", text)
    return find(r": (\d+) received", text) / sent * rate


def received_by_sockperf(text):
    return find(r"Total (\d+) messages received", text) / find(r"sent in ([\d.]+) sec", text)


ROWS = [
    Row("64 bytes one way, received", unit="/s", better="higher", count=500000,
        ours=Side("mcast_receiver -q -p 0", "mcast_sender -q -p {port} -n {count} -s 64", figure=received_by_ours),
        peer=Side(name="sockperf", package="sockperf", ready=r"using recvfrom\(\) to block",
                  server=f"sockperf server {LOOPBACK}",
                  client=f"sockperf throughput {LOOPBACK} -m 64 -t {{seconds}}",
                  figure=received_by_sockperf),
        goal={ONE_CORE: None, CORE_EACH: None}),
]
