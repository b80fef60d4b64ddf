"""What mcast_sender and mcast_receiver promise: datagrams, output, counts, stopping."""
import datetime
import os
import signal
import socket
import time

from mcast import GROUP, McastTest, counts
from pair import PATIENCE, main

IP_RECVTTL = 12  # Linux's; Python has no name for it


class Conversation(McastTest):
    def test_sender_number_and_text(self):
        receiver, port = self.receive()
        sender = self.send(port, "hola\n¿qué tal?\n\nno line end")
        self.assertEqual(sender.stdout, ["sent #1: hola", "sent #2: ¿qué tal?", "sent #3: ", "sent #4: no line end",
                                         "4 sent, 0 failed"])
        self.assert_lines(sender.stderr, [rf"mcast_sender: sending to {GROUP}:{port} through lo0? as 127.0.0.1:\d+, TTL 1"])
        me = sender.stderr[0].split()[-3].rstrip(",")
        receiver.line("no line end")
        receiver.stop()
        self.assertEqual(receiver.stdout, [
            f"listening on {GROUP}:{port}",
            f"{me} #1: hola",
            f"{me} #2: ¿qué tal?",
            f"{me} #3: ",
            f"{me} #4: no line end",
            f"{me}: {counts(4, 0, 0, 0, 0, 0)}",
            f"1 sender: {counts(4, 0, 0, 0, 0, 0)}",
        ])

    def test_the_sender_prints_a_line_before_it_sends_it(self):
        # Both write into one pipe: what is sent must stand before what is received.
        read, write = os.pipe()
        with open(read, encoding="utf-8") as lines:
            receiver = self.start("mcast_receiver", "-p", 0, "-n", 300, stdout=write)
            port = lines.readline().split(":")[1].strip()
            sender = self.start("mcast_sender", "-p", port, stdout=write)
            os.close(write)
            text = []
            for n in range(300):  # one at a time: the receiver has nothing else to do
                sender.type(f"{n}\n")
                text += [lines.readline(), lines.readline()]
            sender.ends()
            receiver.ends()
        received_first = [line for line, n in zip(text[::2], range(300)) if not line.startswith(f"sent #{n + 1}: ")]
        self.assertEqual(received_first, [])

    def test_several_receivers_on_one_host_each_hear_everything(self):
        first, port = self.receive()
        receivers = [first] + [self.start("mcast_receiver", "-p", port) for _ in range(4)]
        for receiver in receivers[1:]:
            self.assertEqual(receiver.port(), port)
        self.send(port, "hola\nadiós\n")
        for receiver in receivers:
            receiver.line("#2: adiós")
            receiver.stop()
            self.assert_ends_with(receiver, f"1 sender: {counts(2, 0, 0, 0, 0, 0)}")

    def test_several_senders_are_counted_apart(self):
        receiver, port = self.receive()
        self.send(port, "a\n")
        self.send(port, "b\nc\n")
        receiver.line("#2: c")
        receiver.stop()
        self.assert_ends_with(receiver, r"127.0.0.1:\d+: " + counts(2, 0, 0, 0, 0, 0),
                              r"127.0.0.1:\d+: " + counts(1, 0, 0, 0, 0, 0), "2 senders: " + counts(3, 0, 0, 0, 0, 0))

    def test_raw_leaves_the_number_off(self):
        receiver, port = self.receive("-n", 2)
        sender = self.send(port, "hola\n\n", "--raw")
        self.assertEqual(sender.stdout, ["sent: hola", "sent: ", "2 sent, 0 failed"])
        receiver.ends()
        self.assert_lines(receiver.stdout[1:3], [r"127.0.0.1:\d+: hola", r"127.0.0.1:\d+: "])
        self.assert_ends_with(receiver, "1 sender: " + counts(2, 0, 0, 0, 0, 2) + r", \d+ msg/s")

    def test_another_group_on_the_same_port_is_another_conversation(self):
        receiver, port = self.receive()
        other = self.start("mcast_receiver", "-g", "239.255.0.2", "-p", port)
        other.line(f"^listening on 239.255.0.2:{port}$")
        self.send(port, "for the other\n", "-g", "239.255.0.2")
        self.send(port, "for the first\n")
        receiver.line("for the")
        other.line("for the")
        self.assertRegex(receiver.stdout[1], "for the first")
        self.assertRegex(other.stdout[1], "for the other")

    def test_it_does_not_hear_what_another_program_joined(self):
        receiver, port = self.receive()
        other = self.receiver(port, group="239.255.0.2", bound_to="0.0.0.0")
        s = self.sender()
        s.sendto(b"1 for the other", ("239.255.0.2", port))
        self.assertEqual(other.recv(100), b"1 for the other")  # it was there
        s.sendto(b"2 for us", (GROUP, port))
        receiver.line("#2")
        self.assertEqual(len(receiver.stdout), 2)

    def test_it_does_not_hear_what_is_sent_to_this_host_alone(self):
        receiver, port = self.receive()
        self.sender().sendto(b"1 not for the group", ("127.0.0.1", port))
        self.send(port, "for the group\n")
        receiver.line("#1: for the group")
        self.assertEqual(len(receiver.stdout), 2)

    def test_one_source_only(self):
        receiver, port = self.receive("--source", "127.0.0.2")
        all_of_them = self.start("mcast_receiver", "-p", port)
        all_of_them.line("listening")
        self.sender("127.0.0.1").sendto(b"1 unwanted", (GROUP, port))
        self.sender("127.0.0.2").sendto(b"2 wanted", (GROUP, port))
        receiver.line("#2: wanted")
        all_of_them.line("#1: unwanted")
        all_of_them.line("#2: wanted")
        receiver.stop()
        self.assert_lines(receiver.stdout[1:], [r"127.0.0.2:\d+ #2: wanted", r"127.0.0.2:\d+: " + counts(1, 0, 0, 0, 0, 0),
                                                "1 sender: " + counts(1, 0, 0, 0, 0, 0)])

    def test_one_source_of_our_own_senders(self):
        receiver, port = self.receive("--source", "127.0.0.2")
        self.send(port, "unwanted\n")
        self.send(port, "wanted\n", "-i", "127.0.0.2")
        receiver.line("#1")
        self.assertRegex(receiver.stdout[1], r"^127.0.0.2:\d+ #1: wanted$")

    def test_the_interface_by_name_and_by_address(self):
        name = socket.if_indextoname(1)
        for interface in (name, "127.0.0.1"):
            receiver, port = self.receive("-i", interface, "-n", 1)
            sender = self.send(port, "hola\n", "-i", interface)
            self.assertRegex(sender.stderr[0], f" through {name} as 127.0.0.1:")
            receiver.ends()

    def test_the_port_is_really_free(self):
        ports = [self.receive()[1] for _ in range(20)]
        self.assertEqual(len(set(ports)), 20)


