"""reqrep_server and reqrep_client: a test for each sentence that they promise."""
import os
import re
import signal
import socket
import struct
import tempfile
import zlib

from pair import PATIENCE, PairTest, main

FIGURES = r"rtt min/p50/p99/max [\d.]+/[\d.]+/[\d.]+/[\d.]+ us, \d+ msg/s"
SEMANTICS = ("maybe", "at-least-once", "at-most-once")
REQUEST, REPLY, ACK, PROBE, WORKING, UNKNOWN = range(1, 7)
DEPOSIT, BALANCE, AUDIT = 1, 2, 3


def datagram(kind=REQUEST, client=7, request=1, semantics=3, attempt=1, operation=DEPOSIT, status=0, value=100, version=1):
    """The format of the README, written a second time, in another language."""
    return struct.pack(">2sBBQIBBBBq", b"RR", version, kind, client, request, semantics, attempt, operation, status, value)


def fields(data):
    names = ("magic", "version", "kind", "client", "request", "semantics", "attempt", "operation", "status", "value")
    return dict(zip(names, struct.unpack(">2sBBQIBBBBq", data)))


class ReqrepTest(PairTest):
    def udp(self, port=None):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(PATIENCE)
        self.addCleanup(s.close)
        if port is None:
            s.bind(("127.0.0.1", 0))
        else:
            s.connect(("127.0.0.1", port))
        return s

    def journal(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return os.path.join(directory.name, "journal")


class Pair(ReqrepTest):
    def test_a_call_and_the_ledgers_with_every_semantics(self):
        for semantics in SEMANTICS:
            with self.subTest(semantics=semantics):
                server, port = self.serve("reqrep_server", "--semantics", semantics)
                client = self.run_program("reqrep_client", "--semantics", semantics, "-p", port, "127.0.0.1",
                                          text="deposit 100\nbalance\ndeposit 50")
                self.assert_lines(client.stdout, ["request 1 deposit 100: balance 100", "request 2 balance: balance 100",
                                                  "request 3 deposit 50: balance 150",
                                                  "sent 3, retransmitted 0, answered 3, expected balance 150"])
                if semantics == "at-most-once":
                    server.line("request 3 acknowledged")
                server.stop()
                self.assertRegex(server.stdout[1], r"^127\.0\.0\.1:\d+ request 1 deposit 100: executed, balance 100$")
                self.assertEqual(server.stdout[-1],
                                 "received 3, executed 3, replayed 0, refused 0, ignored 0, balance 150")

    def test_the_default_is_at_most_once_on_every_address_of_localhost(self):
        for address in ("127.0.0.1", "::1"):
            if address == "::1" and not any(a[4][0] == "::1" for a in socket.getaddrinfo("localhost", 1)):
                continue  # this machine's localhost has no IPv6 address to try
            server, port = self.serve("reqrep_server", "-l", address)
            client = self.run_program("reqrep_client", "-p", port, text="deposit 1\n")
            self.assertEqual(client.stdout[-1], "sent 1, retransmitted 0, answered 1, expected balance 1")
            server.line("request 1 acknowledged")

    def test_two_sides_with_other_semantics_are_told(self):
        _, port = self.serve("reqrep_server", "--semantics", "maybe")
        told = "the server's semantics are maybe: start both sides with the same --semantics"
        client = self.run_program("reqrep_client", "-p", port, text="deposit 1\ndeposit 2\n", status=1)
        self.assert_lines(client.stderr, [f"reqrep_client: {told}"])
        self.assertEqual(client.stdout, ["request 1 deposit 1: not executed, the server has other semantics",
                                         "sent 1, retransmitted 0, answered 1, refused 1, expected balance 0"])
        client = self.run_program("reqrep_client", "-p", port, "-n", 3, status=1)
        self.assertIn(told, client.stderr[0])
        self.assertRegex(client.stdout[-1], "^1 sent, 0 received, 1 lost")

    def test_nobody_is_there(self):
        free = self.udp()
        port = free.getsockname()[1]
        free.close()
        client = self.run_program("reqrep_client", "-p", port, "-w", "0.1", "127.0.0.1", text="deposit 1\n", status=1)
        self.assertRegex(client.stderr[0], rf"127.0.0.1:{port}: Connection refused \(is reqrep_server running\? start it")
        self.assert_lines(client.stdout, ["request 1 deposit 1: no answer. Executed or not\\? Nobody knows",
                                          "sent 1, retransmitted 0, answered 0, expected balance 1"])

    def test_the_demo_has_the_same_faults_for_both_semantics_and_both_show(self):
        with open("request_reply/demo.sh", encoding="utf-8") as script:
            faults = re.search(r"(?:faults=\(|faulty_link -p 0 .* )(--seed .*[^)\n])", script.read())[1].replace("'", "").split()
        told = []
        for semantics, executed, replayed in (("at-least-once", 12, 0), ("at-most-once", 10, 2)):
            server, port = self.serve("reqrep_server", "--semantics", semantics)
            link, link_port = self.serve("faulty_link", f"127.0.0.1:{port}", *faults)
            self.run_program("reqrep_client", "-p", link_port, "--semantics", semantics, "--rto", "0.5", "127.0.0.1",
                             text="deposit 100\n" * 10)
            link.stop()
            server.stop()
            self.assertRegex(server.stdout[-1], f"executed {executed}, replayed {replayed}, .* balance {executed * 100}$")
            told.append(link.stdout[2:-1])
        self.assertEqual(*told)

    def test_measure(self):
        for semantics in SEMANTICS:
            _, port = self.serve("reqrep_server", "-q", "--semantics", semantics)
            client = self.run_program("reqrep_client", "--semantics", semantics, "-p", port, "-q", "-n", 50, "127.0.0.1")
            self.assert_lines(client.stdout, [f"50 sent, 50 received, 0 lost, {FIGURES}"])

    def test_measure_checks_the_balance(self):
        server = self.udp()
        client = self.start("reqrep_client", "-q", "-p", server.getsockname()[1], "-n", 2, "127.0.0.1")
        for value in (5, 5):  # that deposit had no effect
            data, address = server.recvfrom(100)
            while fields(data)["kind"] != REQUEST:
                data, address = server.recvfrom(100)
            server.sendto(datagram(REPLY, fields(data)["client"], fields(data)["request"], value=value), address)
        client.ends(1)
        self.assertRegex(client.stdout[-1], "^2 sent, 1 received, 1 lost")
        self.assertRegex(client.stderr[-1], "request 2: a reply that cannot be")


class Client(ReqrepTest):
    """The client alone, against a socket of this test."""

    def setUp(self):
        self.server = self.udp()

    def client(self, *args, text="deposit 100\n"):
        program = self.start("reqrep_client", "-p", self.server.getsockname()[1], "--rto", "0.05", "--rto-min", "0.05",
                             *args, "127.0.0.1")
        program.type(text)
        program.end_input()
        return program

    def receive(self):
        data, self.address = self.server.recvfrom(100)
        return fields(data)

    def send(self, to, **changes):
        self.server.sendto(datagram(**{**{"client": to["client"], "request": to["request"], "semantics": to["semantics"],
                                          "operation": to["operation"], "attempt": 0}, **changes}), self.address)

    def test_the_same_request_is_sent_again_and_the_reply_acknowledged(self):
        program = self.client()
        first, second = self.receive(), self.receive()
        self.assertEqual((first["attempt"], second["attempt"]), (1, 2))
        self.assertEqual({**first, "attempt": 2}, second)
        self.assertEqual((first["magic"], first["version"], first["kind"], first["request"], first["semantics"],
                          first["operation"], first["value"]), (b"RR", 1, REQUEST, 1, 3, DEPOSIT, 100))
        self.send(first, kind=REPLY, value=100)
        while (ack := self.receive())["kind"] == REQUEST:
            pass
        self.assertEqual((ack["kind"], ack["client"], ack["request"]), (ACK, first["client"], 1))
        program.ends()
        self.assertRegex(program.stdout[-1], "^sent 1, retransmitted [1-9]\\d*, answered 1, expected balance 100$")

    def test_at_least_once_does_not_acknowledge_and_maybe_sends_once(self):
        program = self.client("--semantics", "at-least-once", text="deposit 1\nbalance\n")
        for operation in (DEPOSIT, BALANCE):
            while (request := self.receive())["operation"] != operation:
                self.assertEqual(request["kind"], REQUEST)
            self.assertEqual(request["semantics"], 2)
            self.send(request, kind=REPLY, value=1)
        program.ends()
        program = self.client("--semantics", "maybe", "-w", "0.3")
        program.ends(1)
        self.assertEqual(program.stdout[-1], "sent 1, retransmitted 0, answered 0, expected balance 100")

    def test_strangers_and_late_replies_do_not_count(self):
        program = self.client("-w", "60", text="deposit 1\ndeposit 2\n")
        request = self.receive()
        for junk in (b"", b"RR", b"x" * 28, b"x" * 29, datagram(version=2)):
            self.server.sendto(junk, self.address)
        self.send(request, kind=REPLY, client=request["client"] ^ 1, value=9)
        self.send(request, kind=REPLY, value=1)
        while (second := self.receive())["request"] != 2:
            pass
        self.send(request, kind=REPLY, value=7)  # the first one's, once more
        program.line("request 1: a late reply, ignored")
        self.send(second, kind=REPLY, value=3)
        program.ends()
        self.assertIn("request 1 deposit 1: balance 1", program.stdout)
        self.assertIn("request 2 deposit 2: balance 3", program.stdout)
        for reason in ("too short", "foreign", "of another version", "meant for another client"):
            self.assertRegex("\n".join(program.stderr), f"a datagram is ignored: {reason}")

    def test_a_server_that_works_is_probed(self):
        program = self.client("-w", "60", text="audit 600\n")
        request = self.receive()
        self.send(request, kind=WORKING)
        while (probe := self.receive())["kind"] != PROBE:
            pass
        self.assertEqual(probe["request"], request["request"])
        self.send(request, kind=UNKNOWN)  # it crashed and came back
        while (again := self.receive())["kind"] != REQUEST:
            pass
        self.send(again, kind=REPLY, value=5)
        program.ends()
        self.assertIn("request 1: the server is working on it", program.stdout)
        self.assertIn("request 1: the server lives, but does not know it", program.stdout)
        self.assertIn("request 1 audit 600: balance 5", program.stdout)

    def test_refusals_are_told(self):
        for status, text in ((2, "the account is full"), (3, "the server is too busy")):
            self.server = self.udp()
            program = self.client()
            self.send(self.receive(), kind=REPLY, status=status, value=0)
            program.ends(1)
            self.assertEqual(program.stdout[-2], f"request 1 deposit 100: not executed, {text}")
            self.assertRegex(program.stdout[-1], r"^sent 1, retransmitted \d+, answered 1, refused 1, expected balance 0$")
            self.server = self.udp()
            program = self.client("-n", "1", text="")
            self.send(self.receive(), kind=REPLY, status=status, value=0)
            program.ends(1)
            self.assertIn(f"request 1: not executed, {text}", program.stderr[-1])
            self.assertRegex(program.stdout[-1], "^1 sent, 0 received, 1 lost")

    def test_what_was_refused_is_not_expected(self):
        program = self.client(text="deposit 100\nbalance\ndeposit 20\n")
        for number, changes in enumerate(({"value": 100}, {"status": 3, "value": 0}, {"status": 2, "value": 100}), 1):
            while (request := self.receive())["kind"] != REQUEST or request["request"] != number:
                pass
            self.send(request, kind=REPLY, **changes)
        program.ends(1)
        self.assertRegex(program.stdout[-1], r"^sent 3, retransmitted \d+, answered 3, refused 2, expected balance 100$")

    def test_crash_after(self):
        program = self.client("--crash-after", "2", text="deposit 1\ndeposit 2\ndeposit 3\n")
        self.send(self.receive(), kind=REPLY, value=1)
        while (request := self.receive())["request"] != 2:
            pass
        self.assertEqual(request["kind"], REQUEST)
        program.ends(1)
        self.assertEqual(program.stdout[-1], "request 1 deposit 1: balance 1")  # no ledger: it crashed

    def test_every_run_is_another_client(self):
        ids = set()
        for _ in range(3):
            program = self.client("-w", "60")
            request = self.receive()
            self.send(request, kind=REPLY, value=100)
            self.receive()
            program.ends()
            ids.add(request["client"])
        self.assertEqual(len(ids), 3)


class Server(ReqrepTest):
    """The server alone, with datagrams of this test."""

    def ask(self, s, **changes):
        s.send(datagram(**changes))
        return fields(s.recv(100))

    def test_duplicates_with_every_semantics(self):
        for number, (semantics, executed) in enumerate(zip(SEMANTICS, (1, 3, 1)), 1):
            server, port = self.serve("reqrep_server", "--semantics", semantics)
            s = self.udp(port)
            self.assertEqual(self.ask(s, semantics=number)["value"], 100)
            for attempt in (1, 2):
                s.send(datagram(semantics=number, attempt=attempt))
                if semantics != "maybe":
                    self.assertEqual(fields(s.recv(100))["value"], 100 if executed == 1 else 100 * (attempt + 1))
            self.assertEqual(self.ask(s, semantics=number, request=2, operation=BALANCE, value=0)["value"], 100 * executed)
            server.stop()
            self.assertRegex(server.stdout[-1], rf"^received 4, executed {executed + 1}, replayed "
                             rf"{2 if number == 3 else 0}, refused {2 if number == 1 else 0}, ignored 0")
            named = [line for line in server.stdout if "executed 3 times" in line]
            self.assertEqual(len(named), semantics == "at-least-once")

    def test_what_is_none_of_its_datagrams_is_counted_and_ignored(self):
        server, port = self.serve("reqrep_server")
        s = self.udp(port)
        for junk, reason in ((b"", "too short"), (b"RR\1\1", "too short"), (datagram()[:-1], "too short"),
                             (b"GET / HTTP/1.1\r\n\r\n", "foreign"), (bytes(28), "foreign"),
                             (datagram(version=0), "of another version"), (datagram() + b"x", "oversized"),
                             (datagram() + bytes(60000), "oversized"), (datagram(operation=9), "malformed"),
                             (datagram(value=-1), "malformed"), (datagram(request=0), "malformed")):
            s.send(junk)
            server.line(f"ignored: {reason}$")
        s.send(datagram(REPLY, attempt=0))
        server.line("ignored: a kind that only servers send")
        self.assertEqual(self.ask(s)["value"], 100)
        server.stop()
        self.assertEqual(server.stdout[-1], "received 1, executed 1, replayed 0, refused 0, ignored 11, balance 100")

    def test_at_most_once_holds_over_a_crash_between_execution_and_reply(self):
        journal = self.journal()
        server, port = self.serve("reqrep_server", "--journal", journal, "--crash-after", 2)
        s = self.udp(port)
        self.assertEqual(self.ask(s)["value"], 100)
        s.send(datagram(request=2))
        server.ends(1)
        self.assertRegex(server.stdout[-1], "request 2 deposit 100: executed, balance 200")  # no ledger: it crashed
        server, port = self.serve("reqrep_server", "--journal", journal)
        server.error("2 executions in the journal, balance 200")
        s = self.udp(port)
        for request, balance in ((2, 200), (1, 100), (3, 300)):
            self.assertEqual(self.ask(s, request=request, attempt=2)["value"], balance)
        server.stop()
        self.assertEqual(server.stdout[-1], "received 3, executed 3, replayed 2, refused 0, ignored 0, balance 300")

    def test_the_journal_of_a_server_that_was_killed(self):
        journal = self.journal()
        server, port = self.serve("reqrep_server", "--semantics", "at-least-once", "--journal", journal)
        s = self.udp(port)
        for _ in range(2):
            self.ask(s, semantics=2, request=4)
        server.process.kill()
        server.ends(-signal.SIGKILL)
        with open(journal, "ab") as file:
            file.write(b"2026-01-31T12:00")  # cut off in the middle of a line
        server, _ = self.serve("reqrep_server", "--semantics", "at-least-once", "--journal", journal)
        server.error("its last line is unfinished: that execution did not happen")
        server.stop()
        self.assertEqual(server.stdout[-1], "received 0, executed 2, replayed 0, refused 0, ignored 0, balance 200")
        # The same journal, held against another promise: broken, and the message is named.
        server, _ = self.serve("reqrep_server", "--journal", journal)
        server.stop(1)
        self.assertRegex(server.stdout[1], r"^client 0{15}7 request 4 executed twice: first at [\d:TZ.-]+, again at "
                                           r"[\d:TZ.-]+ after duplicate of attempt 1$")
        self.assertRegex(server.stderr[-1], "at-most-once was promised, and broken")

    def test_a_request_older_than_the_history(self):
        server, port = self.serve("reqrep_server", "--history", 2)
        s = self.udp(port)
        for request in (1, 2, 3):
            self.ask(s, request=request)
        s.send(datagram(request=1))
        server.line("request 1 deposit 100: not executed: it came before, or is too old to tell")
        self.assertEqual(self.ask(s, request=2)["value"], 200)
        server.stop()
        self.assertEqual(server.stdout[-1], "received 5, executed 3, replayed 1, refused 1, ignored 0, balance 300")

    def test_acknowledged_replies_are_forgotten(self):
        server, port = self.serve("reqrep_server")
        s = self.udp(port)
        self.ask(s)
        s.send(datagram(ACK))
        server.line("request 1 acknowledged")
        s.send(datagram(attempt=2))
        server.line(r"request 1 deposit 100 \(attempt 2\): not executed")
        server.stop()

    def test_a_long_operation_keeps_nobody_waiting(self):
        server, port = self.serve("reqrep_server")
        s, other = self.udp(port), self.udp(port)
        audit = {"operation": AUDIT, "value": 500, "client": 8}
        self.assertEqual(self.ask(s, **audit)["kind"], WORKING)
        self.assertEqual(self.ask(s, **audit, attempt=2)["kind"], WORKING)
        self.assertEqual(self.ask(s, **audit, kind=PROBE)["kind"], WORKING)
        self.assertEqual(self.ask(other)["value"], 100)
        self.assertEqual(fields(s.recv(100))["kind"], REPLY)
        self.assertEqual(self.ask(s, **audit, kind=PROBE)["kind"], REPLY)
        self.assertEqual(self.ask(s, **{**audit, "client": 9}, kind=PROBE)["kind"], UNKNOWN)
        server.stop()
        self.assertEqual(server.stdout[-1], "received 3, executed 2, replayed 1, refused 0, ignored 0, balance 100")

    def test_all_places_for_long_operations_are_taken(self):
        """A request that is under way is not refused when it comes again; one that was refused is not executed later."""
        for number, semantics in enumerate(SEMANTICS, 1):
            server, port = self.serve("reqrep_server", "--semantics", semantics)
            s = self.udp(port)
            audit = {"operation": AUDIT, "value": 600000, "semantics": number}
            for client in range(1, 65):
                self.assertEqual(self.ask(s, **audit, client=client)["kind"], WORKING)
            if semantics != "maybe":
                self.assertEqual(self.ask(s, **audit, client=1, attempt=2)["kind"], WORKING)
            refused = self.ask(s, **audit, client=65)
            self.assertEqual((refused["kind"], refused["status"]), (REPLY, 3))
            s.send(datagram(**audit, client=65))
            if semantics == "maybe":
                server.line("request 1 audit: not executed: it came before")
            else:
                self.assertEqual(fields(s.recv(100)), refused)
                server.line("request 1 audit: " + ("answered from memory" if semantics == "at-most-once" else "refused"))
            server.stop()

    def test_a_full_account(self):
        journal = self.journal()
        line = f"2026-01-31T12:00:00.000000Z client {7:016x} request 1 attempt 1 deposit 5 balance {2**63 - 1}"
        with open(journal, "w", encoding="ascii") as file:
            file.write(f"{line} crc {zlib.crc32(line.encode()):08x}\n")
        server, port = self.serve("reqrep_server", "--journal", journal)
        self.assertEqual(self.ask(self.udp(port), request=2)["status"], 2)
        server.line("refused, the account is full")
        server.stop()
        self.assertEqual(server.stdout[-1],
                         f"received 1, executed 1, replayed 0, refused 1, ignored 0, balance {2**63 - 1}")

    def test_quiet(self):
        server, port = self.serve("reqrep_server", "-q")
        self.ask(self.udp(port))
        server.stop()
        self.assertEqual(len(server.stdout), 2)


class Stopping(ReqrepTest):
    def test_in_every_state(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            server, port = self.serve("reqrep_server")
            idle = self.start("reqrep_client", "-p", port, "127.0.0.1")
            idle.type("deposit 1\n")
            idle.line("balance 1")
            idle.process.send_signal(signo)
            idle.ends()
            self.assertEqual(idle.stdout[-1], "sent 1, retransmitted 0, answered 1, expected balance 1")
            working = self.start("reqrep_client", "-p", port, "127.0.0.1")
            working.type("audit 600\n")
            working.line("working on it")
            working.process.send_signal(signo)
            working.ends()
            self.assertEqual(working.stdout[-1], "sent 1, retransmitted 0, answered 0, expected balance 0")
            server.stop(signo=signo)

    def test_while_it_waits_for_a_reply_or_measures(self):
        silent = self.udp()
        for args, last in (([], "sent 1, retransmitted 0, answered 0, expected balance 1"), (["-n", 9], "0 sent, 0 received")):
            client = self.start("reqrep_client", "-p", silent.getsockname()[1], "--rto", 60, *args, "127.0.0.1")
            client.type("deposit 1\n")
            silent.recv(100)
            client.stop()
            self.assertTrue(client.stdout[-1].startswith(last), client.stdout)


if __name__ == "__main__":
    main()
