"""The rows of socket_p2p_udp: round trips of p2p, against sockperf."""
from peer import P50, sockperf
from row import CORE_EACH, ONE_CORE, Row, Side

ROWS = [
    Row("round trip, 14 bytes, p50", unit="us", better="lower", count=50000,
        ours=Side("p2p_server -q --echo -p 0", "p2p_client -q -p {port} -n {count} -s 14 127.0.0.1", figure=P50),
        peer=sockperf(),
        goal={ONE_CORE: None, CORE_EACH: None}),
]
