"""Wrong input: each message says what failed, the likely cause and the next step, and the exit status is right."""
import socket
import subprocess

from mcast import GROUP, McastTest
from pair import BIN, main

BOTH = ("mcast_sender", "mcast_receiver")


class BadInput(McastTest):
    def test_usage(self):
        for name in BOTH:
            for port in ("70000", "-1", "http", "", "80x"):
                self.assert_fails(2, f"-p {port}: expected a whole number from . to 65535", name, "-p", port)
            self.assert_fails(2, f"try: {name} --help", name, "--no-such-option")
            self.assert_fails(2, "no argument is expected here, the group is given with -g", name, GROUP)
            for count in ("0", "x", "1e6", "99999999999999999999"):
                self.assert_fails(2, "-n .*expected a whole number", name, "-n", count)
        self.assert_fails(2, "expected a whole number from 1 to", "mcast_sender", "-p", 0)
        for ttl in ("-1", "256", "far"):
            self.assert_fails(2, f"-t {ttl}: expected a whole number from 0 to 255", "mcast_sender", "-t", ttl)
        for size in ("0", "10", "65508"):
            self.assert_fails(2, f"-s {size}: expected a whole number from 11 to 65507", "mcast_sender", "-n", 1, "-s", size)
        self.assert_fails(2, "-s goes with -n", "mcast_sender", "-s", 100)
        self.assert_fails(2, "-s goes with -n", "mcast_sender", "--clock", "-n", 1, "-s", 100)
        for seconds in ("-1", "nan", "soon", "1e9"):
            self.assert_fails(2, "-w .*expected seconds", "mcast_receiver", "-w", seconds)

    def test_help_and_version(self):
        self.assert_help_and_version(BOTH)

    def test_no_multicast_address(self):
        for name in BOTH:
            for group in ("10.0.0.1", "127.0.0.1", "255.255.255.255", "::1", "fe80::1"):
                self.assert_fails(2, rf"-g {group}: not a multicast address \(.*try 239.255.0.1 or ff15::1", name, "-g", group)
        self.assert_fails(2, "--source 239.1.1.1: that is a group's address; a sender has one of its own", "mcast_receiver",
                          "-p", 0, "--source", "239.1.1.1")

    def test_unknown_names(self):
        for name in BOTH:
            self.assert_fails(1, r"-g no\.such\.group\.invalid: .+ \(is it spelled right", name, "-g", "no.such.group.invalid")
            for interface in ("nonesuch0", "192.0.2.200", "::1", ""):
                self.assert_fails(1, rf"-i {interface}: no interface with IPv4 has that name or address \(.*ip address\)",
                                  name, "-i", interface)
        self.assert_fails(1, r"--source ::1: .+ \(is it spelled right, and IPv4 or IPv6 like the group\?\)",
                          "mcast_receiver", "-p", 0, "--source", "::1")

    def test_port_in_use_by_a_program_that_does_not_share(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("0.0.0.0", 0))
            port = s.getsockname()[1]
            self.assert_fails(1, f"listen on {GROUP}:{port}: Address already in use .*-p 0", "mcast_receiver", "-p", port)

    def test_a_line_that_is_larger_than_a_datagram(self):
        receiver, port = self.receive("-n", 2)
        sender = self.send(port, b"a\n" + b"x" * (1 << 20) + b"\nb\n", status=1)
        self.assertRegex(sender.stderr[-1], r"1048578 bytes were not sent: Message too long \(more than a datagram holds")
        self.assertEqual(sender.stdout, ["sent #1: a", "sent #2: b", "2 sent, 1 failed"])
        receiver.ends()  # and no gap: what was never sent was not lost on the way
        self.assertRegex(receiver.stdout[-1], "^1 sender: 2 received, 0 lost")

    def test_a_line_that_just_does_and_just_does_not_fit(self):
        s = self.receiver()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.send(s.getsockname()[1], b"x" * 65505 + b"\n")
        self.assertEqual(len(s.recv(70000)), 65507)
        self.send(s.getsockname()[1], b"x" * 65506 + b"\n", status=1)

    def test_nul_and_escape_bytes(self):
        receiver, port = self.receive("-n", 1)
        sender = self.send(port, b"a\x00b\x1b]0;title\x07\\\n")
        self.assertEqual(sender.stdout[0], r"sent #1: a\x00b\x1B]0;title\x07\\")
        receiver.line(r"#1: a\\x00b\\x1B\]0;title\\x07\\\\$")

    def test_unwritable_stdout(self):
        with open("/dev/full", "wb") as full:
            for name in BOTH:
                for args in (["-V"], ["-h"]):
                    self.assert_fails(1, "standard output was cut short", name, *args, stdout=full)
            self.assert_fails(1, "standard output was cut short", "mcast_receiver", "-p", 0, stdout=full)
            self.assert_fails(1, "standard output was cut short", "mcast_sender", "-p", 5, text="hola\n", stdout=full)
            self.assert_fails(1, "standard output was cut short", "mcast_sender", "-p", 5, "--clock", stdout=full)

    def test_closed_standard_streams(self):
        for command, status, message in (
                (f"{BIN}/mcast_sender -p 5 <&-", 0, "sending to"),
                (f"{BIN}/mcast_receiver -p 0 -w 0 <&-", 0, "^$"),
                (f"{BIN}/mcast_sender -p 5 < /dev/null >&-", 1, "standard output was cut short"),
                (f"{BIN}/mcast_receiver -p 0 >&-", 1, "standard output was cut short")):
            program = subprocess.run(["sh", "-c", "exec " + command], capture_output=True, check=False)
            self.assertEqual(program.returncode, status, program)
            self.assertRegex(program.stderr.decode(), message)


if __name__ == "__main__":
    main()
