"""What udp_server and udp_client promise, sentence by sentence."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from pair import PATIENCE, PairTest, main

FIGURES = r"rtt min/p50/p99/max [\d.]+/[\d.]+/[\d.]+/[\d.]+ us, \d+ msg/s"
MOST = 65507  # bytes in a datagram over IPv4


def udp_socket(address="127.0.0.1", family=socket.AF_INET):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(PATIENCE)
    s.bind((address, 0))
    return s


class FakeServer:
    """A foreign server: for each datagram it gets, `answer` (index, bytes) gives the list of replies."""

    def __init__(self, test, answer, address="127.0.0.1", family=socket.AF_INET):
        self.socket = udp_socket(address, family)
        self.port = self.socket.getsockname()[1]
        self.got, self.answer = [], answer
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        test.addCleanup(self.close)

    def _serve(self):
        while True:
            data, client = self.socket.recvfrom(65536)
            if data == b"quit fake server":
                return
            self.got.append(data)
            for reply in self.answer(len(self.got) - 1, data):
                self.socket.sendto(reply, client)

    def close(self):
        self.socket.sendto(b"quit fake server", self.socket.getsockname())
        self.thread.join(PATIENCE)
        self.socket.close()


def closed_port():
    with udp_socket() as s:
        return s.getsockname()[1]


class Server(PairTest):
    def exchange(self, s, port, data, address="127.0.0.1"):
        s.sendto(data, (address, port))
        reply, sender = s.recvfrom(65536)
        self.assertEqual(sender[:2], (address, port))
        return reply

    def test_each_datagram_is_printed_with_sender_and_length_and_sent_back(self):
        server, port = self.serve("udp_server")
        with udp_socket() as a, udp_socket() as b:
            for s, data in ((a, b"hola"), (b, b""), (a, b"\x00\x1b[2J\\\n\xff"), (b, "ñandú".encode()), (a, b"x")):
                self.assertEqual(self.exchange(s, port, data), data)
            a, b = (rf"127\.0\.0\.1:{s.getsockname()[1]}" for s in (a, b))
        server.stop()
        self.assert_lines(server.stdout, [
            rf"listening on 127\.0\.0\.1:{port}",
            rf"{a} 4 bytes: hola",
            rf"{b} 0 bytes",
            rf"{a} 8 bytes: \\x00\\x1B\[2J\\\\\\n\\xFF",
            rf"{b} 7 bytes: ñandú",
            rf"{a} 1 byte: x",
            r"received 5 datagrams, 20 bytes, 0 truncated, 0 replies unsent",
        ])

    def test_the_largest_datagram_comes_back_whole(self):
        server, port = self.serve("udp_server")
        with udp_socket() as s:
            data = os.urandom(MOST)
            self.assertEqual(self.exchange(s, port, data), data)
        server.stop()
        self.assertRegex(server.stdout[-1], f"1 datagram, {MOST} bytes, 0 truncated")

    def test_truncation_is_reported_with_the_real_length(self):
        server, port = self.serve("udp_server", "-s", 4)
        with udp_socket() as s:
            self.assertEqual(self.exchange(s, port, b"1234"), b"1234")
            self.assertEqual(self.exchange(s, port, b"12345678"), b"1234")
            self.assertEqual(self.exchange(s, port, b"9"), b"9")
        server.stop()
        self.assertRegex(server.stdout[1], r" 4 bytes: 1234$")
        self.assertRegex(server.stdout[2], r" 8 bytes, truncated to 4: 1234$")
        self.assertRegex(server.stdout[-1], r"^received 3 datagrams, 9 bytes, 1 truncated")

    def test_no_reply_only_prints(self):
        server, port = self.serve("udp_server", "--no-reply")
        with udp_socket() as s:
            s.sendto(b"uno", ("127.0.0.1", port))
            server.line("3 bytes: uno")
            server.stop()
            s.setblocking(False)
            with self.assertRaises(BlockingIOError):
                s.recv(1)

    def test_ipv6(self):
        server, port = self.serve("udp_server", "-l", "::1")
        self.assertEqual(server.stdout[0], f"listening on [::1]:{port}")
        client = self.run_program("udp_client", "-p", port, "::1", "hola")
        self.assertEqual(client.stdout[0], f"[::1]:{port} 4 bytes: hola")
        server.stop()
        self.assertRegex(server.stdout[1], r"^\[::1\]:\d+ 4 bytes: hola$")

    def test_the_reply_leaves_from_the_address_that_was_asked(self):
        for listen in ("0.0.0.0", "::"):
            server, port = self.serve("udp_server", "-l", listen)
            with udp_socket() as s:
                self.assertEqual(self.exchange(s, port, b"x", "127.0.0.2"), b"x")
            server.stop()

    def test_quiet_leaves_the_first_and_the_last_line(self):
        server, port = self.serve("udp_server", "-q")
        with udp_socket() as s:
            self.exchange(s, port, b"hola")
        server.stop()
        self.assertEqual(len(server.stdout), 2)

    def test_what_is_queued_when_it_is_stopped_is_still_answered(self):
        server, port = self.serve("udp_server", "-s", 1)
        with udp_socket() as s:
            server.process.send_signal(signal.SIGSTOP)
            os.waitpid(server.pid, os.WUNTRACED)
            for i in range(20):
                s.sendto(b"%d" % i, ("127.0.0.1", port))
            server.process.send_signal(signal.SIGTERM)
            server.process.send_signal(signal.SIGCONT)
            self.assertEqual([s.recv(9) for _ in range(20)], [b"%d" % (i if i < 10 else 1) for i in range(20)])
        server.ends()
        self.assertRegex(server.stdout[-2], " 2 bytes, truncated to 1: 1$")
        self.assertRegex(server.stdout[-1], "^received 20 datagrams, 20 bytes, 10 truncated")

    def test_spin_answers_too_also_after_it_went_to_sleep(self):
        server, port = self.serve("udp_server", "--spin")
        client = self.run_program("udp_client", "-p", port, "-n", 50, "--spin", "127.0.0.1")
        self.assertRegex(client.stdout[-1], f"^50 sent, 50 received, 0 lost, {FIGURES}$")
        with open(f"/proc/{server.pid}/stat", encoding="ascii") as stat:  # it does not spin for ever
            while stat.read().rsplit(")", 1)[1].split()[0] != "S":
                stat.seek(0)
        with udp_socket() as s:
            self.assertEqual(self.exchange(s, port, b"y"), b"y")
        server.stop()

    def test_gaps_between_numbers_are_counted_as_lost(self):
        server, port = self.serve("udp_server", "--no-reply")
        with udp_socket() as s:
            for number in (0, 1, 5):
                s.sendto(b"udp#" + number.to_bytes(4, "big"), ("127.0.0.1", port))
        server.line(r"\\x05")
        server.stop()
        self.assertRegex(server.stdout[-1], r"^received 3 datagrams, .*; 3 numbered, 3 lost$")

    def test_sigint_ends_it_idle_and_busy(self):
        for options in ((), ("--spin",), ("--no-reply", "-q")):
            server, port = self.serve("udp_server", *options)
            server.stop(signo=signal.SIGINT)
            self.assertEqual(server.stdout[-1], "received 0 datagrams, 0 bytes, 0 truncated, 0 replies unsent")


class Loops(PairTest):
    """Forged senders, which would make a server answer itself or another one for ever."""

    def forge(self, address, port):
        """A datagram to the server at `address` whose sender is that server itself."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_UDP)
        except PermissionError:
            self.skipTest("only root can send a datagram with a forged sender")
        with raw:
            if family == socket.AF_INET6:
                raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_CHECKSUM, 6)
            raw.bind((address, 0))
            data = b"loop"
            raw.sendto(struct.pack("!HHHH", port, port, 8 + len(data), 0) + data, (address, 0))

    def test_it_does_not_answer_itself(self):
        for listen, address in (("127.0.0.1",) * 2, ("::1",) * 2, ("0.0.0.0", "127.0.0.3"), ("::", "127.0.0.3"), ("::", "::1")):
            with self.subTest(listen=listen, address=address):
                server, port = self.serve("udp_server", "-l", listen)
                for _ in range(2):
                    self.forge(address, port)
                    server.line(" 4 bytes: loop$")
                with udp_socket("::1" if listen == "::1" else "127.0.0.1",
                                socket.AF_INET6 if listen == "::1" else socket.AF_INET) as s:
                    s.sendto(b"x", ("::1" if listen == "::1" else "127.0.0.1", port))
                    self.assertEqual(s.recv(2), b"x")
                server.stop()
                self.assertEqual(server.stdout[-1], "received 3 datagrams, 9 bytes, 0 truncated, 0 replies unsent, 2 withheld")
                self.assertEqual(len(server.stderr), 1)
                self.assertRegex(server.stderr[0], rf"^udp_server: .*:{port} is this server: a forged sender, which gets no reply$")

    def test_it_answers_another_address_with_the_same_port(self):
        server, port = self.serve("udp_server")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(PATIENCE)
            s.bind(("127.0.0.2", port))
            s.sendto(b"x", ("127.0.0.1", port))
            self.assertEqual(s.recv(2), b"x")
        server.stop()
        self.assertEqual(server.stderr, [])

    def test_two_servers_do_not_answer_each_other_for_ever(self):
        first, port = self.serve("udp_server", "-q")
        first.process.send_signal(signal.SIGSTOP)
        os.waitpid(first.pid, os.WUNTRACED)
        with udp_socket() as s:  # the second server's address, before that server has it
            for i in range(200):
                s.sendto(b"%d" % i, ("127.0.0.1", port))
            other = s.getsockname()[1]
        second = self.start("udp_server", "-q", "-p", other)
        second.port()
        first.process.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + PATIENCE
        while not first.stderr + second.stderr:  # they answer each other until one of them reaches its bound
            self.assertLess(time.monotonic(), deadline, "neither server reached its bound")
            time.sleep(0.01)
        for server in (first, second):
            server.stop()
            self.assertLessEqual(len(server.stderr), 1)
        said = first if first.stderr else second
        self.assertRegex(said.stderr[0], r"^udp_server: 127\.0\.0\.1:\d+ sent more than 5000 datagrams in a second: no reply to "
                                         r"the rest \(is it a server that answers, too\?\)$")
        self.assertRegex(said.stdout[-1], r", [1-9]\d* withheld$")

    def test_a_measurement_is_not_bounded(self):
        server, port = self.serve("udp_server", "-q")
        client = self.run_program("udp_client", "-p", port, "-n", 30000, "127.0.0.1")
        self.assertRegex(client.stdout[-1], "^30000 sent, 30000 received, 0 lost")
        server.stop()
        self.assertEqual(server.stderr, [])


