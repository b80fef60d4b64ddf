"""What p2p_server and p2p_client promise, without a terminal: messages, goodbye, refusals, echo, measuring."""
import os
import select
import shutil
import signal
import socket
import subprocess

from pair import PATIENCE, PairTest, main

FIGURES = r"rtt min/p50/p99/max [\d.]+/[\d.]+/[\d.]+/[\d.]+ us, \d+ msg/s"
LOCAL = r"127\.0\.0\.1:\d+"


class P2pTest(PairTest):
    def peer(self, host="127.0.0.1", port=0):
        """A peer of our own: a plain UDP socket."""
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.bind((host, port))
        s.settimeout(PATIENCE)
        return s

    def client(self, *args, host="127.0.0.1", first="first", **popen):
        """p2p_client and the peer it talks to, after its first message. Returns both, and its address."""
        s = self.peer(host)
        program = self.start("p2p_client", "-p", s.getsockname()[1], *args, host, **popen)
        program.type(first + "\n")
        data, address = s.recvfrom(100)
        self.assertEqual(data, first.encode())
        return program, s, address

    def server(self, *args, first=b"first", **popen):
        """p2p_server and a peer that has spoken to it."""
        program, port = self.serve("p2p_server", *args, **popen)
        s = self.peer()
        s.sendto(first, ("127.0.0.1", port))
        program.line(f"{LOCAL}: first")
        return program, s, ("127.0.0.1", port)


class Conversation(P2pTest):
    def test_a_pair_talks_both_ways_and_takes_leave(self):
        server, port = self.serve("p2p_server")
        client = self.start("p2p_client", "-p", port, "127.0.0.1")
        for n in range(3):
            client.type(f"¿qué tal {n}?\n")
            server.line(rf"^{LOCAL}: ¿qué tal {n}\?$")
            server.type(f"bien {n}\n")
            client.line(rf"^127\.0\.0\.1:{port}: bien {n}$")
        client.end_input()
        server.ends(0)
        client.ends(0)
        self.assert_lines(server.stdout[-2:], [f"{LOCAL} said goodbye", "3 sent, 3 received, 0 undelivered"])
        self.assert_lines(client.stdout[-2:], [f"{LOCAL} said goodbye", "3 sent, 3 received, 0 undelivered"])
        self.assert_lines(server.stderr, [f"p2p_server: {LOCAL} speaks to us: from now on we talk to it"])
        self.assertEqual(client.stderr, [])

    def test_either_side_may_say_goodbye(self):
        server, port = self.serve("p2p_server")
        client = self.start("p2p_client", "-p", port, "127.0.0.1")
        client.type("hola\n")
        server.line("hola")
        server.end_input()
        client.ends(0)
        server.ends(0)

    def test_one_line_is_one_datagram_without_its_end(self):
        program, s, _ = self.client()
        program.type("one\ntwo\nño\x00\x1b\\\r\nlast")
        program.end_input()
        self.assertEqual([s.recv(100) for _ in range(5)], [b"one", b"two", "ño\0\x1b\\\r".encode(), b"last", b""])

    def test_newline_adds_the_line_end(self):
        s = self.peer()
        program = self.start("p2p_client", "--newline", "-p", s.getsockname()[1], "127.0.0.1")
        program.type("one\n\ntwo\n")
        self.assertEqual([s.recv(100), s.recv(100)], [b"one\n", b"two\n"])

    def test_an_empty_line_is_no_goodbye(self):
        program, s, _ = self.client()
        program.type("\n")
        program.error("an empty line is not sent")
        program.type("next\n")
        self.assertEqual(s.recv(100), b"next")

    def test_what_a_pipe_brings_is_kept_until_somebody_is_there(self):
        server, port = self.serve("p2p_server")
        server.type("one\ntwo\n")
        server.end_input()
        s = self.peer()
        s.sendto(b"hola", ("127.0.0.1", port))
        self.assertEqual([s.recv(100), s.recv(100), s.recv(100)], [b"one", b"two", b""])
        s.sendto(b"", ("127.0.0.1", port))
        server.ends(0)

    def test_control_bytes_are_escaped_and_one_line_end_is_not_shown(self):
        program, s, address = self.client()
        for data in (b"\x1b[2J\x07\0 \\ \xff", b"line end\n", b"dos\r\n", b"a\nb\n", "añil €".encode(), b"\n"):
            s.sendto(data, address)
        s.sendto(b"", address)
        program.ends(0)
        shown = [line.split(": ", 1)[1] for line in program.stdout[:6]]
        self.assertEqual(shown, [r"\x1B[2J\x07\x00 \\ \xFF", "line end", "dos", r"a\nb", "añil €", ""])

    def test_a_stranger_is_shown_and_does_not_take_over(self):
        for start in (self.client, self.server):
            program, s, address = start()
            stranger = self.peer()
            stranger.sendto(b"psst", address)
            program.line(rf"^{LOCAL} \(not in this conversation\): psst$")
            stranger.sendto(b"", address)
            program.line(rf"^{LOCAL} \(not in this conversation\) said goodbye$")
            program.type("only for you\n")
            self.assertEqual(s.recv(100), b"only for you")
            stranger.setblocking(False)
            self.assertRaises(BlockingIOError, stranger.recv, 100)
            s.sendto(b"", address)
            program.ends(0)
            self.assertRegex(program.stdout[-1], "received, 0 undelivered")

    def test_quiet_has_no_narration(self):
        program, s, address = self.server("-q")
        program.type("\n")
        s.sendto(b"", address)
        program.ends(0)
        self.assertEqual(program.stderr, [])

    def test_ipv6_and_both(self):
        for listen, host, shown in (("::1", "::1", r"\[::1\]"), ("::", "127.0.0.1", r"\[::ffff:127\.0\.0\.1\]")):
            server, port = self.serve("p2p_server", "-l", listen)
            client = self.start("p2p_client", "-p", port, host)
            client.type("hola\n")
            server.line(rf"^{shown}:\d+: hola$")
            server.type("buenas\n")
            client.line("buenas")
            client.end_input()
            client.ends(0)
            server.ends(0)