class ForeignPeers(McastTest):
    def test_a_python_sender(self):
        receiver, port = self.receive()
        s = self.sender()
        for datagram in (b"1 hola", "2 ñandú\n".encode(), b"no number", b"", b"3 \x1b[31m\x00\xff", b"4294967296 too large"):
            s.sendto(datagram, (GROUP, port))
        me = "127.0.0.1:%d" % s.getsockname()[1]
        receiver.line("too large")
        receiver.stop()
        self.assertEqual(receiver.stdout[1:], [
            f"{me} #1: hola", f"{me} #2: ñandú\\n", f"{me}: no number", f"{me}: ", f"{me} #3: \\x1B[31m\\x00\\xFF",
            f"{me}: 4294967296 too large", f"{me}: {counts(6, 0, 0, 0, 0, 3)}", f"1 sender: {counts(6, 0, 0, 0, 0, 3)}"])

    def test_a_python_receiver(self):
        s = self.receiver()
        port = s.getsockname()[1]
        self.send(port, "hola\n\x00\x1b\xff\n".encode("latin-1"))
        self.assertEqual([s.recv(100), s.recv(100)], [b"1 hola", b"2 \x00\x1b\xff"])
        self.send(port, "hola\n\n", "--raw")
        self.assertEqual([s.recv(100), s.recv(100)], [b"hola", b""])

    def test_the_largest_datagram(self):
        receiver, port = self.receive()
        s = self.sender()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        s.sendto(b"1 " + b"x" * 65505, (GROUP, port))
        self.assertEqual(len(receiver.line("#1: (x+)$")[1]), 65505)

    def test_ttl(self):
        s = self.receiver()
        s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        port = s.getsockname()[1]
        for args, ttl in (((), 1), (("-t", 0), 0), (("--ttl", 255), 255)):
            self.send(port, "hola\n", *args)
            _, ancillary, _, _ = s.recvmsg(100, 100)
            self.assertEqual([int.from_bytes(data, "little") for _, _, data in ancillary], [ttl])


