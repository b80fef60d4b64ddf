"""What tcp_server and tcp_client promise, sentence by sentence."""
import array
import fcntl
import os
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import termios
import time

from pair import PATIENCE, PairTest, main

WELCOME = b"welcome: every byte comes back; the words exit and close end the conversation\n"
FIGURES = r"rtt min/p50/p99/max [\d.]+/[\d.]+/[\d.]+/[\d.]+ us, \d+ msg/s"


class TcpTest(PairTest):
    def connect(self, port, host="127.0.0.1", welcome=WELCOME):
        s = socket.create_connection((host, port), timeout=PATIENCE)
        self.addCleanup(s.close)
        self.assertEqual(receive(s, len(welcome)), welcome)
        return s

    def with_hosts(self, *lines):
        """What runs a program `under` a hosts file of its own."""
        hosts = tempfile.NamedTemporaryFile("w", suffix=".hosts")
        self.addCleanup(hosts.close)
        hosts.write("\n".join(lines) + "\n")
        hosts.flush()
        named = ("unshare", "-m", "sh", "-c", f'mount --bind {hosts.name} /etc/hosts && exec "$@"', "sh")
        if os.geteuid() != 0 or subprocess.run([*named, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("only root can give a program a hosts file of its own")
        return named


def receive(s, count):
    """Exactly `count` bytes, or what came until the end."""
    got = b""
    while len(got) < count and (piece := s.recv(count - len(got))):
        got += piece
    return got


class Conversation(TcpTest):
    def test_a_client_is_greeted_and_echoed_and_the_server_tells(self):
        server, port = self.serve("tcp_server")
        client = self.run_program("tcp_client", "-p", port, "127.0.0.1", text="hola\n")
        self.assertEqual(client.stdout, [WELCOME.decode().rstrip(), "hola"])
        self.assertEqual(client.stderr, [f"tcp_client: connected to 127.0.0.1:{port}",
                                         "tcp_client: the server ended the conversation"])
        server.line("left")
        server.stop()
        self.assert_lines(server.stdout, [
            rf"listening on 127\.0\.0\.1:{port}",
            r"127\.0\.0\.1:\d+ connected",
            r"127\.0\.0\.1:\d+ 5 bytes: hola\\n",
            r"127\.0\.0\.1:\d+ left after 5 bytes",
            r"served 1 client, 5 bytes received, 0 bytes undelivered",
        ])

    def test_a_byte_comes_back_without_waiting_for_a_line_end(self):
        _, port = self.serve("tcp_server")
        s = self.connect(port)
        for byte in b"\x00a\xff\n":
            s.sendall(bytes([byte]))
            self.assertEqual(receive(s, 1), bytes([byte]))

    def test_every_byte_comes_back_in_order(self):
        _, port = self.serve("tcp_server", "-q")
        data = b"".join(b"%d\n" % n for n in range(200000))
        client = self.start("tcp_client", "-q", "-p", port)
        client.type(data)
        client.ends()
        self.assertEqual("\n".join(client.stdout[1:]) + "\n", data.decode())

    def test_exit_and_close_with_any_case_and_line_end(self):
        server, port = self.serve("tcp_server")
        for word, answer in [(b"exit", b""), (b"EXIT\n", b""), (b"Exit\r\n", b""),
                             (b"close", b"closed"), (b"CLOSE\n", b"closed\n"), (b"close\r\n", b"closed\r\n")]:
            with self.subTest(word=word):
                s = self.connect(port)
                s.sendall(word)
                self.assertEqual(receive(s, 100), answer)
                s.close()
                server.line(f"was let go after {len(word)} bytes")

    def test_what_is_no_word_is_echoed(self):
        _, port = self.serve("tcp_server")
        s = self.connect(port)
        for text in (b"exits", b" exit", b"closed", b"exit \n"):
            s.sendall(text)
            self.assertEqual(receive(s, len(text)), text)

    def test_close_is_not_lost_when_the_client_goes_on_sending(self):
        server, port = self.serve("tcp_server")
        s = self.connect(port)
        s.sendall(b"close")
        server.line("5 bytes: close")
        s.sendall(b"x" * 100000)  # unread by the server: an early close(2) would answer it with a reset
        self.assertEqual(receive(s, 100), b"closed")

    def test_no_welcome(self):
        _, port = self.serve("tcp_server", "--no-welcome")
        s = self.connect(port, welcome=b"")
        s.sendall(b"a")
        self.assertEqual(receive(s, 1), b"a")

    def test_ipv6(self):
        server, port = self.serve("tcp_server", "-l", "::1")
        self.assertEqual(server.stdout[0], f"listening on [::1]:{port}")
        client = self.run_program("tcp_client", "-p", port, "::1", text="hola\n")
        self.assertEqual(client.stdout[1:], ["hola"])
        server.line(r"^\[::1\]:\d+ left")

    def test_the_clients_default_is_every_address_of_localhost(self):
        for address in ("127.0.0.1", "::1"):
            if address == "::1" and not any(a[4][0] == "::1" for a in socket.getaddrinfo("localhost", 1)):
                continue  # this machine's localhost has no IPv6 address to try
            _, port = self.serve("tcp_server", "-l", address)
            self.assertEqual(self.run_program("tcp_client", "-p", port, text="hola\n").stdout[1:], ["hola"])

    def test_every_address_of_a_name_is_tried(self):
        named = self.with_hosts("127.0.0.1 both.test", "::1 both.test")
        for address in ("127.0.0.1", "::1"):
            _, port = self.serve("tcp_server", "-l", address)
            client = self.run_program("tcp_client", "-p", port, "both.test", text="hola\n", under=named)
            self.assertEqual(client.stdout[1:], ["hola"])
            other = self.start("tcp_server", "-p", port, "-l", "both.test", under=named)  # the one that is still free
            other.line(f":{port}$")
            other.stop()

    def test_many_clients_at_once_each_with_its_own_bytes(self):
        _, port = self.serve("tcp_server")
        clients = [self.connect(port) for _ in range(20)]
        for n, s in enumerate(clients):
            s.sendall(b"%d" % n)
        for n, s in reversed(list(enumerate(clients))):
            self.assertEqual(receive(s, len(b"%d" % n)), b"%d" % n)


class Client(TcpTest):
    """The client alone, against a socket of ours."""

    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]

    def client(self, *args, **popen):
        program = self.start("tcp_client", "-p", self.port, *args, "127.0.0.1", **popen)
        s, _ = self.listener.accept()
        s.settimeout(PATIENCE)
        self.addCleanup(s.close)
        return program, s

    def test_lines_are_sent_as_they_are_typed(self):
        program, s = self.client()
        for line in (b"hola\n", b"\n", "¿qué?\n".encode(), b"\x00\x1b\n"):
            program.type(line)
            self.assertEqual(receive(s, len(line)), line)

    def test_no_newline_leaves_the_line_end_off(self):
        program, s = self.client("--no-newline")
        program.type("exit\n\nhola\r\n")
        program.end_input()
        self.assertEqual(receive(s, 100), b"exithola")

    def test_a_last_line_without_an_end_is_sent(self):
        program, s = self.client()
        program.type("hola\nadi\xf3s")
        program.end_input()
        self.assertEqual(receive(s, 100), "hola\nadi\xf3s".encode())

    def test_the_end_of_input_ends_our_side_only(self):
        program, s = self.client()
        program.end_input()
        self.assertEqual(s.recv(1), b"")
        s.sendall(b"still here\n")
        program.line("still here")
        s.close()
        program.ends(0)

    def test_it_shows_what_arrives_at_once_line_end_or_not(self):
        out, into = os.pipe()
        _, s = self.client(stdout=into)
        os.close(into)
        with open(out, "rb", buffering=0) as shown:
            for piece in (b"no line end", b", and more"):
                s.sendall(piece)
                self.assertEqual(shown.read(100), piece)

    def test_control_bytes_are_escaped(self):
        program, s = self.client()
        s.sendall(b"\x1b[2J\x07\x00 \\ \xff \xc2\x9b tab\t \r\nend\n")
        program.line("^end$")
        self.assertEqual(program.stdout[0], r"\x1B[2J\x07\x00 \\ \xFF \xC2\x9B tab\t \r")

    def test_a_character_is_not_torn_but_one_that_never_gets_whole_is_shown(self):
        out, into = os.pipe()
        _, s = self.client(stdout=into)
        os.close(into)
        with open(out, "rb", buffering=0) as shown:
            for piece, seen in ((b"a\xc3", b"a"), (b"\xb1b\xe2\x82", "ñb".encode())):
                s.sendall(piece)
                self.assertEqual(shown.read(100), seen)
            s.close()
            self.assertEqual(shown.read(100), rb"\xE2\x82")

    def test_a_server_that_ends_first_ends_the_client(self):
        program, s = self.client()
        s.close()
        program.error("the server ended the conversation")
        program.ends(0)

    def test_a_reset_is_an_error(self):
        program, s = self.client()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.close()
        program.error(r"tcp_client: receive: Connection reset by peer \(did the server crash")
        program.ends(1)

    def client_with_much_to_say(self):
        """A client that has 20 MB to send to us, who does not read: returned once TCP makes it wait."""
        with tempfile.TemporaryFile() as text:
            text.write(b"x" * 20_000_000)
            text.seek(0)
            program, s = self.client("-q", stdin=text)
        waiting = array.array("i", [0])
        before = -1
        while waiting[0] != before or before == 0:  # bytes that arrived and that we did not read
            before = waiting[0]
            select.select([], [], [], 0.2)
            fcntl.ioctl(s, termios.FIONREAD, waiting)
        return program, s

    def test_a_server_that_does_not_read_is_still_heard(self):
        program, s = self.client_with_much_to_say()
        s.sendall(b"I speak and do not read\n")
        program.line("I speak and do not read")
        self.assertEqual(len(receive(s, 30_000_000)), 20_000_000)
        s.close()
        program.ends(0)

    def test_what_was_typed_and_not_sent_is_counted(self):
        program, _ = self.client_with_much_to_say()
        program.stop(1)
        self.assertRegex(program.stderr[-1], r"tcp_client: \d+ typed bytes were not sent any more")


class Server(TcpTest):
    """Clients that misbehave: the other clients are served."""

    def assert_serves(self, port):
        s = self.connect(port)
        s.sendall(b"still there?")
        self.assertEqual(receive(s, 12), b"still there?")

    def test_a_client_that_sends_nothing(self):
        _, port = self.serve("tcp_server")
        self.connect(port)
        self.assert_serves(port)

    def test_a_client_that_reads_nothing_is_told_to_wait_by_tcp_and_counted_at_the_end(self):
        server, port = self.serve("tcp_server", "-q")
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.setblocking(False)
            while select.select([], [s], [], 2)[1]:  # until the server's thread waits for us to read
                s.send(b"x" * 65536)
            self.assert_serves(port)
            server.stop(1)
        self.assertRegex(server.stdout[-1], r"^served 2 clients, \d+ bytes received, [1-9]\d* bytes undelivered$")

    def test_a_client_that_disappears(self):
        server, port = self.serve("tcp_server")
        s = self.connect(port)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        s.close()
        server.line("Connection reset by peer after 0 bytes")
        self.assert_serves(port)

    def test_a_client_that_is_gone_before_it_is_greeted(self):
        server, port = self.serve("tcp_server")
        for _ in range(50):
            socket.create_connection(("127.0.0.1", port)).close()
        self.assert_serves(port)
        server.stop()

    def test_a_client_that_stays_after_exit_is_let_go(self):
        server, port = self.serve("tcp_server")
        s = self.connect(port)
        s.sendall(b"exit")
        server.line("was let go after 4 bytes")

    def test_a_client_that_goes_on_sending_after_exit_is_let_go(self):
        server, port = self.serve("tcp_server")
        s = self.connect(port)
        s.sendall(b"exit")
        server.line("4 bytes: exit")
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                s.sendall(b"x" * 1000)
        server.line("was let go after 4 bytes")

    def test_half_closed_with_an_answer_under_way(self):
        _, port = self.serve("tcp_server", "-q")
        s = self.connect(port)
        s.sendall(b"y" * 500000)
        s.shutdown(socket.SHUT_WR)
        self.assertEqual(receive(s, 600000), b"y" * 500000)

    def test_control_bytes_are_escaped_and_a_long_piece_is_cut_on_the_screen_only(self):
        server, port = self.serve("tcp_server")
        s = self.connect(port)
        s.sendall(b"\x1b]0;title\x07\0")
        server.line(r"11 bytes: \\x1B\]0;title\\x07\\x00$")
        self.assertEqual(receive(s, 11), b"\x1b]0;title\x07\0")
        s.sendall(b"z" * 1000)
        server.line(r" z{64}\.\.\.$")
        self.assertEqual(receive(s, 1000), b"z" * 1000)

    def test_quiet_prints_the_first_and_the_last_line(self):
        server, port = self.serve("tcp_server", "--quiet")
        self.assert_serves(port)
        server.stop()
        self.assertEqual(len(server.stdout), 2)

    def test_it_can_be_started_again_at_once_on_the_same_port(self):
        server, port = self.serve("tcp_server")
        self.assert_serves(port)
        server.stop()
        again = self.start("tcp_server", "-p", port)
        again.line(f"listening on 127.0.0.1:{port}")


class Measure(TcpTest):
    def test_round_trips(self):
        _, port = self.serve("tcp_server", "-q")
        for args in ([], ["--spin"], ["-s", "1"], ["-s", "100000"]):
            with self.subTest(args=args):
                client = self.run_program("tcp_client", "-q", "-p", port, "-n", 50, *args)
                self.assert_lines(client.stdout, [f"50 sent, 50 received, 0 lost, {FIGURES}"])

    def test_messages_larger_than_the_kernels_buffers(self):
        _, port = self.serve("tcp_server", "-q")
        client = self.run_program("tcp_client", "-q", "-p", port, "-n", 2, "-s", 32 << 20)
        self.assert_lines(client.stdout, [f"2 sent, 2 received, 0 lost, {FIGURES}"])

    def test_a_server_that_spins(self):
        _, port = self.serve("tcp_server", "-q", "--spin")
        client = self.run_program("tcp_client", "-q", "-p", port, "-n", 50, "--spin")
        self.assert_lines(client.stdout, [f"50 sent, 50 received, 0 lost, {FIGURES}"])

    def test_one_way_is_counted_at_both_ends(self):
        server, port = self.serve("tcp_server", "--sink")
        client = self.run_program("tcp_client", "-q", "-p", port, "--one-way", "-n", 10, "-s", 100000)
        self.assert_lines(client.stdout, [r"10 writes of 100000 bytes sent, 1000000 bytes received, [\d.]+ MB/s"])
        server.line("left after 1000000 bytes")

    def test_one_way_to_a_server_that_echoes_is_an_error(self):
        _, port = self.serve("tcp_server")
        client = self.run_program("tcp_client", "-q", "-p", port, "--one-way", "-n", 1, "-s", 10, status=1)
        self.assertRegex(client.stderr[-1], r"was it started with --sink\?")

    def foreign(self, answer, *args, status=1):
        """tcp_client -n against a server here that does not greet and answers with `answer`(piece)."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        program = self.start("tcp_client", "-q", "-p", listener.getsockname()[1], "-n", 3, *args, "127.0.0.1")
        s, _ = listener.accept()
        with s:
            while (piece := s.recv(1000)) and (reply := answer(piece)) is not None:
                s.sendall(reply)
        return program.ends(status)

    def test_a_sink_that_counts_less_or_something_else(self):
        for answer, status in ((b"300\n", 0), (b"299\n", 1), (b"300", 1), (b"all\n", 1)):
            with self.subTest(answer=answer), socket.create_server(("127.0.0.1", 0)) as listener:
                program = self.start("tcp_client", "-q", "-p", listener.getsockname()[1], "-n", 3, "-s", 100, "--one-way",
                                     "--no-welcome", "127.0.0.1")
                with listener.accept()[0] as s:
                    self.assertEqual(len(receive(s, 1000)), 300)
                    s.sendall(answer)
                program.ends(status)

    def test_each_message_differs(self):
        seen = []
        self.foreign(lambda piece: seen.append(piece) or piece, "--no-welcome", "-s", "1", status=0)
        self.assertEqual(len(set(seen)), 3)

    def test_no_welcome_for_a_server_that_does_not_greet(self):
        program = self.foreign(lambda piece: piece, "--no-welcome", status=0)
        self.assertRegex(program.stdout[-1], "^3 sent, 3 received, 0 lost")

    def test_a_changed_reply_is_no_reply(self):
        program = self.foreign(lambda piece: piece[:-1] + b"?", "--no-welcome")
        self.assertRegex(program.stderr[-1], "message 1 came back changed")
        self.assertRegex(program.stdout[-1], "^1 sent, 0 received, 1 lost, rtt min/p50/p99/max -/-/-/- us, 0 msg/s$")

    def test_a_server_that_ends_in_between(self):
        answers = iter([lambda p: p, lambda p: None])
        program = self.foreign(lambda piece: next(answers)(piece), "--no-welcome")
        self.assertRegex(program.stderr[-1], "the server ended the conversation")
        self.assertRegex(program.stdout[-1], "^2 sent, 1 received, 1 lost")

    def test_a_silent_server(self):
        for args, hint in ([("-w", "0.1"), "--no-welcome"], [("-w", "0.1", "--no-welcome"), "does this server echo"],
                           [("-w", "0", "--no-welcome"), "does this server echo"]):
            program = self.foreign(lambda piece: b"", *args)
            self.assertRegex(program.stderr[-1], f"no answer in time.*{hint}")

    def test_spin_waits_no_longer_than_it_was_told(self):
        def seconds():
            began = time.monotonic()
            self.foreign(lambda piece: b"", "-w", "0.1", "--no-welcome", "--spin")
            return time.monotonic() - began
        self.assertTrue(any(seconds() < 1 for _ in range(5)))  # to spin for all of its second would be 1 s each time

    def test_stopped_and_continued_it_goes_on(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = self.start("tcp_client", "-q", "-p", listener.getsockname()[1], "-n", 3, "--no-welcome", "-w", 60,
                                "127.0.0.1")
            with listener.accept()[0] as s:
                for _ in range(3):
                    data = receive(s, 64)
                    client.until_it_waits()
                    client.process.send_signal(signal.SIGSTOP)
                    os.waitpid(client.pid, os.WUNTRACED)
                    client.process.send_signal(signal.SIGCONT)
                    s.sendall(data)
                client.ends()
        self.assertRegex(client.stdout[-1], "^3 sent, 3 received, 0 lost")


class Stopping(TcpTest):
    def test_the_server_in_every_state(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            idle, _ = self.serve("tcp_server")
            idle.stop(signo=signo)
            busy, port = self.serve("tcp_server")
            s = self.connect(port)
            busy.stop(signo=signo)
            self.assertRegex(busy.stdout[-2], "was stopped after 0 bytes$")
            self.assertEqual(busy.stdout[-1], "served 1 client, 0 bytes received, 0 bytes undelivered")
            self.assertEqual(s.recv(1), b"")  # an orderly end, no reset

    def test_the_server_with_answers_under_way_to_one_who_still_sends(self):
        server, port = self.serve("tcp_server", "-q")
        s = self.connect(port)
        s.setblocking(False)
        sent = 0
        while select.select([], [s], [], 2)[1]:  # until neither side takes more
            sent += s.send(b"x" * 65536)
        server.process.send_signal(signal.SIGTERM)
        s.settimeout(PATIENCE)
        answered = 0
        try:
            while piece := s.recv(1 << 20):
                answered += len(piece)
        except ConnectionResetError:
            pass  # what we sent last was not taken any more, and we are told
        server.process.wait(PATIENCE)
        server.ends(0)
        self.assertRegex(server.stdout[-1], f"^served 1 client, {answered} bytes received, 0 bytes undelivered$")

    def test_the_client_while_it_waits_for_input_or_for_the_server(self):
        server, port = self.serve("tcp_server")
        for end_of_input in (False, True):
            client = self.start("tcp_client", "-p", port)
            client.line("welcome")
            if end_of_input:
                hold = self.start("tcp_client", "-p", port)  # something else for the server to do
                hold.line("welcome")
            client.stop(signo=signal.SIGINT)
            server.line("left")

    def test_the_client_while_it_connects(self):
        """Neither address of the name answers; a client that went on to the second would not end."""
        named = self.with_hosts("127.0.0.1 both.test", "::1 both.test")
        port = 0
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            listener = socket.create_server((address, port), family=family, backlog=0)
            self.addCleanup(listener.close)
            port = listener.getsockname()[1]
            for _ in range(3):  # until its queue is full: the kernel then ignores who comes next
                s = socket.socket(family)
                self.addCleanup(s.close)
                s.setblocking(False)
                s.connect_ex((address, port))
        def connecting():
            return sum(pathlib.Path("/proc/net", table).read_text("ascii").count(f":{port:04X} 02 ")  # 02: SYN-SENT
                       for table in ("tcp", "tcp6"))
        before = connecting()
        client = self.start("tcp_client", "-p", port, "both.test", under=named)
        while connecting() == before:
            self.assertIsNone(client.process.poll(), "it should be waiting for a connection")
        client.stop(signo=signal.SIGINT)
        self.assertEqual((client.stdout, client.stderr), ([], []))

    def test_the_client_while_it_measures(self):
        _, port = self.serve("tcp_server", "-q")
        client = self.start("tcp_client", "-p", port, "-n", 100_000_000)
        client.error("connected")
        client.process.send_signal(signal.SIGINT)
        client.ends(0)
        self.assertRegex(client.stdout[-1], r"^\d+ sent, \d+ received, 0 lost")

    def test_the_client_while_it_streams(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        client = self.start("tcp_client", "-p", listener.getsockname()[1], "-n", 100_000_000, "--one-way", "--no-welcome",
                            "127.0.0.1")
        s, _ = listener.accept()
        self.addCleanup(s.close)
        count = len(receive(s, 1 << 20))
        client.process.send_signal(signal.SIGINT)
        while piece := s.recv(1 << 20):
            count += len(piece)
        s.sendall(b"%d\n" % count)
        client.ends(0)
        self.assertRegex(client.stdout[-1], r"^\d+ writes of 1048576 bytes sent, ")

    def silence(self, *args):
        """A client that waits for a reply is asked to stop: how long that takes."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            client = self.start("tcp_client", "-p", listener.getsockname()[1], "-n", 5, "--no-welcome", "-w", 60, *args,
                                "127.0.0.1")
            with listener.accept()[0] as s:
                receive(s, 64)
                began = time.monotonic()
                client.stop(signo=signal.SIGINT)
        self.assertRegex(client.stdout[-1], "^0 sent, 0 received, 0 lost")
        return time.monotonic() - began

    def test_the_client_while_a_silent_server_keeps_it_waiting(self):
        self.silence()
        self.assertTrue(any(self.silence("--spin") < 0.9 for _ in range(5)))  # not at the end of the second that it spins


if __name__ == "__main__":
    main()
