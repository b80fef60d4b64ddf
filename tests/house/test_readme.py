"""How the pages are compared with what their commands print: which numbers count, and which may differ."""
import pathlib
import sys
import unittest

from pair import main

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from readme import blocks, matches  # noqa: E402  (after the path to it)


class Numbers(unittest.TestCase):
    def assert_same(self, one, other, *varying):
        self.assertTrue(matches([one], [other], varying), f"{one} and {other} say the same")

    def assert_different(self, one, other, *varying):
        self.assertFalse(matches([one], [other], varying), f"{one} and {other} are different results")

    def test_results_count(self):
        self.assert_same("balance  300", "balance 300")
        self.assert_different("balance 300", "balance 400")
        self.assert_different("served 1 client, 12 bytes received", "served 1 client, 13 bytes received")
        self.assert_different("6.2137119223733395", "6.2137119223733396")
        self.assert_different("tcp_server 0.1.0", "tcp_server 0.2.0")
        self.assert_different("1000 sent, 1000 delivered, 0 failed, 622976 msg/s", "1000 sent, 999 delivered, 1 failed, 622976 msg/s")

    def test_ports_that_the_kernel_chose_may_differ_and_others_not(self):
        self.assert_same("127.0.0.1:50412 connected", "127.0.0.1:32768 connected")
        self.assert_same('bind("http://[::1]:40123/conversor") = 30', 'bind("http://[::1]:60999/conversor") = 30')
        self.assert_different("listening on 127.0.0.1:9999", "listening on 127.0.0.1:9998")
        self.assert_different("listening on 127.0.0.1:9999", "listening on 127.0.0.1:50412")
        self.assert_different("127.0.0.1:50412 12 bytes", "127.0.0.2:50412 12 bytes")

    def test_times_and_rates_may_differ(self):
        self.assert_same("rtt min/p50/p99/max 7.1/8.6/21.4/211.4 us, 110190 msg/s", "rtt min/p50/p99/max 9/9.6/31.4/2000.4 us, 9 msg/s")
        self.assert_same("ok 5.2 s", "ok 12.0 s")
        self.assert_same("sent #1: 2026-11-21T08:41:02Z", "sent #1: 2027-01-02T00:00:00Z")
        self.assert_same("127.0.0.1:9092 (pid 4910)", "127.0.0.1:9092 (pid 7)")
        self.assert_different("10.5 seconds", "11.5 seconds")
        self.assert_different("3 senders", "4 senders")

    def test_what_a_page_says_varies(self):
        self.assert_different("[0] offset 250: not JSON, at byte 4", "[3] offset 9: not JSON, at byte 4")
        self.assert_same("[0] offset 250: not JSON, at byte 4", "[3] offset 9: not JSON, at byte 4", "[0] offset 250")
        self.assert_different("[0] offset 250: not JSON, at byte 4", "[3] offset 9: not JSON, at byte 5", "[0] offset 250")

    def test_which_terminals_go_on_running(self):
        page = "\n".join(f"```{kind}\n$ true\n```" for kind in ("console", "console 1", "console 2", "console 2 stays", "console 3"))
        self.assertEqual([background for background, _, _ in blocks(page)], [False, True, False, True, False])

    def test_lines_that_are_left_out(self):
        self.assertTrue(matches(["a", "...", "z"], ["a", "1", "2", "z"], []))
        self.assertTrue(matches(["a", "...", "z"], ["a", "z"], []))
        self.assertFalse(matches(["a", "...", "z"], ["a", "1"], []))


if __name__ == "__main__":
    main()