class Counts(McastTest):
    def setUp(self):
        self.s = self.sender()

    def count(self, numbers, last, *figures):
        receiver, port = self.receive("-n", len(numbers))
        for n in numbers:
            self.s.sendto(b"%d x" % n, (GROUP, port))
        receiver.ends()
        self.assertRegex(receiver.stdout[len(numbers)], last)
        self.assert_ends_with(receiver, r"127.0.0.1:\d+: " + counts(*figures), "1 sender: " + counts(*figures) + r", \d+ msg/s")
        return receiver

    def test_a_gap(self):
        self.count([1, 2, 5], r" #5 \(2 missing before it\): x$", 3, 2, 0, 0, 0, 0)

    def test_a_duplicate(self):
        self.count([7, 8, 7], r" #7 \(duplicate\): x$", 3, 0, 1, 0, 0, 0)

    def test_a_late_one_is_a_reordering_and_no_longer_a_loss(self):
        self.count([1, 2, 4, 3], r" #3 \(late\): x$", 4, 0, 0, 1, 0, 0)

    def test_a_sender_that_began_anew_on_the_same_port(self):
        self.count([*range(1, 101), 1, 2], r" #2 \(began anew\): x$", 102, 0, 0, 0, 1, 0)

    def test_many_strangers_are_all_counted(self):
        receiver, port = self.receive("-q", "-n", 241)  # no more than fit into its buffer
        self.s.sendto(b"1 x", (GROUP, port))
        for _ in range(80):
            stranger = self.sender()  # stays open: no port is used twice
            for number in (1, 3, 2):
                stranger.sendto(b"%d x" % number, (GROUP, port))
        receiver.ends()
        self.assertEqual(len(receiver.stdout), 1 + 64 + 1)
        self.assertRegex(receiver.stdout[-1], "^81 senders: " + counts(241, 0, 0, 80, 0, 0))


class Clock(McastTest):
    def test_the_time_each_second(self):
        receiver, port = self.receive("-n", 3)
        self.run_program("mcast_sender", "-p", port, "--clock", "-n", 3)
        receiver.ends()
        times = [datetime.datetime.strptime(line.split(" ", 2)[2], "%Y-%m-%dT%H:%M:%SZ") for line in receiver.stdout[1:4]]
        self.assertLess(abs((times[0] - datetime.datetime.utcnow()).total_seconds()), 60)
        steps = [(later - earlier).total_seconds() for earlier, later in zip(times, times[1:])]
        self.assertTrue(all(step >= 1 for step in steps), times)
        self.assertEqual([line.split()[1] for line in receiver.stdout[1:4]], ["#1:", "#2:", "#3:"])


