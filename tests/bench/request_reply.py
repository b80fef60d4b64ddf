"""The rows of request_reply: a call of request_reply, against bare datagrams of sockperf."""
from peer import P50, sockperf
from row import CORE_EACH, ONE_CORE, Row, Side


def call(semantics):
    """A deposit and its reply, 28 bytes each; the server has no journal file, so no disk is in it."""
    return Side(f"reqrep_server -q -p 0 --semantics {semantics}",
                f"reqrep_client -q --semantics {semantics} -p {{port}} -n {{count}} 127.0.0.1", figure=P50)


# What a call costs above the datagrams that it is made of: a line in the journal, and the acknowledgement.
ROWS = [
    Row("a call with maybe, p50", unit="us", better="lower", count=30000,
        ours=call("maybe"), peer=sockperf(), goal={ONE_CORE: None, CORE_EACH: None}),
    Row("a call with at-most-once, p50", unit="us", better="lower", count=30000,
        ours=call("at-most-once"), peer=sockperf(), goal={ONE_CORE: None, CORE_EACH: None}),
]