class Goodbye(P2pTest):
    def test_a_goodbye_is_answered(self):
        for start in (self.client, self.server):
            program, s, address = start()
            s.sendto(b"", address)
            self.assertEqual(s.recv(100), b"")
            program.ends(0)
            self.assertRegex(program.stdout[-2], f"{LOCAL} said goodbye")

    def test_a_lost_goodbye_is_said_again_and_what_comes_meanwhile_is_shown(self):
        program, s, address = self.client()
        program.end_input()
        self.assertEqual(s.recv(100), b"")
        s.sendto(b"wait, one more", address)
        program.line("wait, one more")
        self.assertEqual(s.recv(100), b"")
        s.sendto(b"", address)
        program.ends(0)
        self.assertEqual(program.stderr, [])

    def test_a_peer_that_never_says_goodbye_is_not_waited_for_forever(self):
        program, s, _ = self.client()
        program.end_input()
        program.ends(0)
        self.assertEqual([s.recv(100) for _ in range(3)], [b"", b"", b""])
        self.assertRegex(program.stderr[-1], "did not say goodbye: whether it noticed")

    def test_a_peer_that_is_gone_when_we_say_goodbye_is_no_failure(self):
        program, s, address = self.client()
        s.sendto(b"hola", address)
        program.line("hola")
        s.close()
        program.end_input()
        program.ends(0)
        self.assertEqual(program.stderr, [])


    def test_a_peer_that_closes_right_after_its_goodbye_is_no_failure(self):
        # Our goodbye is refused: it comes to a port that is closed already.
        for args in ((), ("--echo",)):
            with self.subTest(args=args):
                server, port = self.serve("p2p_server", *args)
                s = self.peer()
                server.process.send_signal(signal.SIGSTOP)
                s.sendto(b"", ("127.0.0.1", port))
                s.close()
                server.process.send_signal(signal.SIGCONT)
                server.line("said goodbye")
                if args:
                    last = self.peer()
                    last.sendto(b"still there?", ("127.0.0.1", port))
                    self.assertEqual(last.recv(100), b"still there?")
                    server.process.send_signal(signal.SIGTERM)
                server.ends(0)
                self.assertEqual([line for line in server.stderr if "speaks to us" not in line], [])

    def test_a_goodbye_that_came_before_a_refusal_is_heard_first(self):
        program, s, address = self.client()
        program.process.send_signal(signal.SIGSTOP)
        s.sendto(b"", address)
        s.close()
        program.type("too late\n")
        program.process.send_signal(signal.SIGCONT)
        program.line("said goodbye")
        program.ends(1)
        self.assert_lines(program.stderr, [".*Connection refused .it said goodbye and left before this arrived."])
        self.assertEqual(program.stdout[-1], "2 sent, 0 received, 1 undelivered")


