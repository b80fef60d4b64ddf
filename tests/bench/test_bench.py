"""The parts of the benchmark that start nothing: figures out of what programs print, ratios, verdicts, the table."""
import contextlib
import io
import unittest

import bench
import socket_multicast
import socket_tcp
import socket_udp
from peer import P50, sockperf
from row import CORE_EACH, ONE_CORE, Row, Side, find
from run import cpu_numbers

from pair import main

IPERF3_TCP = """\
[  5]   0.00-1.00   sec  5.45 GBytes  46823 Mbits/sec    0   1.25 MBytes
- - - - - - - - - - - - - - - - - - - - - - - - -
[ ID] Interval           Transfer     Bitrate         Retr
[  5]   0.00-1.00   sec  5.45 GBytes  46820 Mbits/sec    0             sender
[  5]   0.00-1.04   sec  5.45 GBytes  44888 Mbits/sec                  receiver
"""
IPERF3_UDP = """\
[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams
[  5]   0.00-1.00   sec  20.1 MBytes   169 Mbits/sec  0.000 ms  0/329000 (0%)  sender
[  5]   0.00-2.00   sec  18.3 MBytes   153 Mbits/sec  0.002 ms  29000/329000 (8.8%)  receiver
"""


class Figures(unittest.TestCase):
    def test_the_last_line_of_our_clients(self):
        line = "50000 sent, 50000 received, 0 lost, rtt min/p50/p99/max 3.6/3.8/7.9/60.8 us, 236456 msg/s"
        self.assertEqual(find(P50, line), 3.8)

    def test_sockperf(self):
        self.assertEqual(find(sockperf().figure, "sockperf: ---> percentile 99.000 =    9.591\n"
                                                 "sockperf: ---> percentile 50.000 =    5.866\n"), 5.866)

    def test_iperf3_counts_what_was_received(self):
        self.assertEqual(socket_tcp.received_megabytes(IPERF3_TCP), 44888 / 8)
        self.assertEqual(socket_udp.received_by_iperf3(IPERF3_UDP), 150000)

    def test_datagrams_sent_by_one_side_and_received_by_the_other(self):
        self.assertEqual(socket_udp.received_by_ours(
            "1000 datagrams of 64 bytes sent, 500000 datagrams/s, 32.0 MB/s\n"
            "received 900 datagrams, 57600 bytes, 0 truncated, 0 replies unsent; 900 numbered, 100 lost\n"), 450000)
        self.assertEqual(socket_multicast.received_by_ours(
            "1000 sent, 0 failed, of 64 bytes each, 500000 msg/s\n"
            "1 sender: 900 received, 100 lost, 0 duplicated, 0 reordered, 0 without a number\n"), 450000)
        self.assertEqual(socket_multicast.received_by_sockperf(
            "sockperf: Total of 8000 messages sent in 2.000 sec\nsockperf: Total 7000 messages received and handled\n"),
            3500)

    def test_the_last_match_counts(self):
        self.assertEqual(find(r"(\d+)/s", "100/s so far\n200/s in all\n"), 200)

    def test_output_without_a_figure(self):
        with self.assertRaisesRegex(ValueError, "nothing matches"):
            find(P50, "1000 sent, 0 received, 1000 lost, rtt min/p50/p99/max -/-/-/- us, 0 msg/s")


class Verdicts(unittest.TestCase):
    def test_the_median_decides(self):
        self.assertEqual(bench.verdict([0.5, 9.0, 1.0], 1.0, "lower"), (1.0, 0.5, 9.0, True))
        self.assertEqual(bench.verdict([0.5, 9.0, 1.1], 1.0, "lower"), (1.1, 0.5, 9.0, False))
        self.assertEqual(bench.verdict([2.5, 9.0, 1.0], 2.5, "higher"), (2.5, 1.0, 9.0, True))
        self.assertEqual(bench.verdict([2.4, 9.0, 1.0], 2.5, "higher"), (2.4, 1.0, 9.0, False))

    def test_without_a_goal_there_is_no_verdict(self):
        self.assertIsNone(bench.verdict([1.0], None, "lower")[-1])


class Cpus(unittest.TestCase):
    def test_lists_as_the_kernel_writes_them(self):
        self.assertEqual(cpu_numbers("0\n"), {0})
        self.assertEqual(cpu_numbers("0-2,5\n"), {0, 1, 2, 5})


class Tables(unittest.TestCase):
    row = Row("work", unit="us", better="lower", ours=Side("s", "c", ""), peer=Side("s", "c", "", name="peer"),
              goal={ONE_CORE: 1.05, CORE_EACH: None})

    def lines(self, tell):
        """What a table prints, and its CSV without the heading."""
        printed, written = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed):
            tell(bench.Table([self.row], written))
        return printed.getvalue(), written.getvalue().splitlines()[1:]

    def test_a_goal_that_is_met(self):
        printed, written = self.lines(lambda table: table.measured("m", self.row, ONE_CORE, [4, 5, 6], [4, 5, 5]))
        self.assertRegex(printed, r"^work +one core +5\.0 +5\.0 +us +peer +1\.00 +\(1\.00 - 1\.20\) +<= 1\.05 +yes\n$")
        self.assertEqual(written, ["m,work,one core,peer,us,5.0,5.0,1.000,1.000,1.200,<= 1.05,yes"])

    def test_a_goal_that_is_not_met(self):
        printed, written = self.lines(lambda table: table.measured("m", self.row, ONE_CORE, [6], [5]))
        self.assertRegex(printed, r"<= 1\.05 +NOT MET\n$")
        self.assertEqual(written, ["m,work,one core,peer,us,6.0,5.0,1.200,1.200,1.200,<= 1.05,NOT MET"])

    def test_no_goal(self):
        printed, written = self.lines(lambda table: table.measured("m", self.row, CORE_EACH, [6], [5]))
        self.assertRegex(printed, r"\(1\.20 - 1\.20\)\n$")
        self.assertEqual(written, ["m,work,a core each,peer,us,6.0,5.0,1.200,1.200,1.200,,"])

    def test_what_is_missing_is_named(self):
        printed, written = self.lines(lambda table: table.not_measured("m", self.row, ONE_CORE, "install it"))
        self.assertRegex(printed, "^work +one core +not measured against peer: install it\n$")
        self.assertEqual(written, ["m,work,one core,peer,us,,,,,,,not measured: install it"])


if __name__ == "__main__":
    main()