class OneWay(McastTest):
    def test_both_ends_count(self):
        receiver, port = self.receive("-q", "-n", 100)
        sender = self.run_program("mcast_sender", "-q", "-p", port, "-n", 100, "-s", 200)
        self.assert_lines(sender.stdout, [r"100 sent, 0 failed, of 200 bytes each, \d+ msg/s"])
        receiver.ends()
        self.assertEqual(len(receiver.stdout), 3)
        self.assert_ends_with(receiver, "1 sender: " + counts(100, 0, 0, 0, 0, 0) + r", \d+ msg/s")

    def test_size_and_number(self):
        s = self.receiver()
        for args, beginning, size in ((("-s", 11), b"1 xxx", 11), ((), b"1 xxx", 64), (("-s", 1000, "--raw"), b"xxx", 1000)):
            self.run_program("mcast_sender", "-p", s.getsockname()[1], "-n", 2, *args)
            first, second = s.recv(2000), s.recv(2000)
            self.assertEqual((len(first), len(second)), (size, size))
            self.assertTrue(first.startswith(beginning), first)
            self.assertEqual(second[:1], b"x" if "--raw" in args else b"2")

    def test_lost_and_received_are_all_that_was_sent(self):
        receiver, port = self.receive("-q")
        for _ in range(5):
            self.send(port, "", "-q", "-n", 100000)
        receiver.stop()
        for line in receiver.stdout[1:-1]:
            received, lost = (int(word.split()[0]) for word in line.split(": ")[1].split(", ")[:2])
            self.assertGreater(received, 0)
            self.assertLessEqual(received + lost, 100000)
            self.assertRegex(line, "0 duplicated, 0 reordered, 0 restarts, 0 without a number")

    def wait_for_empty_queue(self, port):
        """Until the receiver has taken all that the kernel held for it: a datagram that comes now finds room."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with open("/proc/net/udp", encoding="ascii") as sockets:
                queues = [line.split()[4] for line in sockets if line.split()[1].endswith(f":{port:04X}")]
            if all(queue.endswith(":00000000") for queue in queues):
                return
            time.sleep(0.01)

    def test_a_gap_shows_when_a_higher_number_comes(self):
        # The exercise of README.md: more comes than the buffer of a stopped receiver holds.
        receiver, port = self.receive()
        receiver.process.send_signal(signal.SIGSTOP)
        sender = self.start("mcast_sender", "-q", "-p", port)
        sender.type("".join(f"{n}\n" for n in range(1, 20001)))
        sender.until_it_waits()
        receiver.process.send_signal(signal.SIGCONT)
        receiver.line("#1: 1$")
        self.wait_for_empty_queue(port)
        sender.type("last\n")
        missing = int(receiver.line(r"#20001 \((\d+) missing before it\): last$")[1])
        self.assertGreater(missing, 0)
        self.assertEqual(len(receiver.stdout), 1 + 20000 - missing + 1)

    def test_the_end_of_a_wait(self):
        receiver, port = self.receive("-w", "0.2")
        self.send(port, "hola\n")
        receiver.ends(0)  # silence is no failure
        self.assertRegex(receiver.stdout[-1], "^1 sender: 1 received")

    def test_fewer_than_asked_for_are_a_failure(self):
        receiver, port = self.receive("-n", 2, "-w", "5")  # the sender's start is within that, on a busy machine, too
        self.send(port, "hola\n")
        receiver.ends(1)
        self.assertRegex(receiver.stdout[-1], "^1 sender: 1 received")


class Stopping(McastTest):
    def test_the_receiver_in_every_state(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            idle, _ = self.receive("-n", 5)
            idle.stop(signo=signo)
            self.assert_ends_with(idle, "0 senders: " + counts(0, 0, 0, 0, 0, 0))
            busy, port = self.receive("-q")
            flood = self.start("mcast_sender", "-q", "-p", port, "-n", 1000000000)
            also_there = self.receiver(port)
            for _ in range(100):
                also_there.recv(100)
            busy.stop(signo=signo)
            self.assertRegex(busy.stdout[-1], "^1 sender: ")
            flood.stop(signo=signo)
            self.assert_lines(flood.stdout, [r"\d+ sent, 0 failed, of 64 bytes each, \d+ msg/s"])

    def test_what_has_come_already_is_still_taken(self):
        receiver, port = self.receive()
        receiver.process.send_signal(signal.SIGSTOP)
        self.send(port, "a\nb\nc\n")
        receiver.process.send_signal(signal.SIGTERM)
        receiver.process.send_signal(signal.SIGCONT)
        receiver.ends()
        self.assert_ends_with(receiver, "1 sender: " + counts(3, 0, 0, 0, 0, 0))

    def test_the_sender_that_waits_for_input(self):
        sender = self.start("mcast_sender", "-p", 5)
        sender.error("sending to")
        sender.type("hola\n")
        sender.line("sent #1: hola")
        sender.stop(signo=signal.SIGINT)
        self.assertEqual(sender.stdout[-1], "1 sent, 0 failed")

    def test_the_clock(self):
        sender = self.start("mcast_sender", "-p", 5, "--clock")
        sender.line("sent #1")
        sender.stop(signo=signal.SIGINT)


if __name__ == "__main__":
    main()