class Refusal(P2pTest):
    def nobody(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def test_nobody_is_there(self):
        port = self.nobody()
        for text, sent in (("hola\n", 1), ("", 0)):
            program = self.run_program("p2p_client", "-p", port, "127.0.0.1", text=text, status=1)
            self.assert_lines(program.stderr, [
                rf"p2p_client: 127\.0\.0\.1:{port}: Connection refused \(nobody is there: is p2p_server running\? "
                rf"start it with: p2p_server -p {port}\)"])
            self.assertEqual(program.stdout, [f"{sent} sent, 0 received, {sent} undelivered"])

    def test_the_peer_disappeared(self):
        for start in (self.client, self.server):
            program, s, address = start()
            s.sendto(b"still here", address)
            program.line("still here")
            s.close()
            program.type("are you?\n")
            program.error(r"Connection refused \(it has ended, and its goodbye did not arrive\)")
            program.ends(1)
            self.assertRegex(program.stdout[-1], ", 1 undelivered")


class NotTheseTwo(P2pTest):
    """Peers that were not written for this."""

    def nc(self, *args):
        if shutil.which("nc") is None:
            self.skipTest("nc is not installed: netcat-openbsd")
        nc = subprocess.Popen(["nc", "-u", *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

        def end():
            nc.kill()
            nc.wait()
            nc.stdin.close()
            nc.stdout.close()
        self.addCleanup(end)
        return nc

    def test_nc_speaks_first(self):
        server, port = self.serve("p2p_server", "--newline")
        nc = self.nc("127.0.0.1", port)
        nc.stdin.write(b"hola\n")
        server.line(f"^{LOCAL}: hola$")
        server.type("buenas\n")
        self.assertEqual(nc.stdout.readline(), b"buenas\n")
        nc.stdin.write("¿qué tal?\n".encode())
        server.line(rf"^{LOCAL}: ¿qué tal\?$")
        server.end_input()
        server.ends(0)

    def test_nc_waits_to_be_addressed(self):
        probe = self.peer()
        port = probe.getsockname()[1]
        probe.close()
        nc = self.nc("-l", "127.0.0.1", port)
        client = None
        while client is None or client.process.poll() == 1:  # until nc has the port
            client = self.start("p2p_client", "--newline", "-p", port, "127.0.0.1")
            client.type("hola\n")
            if select.select([nc.stdout], [], [], 0.2)[0]:
                break
            client.kill()
            client = None
        self.assertEqual(nc.stdout.readline(), b"hola\n")
        nc.stdin.write(b"buenas\n")
        client.line(rf"^127\.0\.0\.1:{port}: buenas$")
        client.end_input()
        client.ends(0)


class BadInput(P2pTest):
    def test_wrong_usage(self):
        for name, args in (("p2p_server", ["-p", "70000"]), ("p2p_server", ["-p", "x"]), ("p2p_server", ["host"]),
                           ("p2p_server", ["--echo", "--newline"]), ("p2p_server", ["--nonsense"]),
                           ("p2p_client", ["-p", "70000"]), ("p2p_client", ["-p", "0"]), ("p2p_client", ["a", "b"]),
                           ("p2p_client", ["-s", "10"]), ("p2p_client", ["--spin"]), ("p2p_client", ["-n", "0"]),
                           ("p2p_client", ["-n", "1", "-s", "65508"])):
            with self.subTest(name=name, args=args):
                program = self.run_program(name, *args, status=2)
                self.assertRegex(program.stderr[-1], r"try: p2p_|expected a whole number from|--newline and --echo cannot be combined")

    def test_help_and_version(self):
        for name in ("p2p_server", "p2p_client"):
            self.assertRegex(self.run_program(name, "--version").stdout[0], rf"^{name} \d")
            text = self.run_program(name, "--help").stdout
            self.assertLessEqual(len(text), 24)
            self.assertLessEqual(max(map(len, text)), 118)

    def test_port_in_use(self):
        port = self.peer().getsockname()[1]
        program = self.run_program("p2p_server", "-p", port, status=1)
        self.assertRegex(program.stderr[0], rf"bind to 127\.0\.0\.1:{port}: Address already in use \(.*-p 0\)")

    def test_unknown_names(self):
        for name, args in (("p2p_server", ["-l", "no-such-host.invalid"]), ("p2p_client", ["no-such-host.invalid"])):
            program = self.run_program(name, *args, status=1)
            self.assertRegex(program.stderr[0], rf"{name}: no-such-host\.invalid: \w.*\(")

    def test_an_address_of_another_machine(self):
        program = self.run_program("p2p_server", "-l", "192.0.2.1", "-p", 0, status=1)
        self.assertRegex(program.stderr[0], "Cannot assign requested address .*ip address")

    def test_lines_longer_than_a_datagram(self):
        program, s, _ = self.client()
        for length in (65508, 65535, 65536, 65537, 1 << 20):
            program.type("x" * length + "\n")
            program.error(f"a line of {length} bytes is not sent: a datagram carries 65507")
        program.type("y" * 65507 + "\n")
        self.assertEqual(s.recv(70000), b"y" * 65507)
        s.sendto(b"", s.getsockname())
        program.end_input()
        program.ends(1)
        self.assertEqual(program.stdout[-1], "2 sent, 0 received, 5 undelivered")

    def test_a_message_longer_than_ipv4_carries_is_reported(self):
        program, s, address = self.client(host="::1")
        s.sendto(b"x" * 65527, address)
        self.assertEqual(len(program.line(r"\[::1\]:\d+: (x+)$")[1]), 65507)
        program.error(r"that message was longer than 65507 bytes: its end is lost")
        s.sendto(b"z" * 65507, address)
        program.line("z{65507}$")
        s.sendto(b"", address)
        program.ends(0)
        self.assertEqual(len(program.stderr), 1)

    def test_unwritable_stdout(self):
        for name, args in (("p2p_server", ["-p", 0]), ("p2p_client", ["-p", self.peer().getsockname()[1], "127.0.0.1"])):
            with open("/dev/full", "w") as full:
                program = self.run_program(name, *args, status=1, stdout=full)
            self.assertRegex(program.stderr[-1], "standard output was cut short")

    def test_closed_stdin(self):
        s = self.peer()
        program = self.start("p2p_client", "-p", s.getsockname()[1], "127.0.0.1", stdin=None, preexec_fn=lambda: os.close(0))
        data, address = s.recvfrom(100)
        self.assertEqual(data, b"")
        s.sendto(b"", address)
        program.ends(0)
        server, port = self.serve("p2p_server", stdin=None, preexec_fn=lambda: os.close(0))
        s.sendto(b"hola", ("127.0.0.1", port))
        server.line("hola")
        self.assertEqual(s.recv(100), b"")
        s.sendto(b"", ("127.0.0.1", port))
        server.ends(0)


class Echo(P2pTest):
    def test_it_sends_each_message_back_to_one_peer_after_the_other(self):
        server, port = self.serve("p2p_server", "--echo")
        for _ in range(2):
            s, stranger = self.peer(), self.peer()
            for data in (b"hola\n", b"\0\xff", b"x" * 65507):
                s.sendto(data, ("127.0.0.1", port))
                self.assertEqual(s.recv(70000), data)
            stranger.sendto(b"and me?", ("127.0.0.1", port))
            server.line("not in this conversation")
            s.sendto(b"", ("127.0.0.1", port))
            self.assertEqual(s.recv(100), b"")
        server.stop()
        self.assertEqual(server.stdout[-1], "6 sent, 6 received, 0 undelivered")

    def test_quiet_is_the_first_and_the_last_line(self):
        server, port = self.serve("p2p_server", "--echo", "-q")
        self.run_program("p2p_client", "-q", "-p", port, "-n", 5, "127.0.0.1")
        server.stop()
        self.assertEqual(server.stdout[1:], ["5 sent, 5 received, 0 undelivered"])
        self.assertEqual(server.stderr, [])

    def test_a_peer_that_vanished_leaves_it_free(self):
        server, port = self.serve("p2p_server", "--echo")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"I do not wait", ("127.0.0.1", port))
        server.line("I do not wait")
        server.error("speaks to us")
        with self.peer() as s:
            s.connect(("127.0.0.1", port))
            s.send(b"hola")
            server.line("hola")


    def test_another_echo_server_is_not_answered_for_ever(self):
        server, port = self.serve("p2p_server", "--echo", "-q")
        other = self.peer()
        other.settimeout(0.1)
        other.sendto(b"hola", ("127.0.0.1", port))
        while not server.stderr:
            try:
                other.sendto(other.recv(100), ("127.0.0.1", port))
            except TimeoutError:
                pass
        server.stop()
        self.assert_lines(server.stderr, [rf"p2p_server: {LOCAL}: more than 100000 messages, and more than 1000 each second: "
                                          "the rest is not echoed .*"])


class Measure(P2pTest):
    def test_round_trips(self):
        _, port = self.serve("p2p_server", "--echo", "-q")
        for args in ([], ["--spin"], ["-s", "1"], ["-s", "65507"]):
            with self.subTest(args=args):
                client = self.run_program("p2p_client", "-p", port, "-n", 50, *args)
                self.assert_lines(client.stdout, [f"50 sent, 50 received, 0 lost, {FIGURES}"])
                self.assertEqual(client.stderr, [])

    def foreign(self, answer, *args, status=1):
        """p2p_client -n 3 against a socket of ours."""
        s = self.peer()
        program = self.start("p2p_client", "-p", s.getsockname()[1], "-n", 3, *args, "127.0.0.1")
        while True:
            data, address = s.recvfrom(70000)
            for reply in answer(data):
                s.sendto(reply, address)
            if not data:
                return program.ends(status)

    def test_any_udp_echo_will_do(self):
        program = self.foreign(lambda data: [data], status=0)
        self.assert_lines(program.stdout, [f"3 sent, 3 received, 0 lost, {FIGURES}"])

    def test_a_changed_reply_is_no_reply(self):
        program = self.foreign(lambda data: [data[:-1] + b"?" if data else b""], "-w", "0.05")
        self.assertRegex(program.stderr[-1], "3 other datagrams came, late or changed")
        self.assertRegex(program.stdout[-1], "^3 sent, 0 received, 3 lost, rtt min/p50/p99/max -/-/-/- us, 0 msg/s$")

    def test_silence(self):
        program = self.foreign(lambda data: [] if data else [b""], "-w", "0.05")
        self.assertRegex(program.stderr[-1], "answers nothing")
        self.assertRegex(program.stdout[-1], "^3 sent, 0 received, 3 lost")

    def test_nobody_is_there(self):
        s = self.peer()
        port = s.getsockname()[1]
        s.close()
        program = self.run_program("p2p_client", "-p", port, "-n", 3, "127.0.0.1", status=1)
        self.assertRegex(program.stderr[-1], rf"Connection refused \(is p2p_server running\? .*-p {port} --echo\)")


class Stopping(P2pTest):
    def test_in_every_state(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            idle, _ = self.serve("p2p_server")
            idle.stop(signo=signo)
            self.assertEqual(idle.stdout[-1], "0 sent, 0 received, 0 undelivered")
            for start in (self.client, self.server):
                program, s, _ = start()
                program.process.send_signal(signo)
                self.assertEqual(s.recv(100), b"")  # a goodbye, for which it does not wait to be answered
                program.ends(0)
            program, s, _ = self.client()  # and while it waits for a goodbye
            program.end_input()
            self.assertEqual(s.recv(100), b"")
            program.stop(signo=signo)

    def test_while_it_measures(self):
        s = self.peer()
        client = self.start("p2p_client", "-p", s.getsockname()[1], "-n", 5, "-w", 60, "127.0.0.1")
        data, address = s.recvfrom(100)
        s.sendto(data, address)
        s.recv(100)
        client.stop(0, signo=signal.SIGINT)
        self.assertRegex(client.stdout[-1], "^1 sent, 1 received, 0 lost")


if __name__ == "__main__":
    main()