class Client(PairTest):
    def test_each_line_is_one_datagram(self):
        server, port = self.serve("udp_server")
        client = self.run_program("udp_client", "-p", port, "127.0.0.1", text="uno\n\n¿dos?\ntres")
        me = rf"127\.0\.0\.1:{port}"
        self.assert_lines(client.stdout, [rf"{me} 3 bytes: uno", rf"{me} 0 bytes", rf"{me} 6 bytes: ¿dos\?",
                                          rf"{me} 4 bytes: tres",
                                          r"4 answered, 0 without reply, 0 refused, 0 failed"])
        self.assertEqual(client.stderr, [])
        server.stop()
        self.assertRegex(server.stdout[-1], "^received 4 datagrams, 13 bytes")

    def test_each_argument_is_one_datagram(self):
        fake = FakeServer(self, lambda i, data: [data])
        client = self.run_program("udp_client", "-p", fake.port, "127.0.0.1", "uno", "", "a b\n")
        self.assertEqual(fake.got, [b"uno", b"", b"a b\n"])
        self.assertRegex(client.stdout[-1], "^3 answered")

    def test_lines_are_sent_as_they_are_typed(self):
        _, port = self.serve("udp_server")
        client = self.start("udp_client", "-p", port, "127.0.0.1")
        client.type("uno\n")
        client.line("3 bytes: uno")
        client.type("do")
        client.type("s\n")
        client.line("3 bytes: dos")
        client.end_input()
        client.ends()

    def test_bytes_are_sent_unchanged_and_shown_escaped(self):
        fake = FakeServer(self, lambda i, data: [data])
        client = self.run_program("udp_client", "-p", fake.port, "127.0.0.1", text=b"\x00\x1b]0;x\x07\r\\\xff\n")
        self.assertEqual(fake.got, [b"\x00\x1b]0;x\x07\r\\\xff"])
        self.assertRegex(client.stdout[0], r" 10 bytes: \\x00\\x1B\]0;x\\x07\\r\\\\\\xFF$")

    def test_silence_and_refusal_are_told_apart(self):
        fake = FakeServer(self, lambda i, data: [])
        client = self.run_program("udp_client", "-w", 0.1, "-p", fake.port, "127.0.0.1", "uno", status=1)
        self.assert_lines(client.stderr, [rf"udp_client: no reply from 127\.0\.0\.1:{fake.port} within 0\.1 s \(.+\)"])
        self.assertEqual(client.stdout, ["0 answered, 1 without reply, 0 refused, 0 failed"])
        port = closed_port()
        client = self.run_program("udp_client", "-w", 20, "-p", port, "127.0.0.1", "uno", "dos", status=1)
        self.assertEqual(client.stderr, 2 * [f"udp_client: 127.0.0.1:{port}: Connection refused (is udp_server "
                                             f"running? start it with: udp_server -p {port})"])
        self.assertEqual(client.stdout, ["0 answered, 0 without reply, 2 refused, 0 failed"])

    def test_a_late_or_repeated_reply_is_not_taken_for_the_next_lines(self):
        replies = {0: [], 1: [b"uno", b"dos", b"dos"], 2: [b"tres"]}
        fake = FakeServer(self, lambda i, data: replies[i])
        client = self.run_program("udp_client", "-w", 2, "-p", fake.port, "127.0.0.1", "uno", "dos", "tres", status=1)
        me = rf"127\.0\.0\.1:{fake.port}"
        self.assert_lines(client.stdout, [
            rf"{me} 3 bytes, late or twice: uno",
            rf"{me} 3 bytes: dos",
            rf"{me} 3 bytes, late or twice: dos",
            rf"{me} 4 bytes: tres",
            r"2 answered, 1 without reply, 0 refused, 0 failed",
        ])

    def test_what_comes_between_two_lines_is_shown_as_late(self):
        fake = FakeServer(self, lambda i, data: [data, b"twice"])
        client = self.start("udp_client", "-p", fake.port, "127.0.0.1")
        client.type("uno\n")
        client.line(r"5 bytes, late or twice: twice$")
        client.end_input()
        client.ends()

    def test_a_server_that_does_not_echo_is_answered_for_too(self):
        fake = FakeServer(self, lambda i, data: [data.upper()])
        client = self.run_program("udp_client", "-p", fake.port, "127.0.0.1", "hola")
        self.assertRegex(client.stdout[0], r" 4 bytes, not what was sent: HOLA$")

    def test_a_strangers_datagram_is_not_taken(self):
        fake = FakeServer(self, lambda i, data: [])
        client = self.start("udp_client", "-p", fake.port, "127.0.0.1")
        fake.answer = lambda i, data: self.intrude(client) or [data]
        client.type("hola\n")
        client.line("4 bytes: hola")
        client.end_input()
        client.ends()
        self.assertNotIn("intruder", client.transcript())

    def intrude(self, client):
        with open(f"/proc/{client.pid}/net/udp", encoding="ascii") as table:
            inodes = {os.readlink(f"/proc/{client.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{client.pid}/fd")}
            ports = [int(row.split()[1].split(":")[1], 16) for row in table.readlines()[1:]
                     if f"socket:[{row.split()[9]}]" in inodes]
        self.assertEqual(len(ports), 1)
        with udp_socket() as stranger:
            stranger.sendto(b"intruder", ("127.0.0.1", ports[0]))

    def test_every_address_of_a_name_is_tried(self):
        for listen in ("127.0.0.1", "::1"):
            for mode in (["--", "demo.test", "hola"], ["-n", 3, "demo.test"], ["-n", 3, "--one-way", "demo.test"]):
                server, port = self.serve("udp_server", "-l", listen)
                client = self.start_with_hosts(["::1 demo.test", "127.0.0.1 demo.test"], "-p", port, *mode)
                client.ends()
                server.stop()
                self.assertRegex(server.stdout[-1], "^received [13] datagram")

    def start_with_hosts(self, lines, *args):
        """A client in a mount namespace of its own, where /etc/hosts has these lines."""
        hosts = tempfile.NamedTemporaryFile("w", suffix=".hosts")
        self.addCleanup(hosts.close)
        hosts.write("\n".join(lines) + "\n")
        hosts.flush()
        isolate = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        script = f'mount --bind {hosts.name} /etc/hosts && exec "$@"'
        if not shutil.which("unshare") or subprocess.run([*isolate, "sh", "-c", script, "sh", "true"],
                                                         stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("needs unshare and the right to a mount namespace")
        program = os.path.abspath(os.path.join(os.environ.get("DEMO_BIN", "build/asan/bin"), "udp_client"))
        return self.start(shutil.which("unshare"), *isolate[1:], "sh", "-c", script, "sh", program, *args)

    def test_the_server_may_come_later(self):
        port = closed_port()
        client = self.start("udp_client", "-p", port, "127.0.0.1")
        client.type("uno\n")
        client.error("refused")
        server = self.start("udp_server", "-p", port)
        server.port()
        client.type("dos\n")
        client.line("3 bytes: dos")
        client.end_input()
        client.ends(1)

    def test_a_line_too_long_is_an_error_and_the_others_go_on(self):
        server, port = self.serve("udp_server", "-q")
        for size in (MOST + 1, 65536, 1 << 20):
            client = self.run_program("udp_client", "-p", port, "127.0.0.1", status=1,
                                      text=b"uno\n" + b"x" * size + b"\ndos\n" + b"y" * MOST + b"\n")
            self.assertEqual(client.stderr, [f"udp_client: {size} bytes: Message too long (65507 is the most over "
                                             "IPv4: cut it into several, or use TCP)"])
            self.assertEqual(client.stdout[-1], "3 answered, 0 without reply, 0 refused, 1 failed")
            self.assertTrue(client.stdout[2].endswith(f" {MOST} bytes: " + "y" * MOST))

    def test_sigint_ends_it_typing_and_waiting(self):
        fake = FakeServer(self, lambda i, data: [b"go"])
        client = self.start("udp_client", "-p", fake.port, "127.0.0.1")
        client.type("uno\n")
        client.line("go")
        client.stop(signo=signal.SIGINT)
        self.assertEqual(client.stdout[-1], "1 answered, 0 without reply, 0 refused, 0 failed")
        for arguments in (["-w", 60, "127.0.0.1", "hola", "x"], ["-w", 60, "-n", 5, "127.0.0.1"],
                          ["-w", 60, "-n", 5, "--spin", "127.0.0.1"]):
            arrived = threading.Event()
            fake = FakeServer(self, lambda i, data, arrived=arrived: arrived.set() or [])
            client = self.start("udp_client", "-p", fake.port, *arguments)
            self.assertTrue(arrived.wait(PATIENCE))
            client.stop(signo=signal.SIGINT)
            self.assertEqual(len(client.stdout), 1)

    def test_a_closed_standard_input_is_an_empty_one(self):
        server, port = self.serve("udp_server", preexec_fn=lambda: os.close(0))
        client = self.run_program("udp_client", "-p", port, "127.0.0.1", preexec_fn=lambda: os.close(0))
        self.assertEqual(client.stdout, ["0 answered, 0 without reply, 0 refused, 0 failed"])
        server.stop()


class Measure(PairTest):
    def test_round_trips(self):
        server, port = self.serve("udp_server", "-q")
        for size in (8, 64, MOST):
            client = self.run_program("udp_client", "-p", port, "-n", 100, "-s", size, "127.0.0.1")
            self.assert_lines(client.stdout, [f"100 sent, 100 received, 0 lost, {FIGURES}"])
        server.stop()
        self.assertRegex(server.stdout[-1], r"^received 300 datagrams, .*; 300 numbered, 0 lost$")

    def test_lost_and_late_replies_are_told_apart_by_number(self):
        replies = {3: lambda d: [], 4: lambda d: [d[:7] + b"\x03" + d[8:], d]}
        fake = FakeServer(self, lambda i, data: replies.get(i, lambda d: [d, d])(data))
        client = self.run_program("udp_client", "-w", 2, "-p", fake.port, "-n", 10, "127.0.0.1", status=1)
        self.assertRegex(client.stdout[-1], "^10 sent, 9 received, 1 lost, rtt ")

    def test_a_changed_reply_is_an_error(self):
        fake = FakeServer(self, lambda i, data: [data[:-1] + b"y"])
        client = self.run_program("udp_client", "-p", fake.port, "-n", 10, "127.0.0.1", status=1)
        self.assertRegex(client.stderr[0], "not what was sent")

    def test_silence_and_refusal_end_it(self):
        fake = FakeServer(self, lambda i, data: [])
        client = self.run_program("udp_client", "-w", 0.01, "-p", fake.port, "-n", 99, "127.0.0.1", status=1)
        self.assertRegex(client.stderr[0], "no reply in time")
        self.assertRegex(client.stdout[-1], "^5 sent, 0 received, 5 lost, rtt min/p50/p99/max -/-/-/- us, 0 msg/s$")
        for options in (["-n", 9], ["-n", 9, "--one-way"], ["-n", 1, "--one-way"]):
            client = self.run_program("udp_client", "-p", closed_port(), *options, "127.0.0.1", status=1)
            self.assertRegex(client.stderr[0], r"Connection refused \(is udp_server running\?\)")

    def test_stopped_and_continued_it_goes_on(self):
        with udp_socket() as server:
            client = self.start("udp_client", "-w", 60, "-p", server.getsockname()[1], "-n", 3, "127.0.0.1")
            for _ in range(3):
                data, address = server.recvfrom(100)
                client.until_it_waits()  # in recv(2), which ends with EINTR though nothing handles these two signals
                client.process.send_signal(signal.SIGSTOP)
                os.waitpid(client.pid, os.WUNTRACED)
                client.process.send_signal(signal.SIGCONT)
                server.sendto(data, address)
            client.ends()
            self.assertRegex(client.stdout[-1], "^3 sent, 3 received, 0 lost")

    def test_spin_waits_no_longer_than_it_was_told(self):
        fake = FakeServer(self, lambda i, data: [])
        def seconds():
            began = time.monotonic()
            self.run_program("udp_client", "-w", 1, "-p", fake.port, "-n", 1, "--spin", "127.0.0.1", status=1)
            return time.monotonic() - began
        self.assertTrue(any(seconds() < 1.9 for _ in range(5)))  # to spin, and then to wait, would be 2 s each time

    def test_one_way_counts_at_both_ends(self):
        server, port = self.serve("udp_server", "--no-reply", "-q")
        client = self.run_program("udp_client", "-p", port, "-n", 100, "-s", 32, "--one-way", "127.0.0.1")
        self.assertRegex(client.stdout[-1], r"^100 datagrams of 32 bytes sent, \d+ datagrams/s, [\d.]+ MB/s$")
        server.stop()
        self.assertRegex(server.stdout[-1], r"^received 100 datagrams, 3200 bytes, .*; 100 numbered, 0 lost$")


class Foreign(PairTest):
    @unittest.skipUnless(shutil.which("nc"), "needs nc: install netcat-openbsd")
    def test_nc_as_client(self):
        server, port = self.serve("udp_server")
        nc = subprocess.Popen(["nc", "-u", "127.0.0.1", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: (nc.kill(), nc.communicate()))
        nc.stdin.write(b"hola\n")
        nc.stdin.flush()
        self.assertEqual(nc.stdout.readline(), b"hola\n")
        server.line(r"5 bytes: hola\\n")

    @unittest.skipUnless(shutil.which("nc"), "needs nc: install netcat-openbsd")
    def test_nc_as_server(self):
        port = closed_port()
        nc = subprocess.Popen(["nc", "-u", "-l", "127.0.0.1", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: (nc.kill(), nc.communicate()))
        client = self.start("udp_client", "-w", 60, "-p", port, "127.0.0.1")
        line = f":{port:04X} "
        with open("/proc/net/udp", encoding="ascii") as table:  # until nc listens
            while line not in table.read():
                self.assertIsNone(nc.poll())
                table.seek(0)
        client.type("hola\n")
        self.assertEqual(os.read(nc.stdout.fileno(), 99), b"hola")
        nc.stdin.write(b"adios")
        nc.stdin.flush()
        client.line("5 bytes, not what was sent: adios")
        client.end_input()
        client.ends()


class BadInput(PairTest):
    def fails(self, name, *args, status, error):
        program = self.run_program(name, *args, status=status)
        self.assertRegex("\n".join(program.stderr), f"^{name}: {error}")
        self.assertEqual(program.stdout, [])

    def test_wrong_usage(self):
        for name, args, error in (
                ("udp_server", ("-p", 70000), "-p 70000: expected a whole number from 0 to 65535"),
                ("udp_server", ("-s", 0), "-s 0: expected"),
                ("udp_server", ("x",), "x: no argument is expected here"),
                ("udp_client", ("-p", 70000), "-p 70000: expected a whole number from 1 to 65535"),
                ("udp_client", ("-n", 0), "-n 0: expected"),
                ("udp_client", ("-n", 1, "-s", 7), "-s 7: expected a whole number from 8 to 65507"),
                ("udp_client", ("-w", "soon"), "-w soon: expected seconds"),
                ("udp_client", ("-s", 9), "--one-way, --spin and -s go with -n"),
                ("udp_client", ("-n", 1, "localhost", "x"), "x: -n makes its own datagrams")):
            self.fails(name, *args, status=2, error=error)

    def test_a_port_in_use(self):
        _, port = self.serve("udp_server")
        self.fails("udp_server", "-p", port, status=1,
                   error=rf"receive on 127\.0\.0\.1:{port}: Address already in use \(another program has that port")

    def test_unknown_host(self):
        self.fails("udp_client", "no-such-host.invalid", status=1, error=r"no-such-host\.invalid: .+ \(is the name")
        self.fails("udp_server", "-l", "no-such-host.invalid", status=1, error=r"no-such-host\.invalid: .+ \(-l takes")

    def test_an_unwritable_standard_output(self):
        with open("/dev/full", "wb") as full:
            _, port = self.serve("udp_server")
            client = self.run_program("udp_client", "-p", port, "127.0.0.1", "hola", status=1, stdout=full)
            self.assertRegex(client.stderr[-1], "standard output was cut short")
            server = self.run_program("udp_server", "-p", 0, status=1, stdout=full)
            self.assertRegex(server.stderr[-1], "standard output was cut short")

    def test_help_and_version(self):
        for name in ("udp_server", "udp_client"):
            self.assertRegex(self.run_program(name, "--version").stdout[0], rf"^{name} \d+\.\d+\.\d+$")
            text = "\n".join(self.run_program(name, "-h").stdout)
            self.assertIn("paid with CPU time", text)
            self.assertIn("12345", text)


if __name__ == "__main__":
    main()
