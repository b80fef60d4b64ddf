"""faulty_link between the sockets of this test, and between pairs of this repository."""
import signal
import socket
import threading

from pair import PATIENCE, PairTest, main


def with_files(limit):
    """What starts a program with so many file descriptors."""
    return ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"]


class LinkTest(PairTest):
    def link(self, server_port, *args, host="127.0.0.1", **popen):
        link, port = self.serve("faulty_link", f"{host}:{server_port}", *args, **popen)
        link.line(r"^seed \d+$")
        return link, port


class Datagrams(LinkTest):
    def setUp(self):
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.bind(("127.0.0.1", 0))
        self.server.settimeout(PATIENCE)
        self.addCleanup(self.server.close)

    def between(self, *args):
        """A link, and a client's socket that is connected to it."""
        link, port = self.link(self.server.getsockname()[1], *args)
        return link, self.client(port)

    def client(self, port):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(client.close)
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", port))
        return client

    @staticmethod
    def send_at_once(link, client, *pieces):
        """However slow we are: the link finds them all there when it goes on."""
        link.process.send_signal(signal.SIGSTOP)
        for piece in pieces:
            client.send(piece)
        link.process.send_signal(signal.SIGCONT)

    def arrived(self, count):
        return [self.server.recv(65536) for _ in range(count)]

    def test_without_faults_every_byte_passes_both_ways_and_clients_are_told_apart(self):
        link, one = self.between()
        other = self.client(one.getpeername()[1])
        for data in (b"hola", b"", bytes(range(256)), b"x" * 60000):
            for client in (one, other):
                client.send(data)
                got, address = self.server.recvfrom(65536)
                self.assertEqual(got, data)
                self.server.sendto(data[::-1], address)
                self.assertEqual(client.recv(65536), data[::-1])
        link.stop()
        self.assertEqual(link.stdout[2:], ["to server 8, to client 8: 0 dropped, 0 duplicated, 0 delayed, 0 reordered"])

    def test_named_faults(self):
        link, client = self.between("--drop-nth", "2,r1", "--duplicate-nth", "3", "--delay-nth", "4:1ms")
        for data in (b"1", b"2", b"3", b"4"):
            client.send(data)
        self.assertEqual(sorted(self.arrived(4)), [b"1", b"3", b"3", b"4"])
        client.send(b"5")
        _, address = self.server.recvfrom(100)
        for data in (b"a", b"b"):
            self.server.sendto(data, address)
        self.assertEqual(client.recv(100), b"b")
        link.stop()
        self.assertEqual(sorted(link.stdout[2:-1]), ["to client 1: dropped", "to server 2: dropped", "to server 3: duplicated",
                                                     "to server 4: delayed 1.0 ms"])
        self.assertEqual(link.stdout[-1], "to server 5, to client 2: 2 dropped, 1 duplicated, 1 delayed, 0 reordered")

    def test_delayed_ones_are_overtaken_and_arrive_when_due(self):
        link, client = self.between("--delay-nth", "1:300ms,2:150ms")
        self.send_at_once(link, client, b"1", b"2", b"3")
        self.assertEqual(self.arrived(3), [b"3", b"2", b"1"])

    def test_held_back_until_the_next_has_passed_and_not_for_ever(self):
        link, client = self.between("--reorder", "50%", "--seed", "3")
        self.send_at_once(link, client, *(b"%d" % n for n in range(20)))
        got = [int(data) for data in self.arrived(20)]
        link.stop()
        held = {int(line.split()[2][:-1]) - 1 for line in link.stdout if line.endswith("held back")}
        self.assertTrue(5 <= len(held) <= 15)
        waiting, expected = [], []
        for n in range(20):
            if n in held:
                waiting.append(n)
            else:
                expected += [n, *waiting]
                waiting = []
        self.assertEqual(got, expected + waiting)

    def faults(self, seed):
        """What happens to 100 datagrams."""
        link, client = self.between("--seed", seed, "--drop", "10%", "--duplicate", "10%", "--reorder", "10%", "--delay",
                                    "0ms..1ms", "--drop-nth", 100)
        for n in range(100):
            client.send(b"%d" % n)
        link.line("^to server 100: dropped$")
        link.stop()
        self.assertEqual(link.stdout[1], f"seed {seed}")
        return link.stdout

    def test_the_same_seed_makes_the_same_faults(self):
        first, second, other = self.faults(7), self.faults(7), self.faults(8)
        self.assertEqual(first[1:], second[1:])
        self.assertNotEqual(first[2:], other[2:])
        self.assertRegex(first[-1], r"^to server 100, to client 0: (\d{1,2}) dropped, (\d{1,2}) duplicated, \d\d delayed,")

    def test_one_way_spares_the_way_back(self):
        link, client = self.between("--drop", "100%", "--oneway")
        client.send(b"lost")
        link.line("^to server 1: dropped$")
        link, client = self.between("--duplicate", "100%", "--oneway")
        client.send(b"x")
        _, address = self.server.recvfrom(100)
        self.server.recv(100)
        self.server.sendto(b"y", address)
        self.assertEqual(client.recv(100), b"y")
        link.stop()
        self.assertRegex(link.stdout[-1], "^to server 1, to client 1: 0 dropped, 1 duplicated")

    def test_a_server_that_is_down_is_silence_and_that_comes_back_is_heard(self):
        self.server.close()
        own = ("127.77.0.1", 12350)  # an address that no other test has: its port is still there later
        link, link_port = self.link(own[1], host=own[0])
        client = self.client(link_port)
        client.send(b"nobody")
        client.send(b"nobody")
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.bind(own)
        self.server.settimeout(PATIENCE)
        client.send(b"again")
        while (data := self.server.recv(100)) == b"nobody":  # the link may have been slower than this test
            pass
        self.assertEqual(data, b"again")
        self.server.close()
        link.stop()

    def test_every_address_of_the_servers_name_is_tried(self):
        server, port = self.serve("reqrep_server")
        _, link_port = self.link(port, host="localhost")
        self.run_program("reqrep_client", "-p", link_port, text="deposit 1\n")
        server.line("request 1 deposit 1: executed")
        server.stop()
        self.assertRegex(server.stdout[-1], "^received 1, executed 1,")

    def test_more_clients_than_it_has_room_for(self):
        _, first = self.between("-q")
        for n in range(300):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.connect(first.getpeername())
            with client:
                client.send(b"%d" % n)
                self.assertEqual(self.server.recv(100), b"%d" % n)
        first.send(b"still here")
        self.assertEqual(self.server.recv(100), b"still here")

    def test_few_file_descriptors_are_shared_by_all_clients(self):
        for limit in (12, 257):
            _, port = self.link(self.server.getsockname()[1], "-q", under=with_files(limit))
            for n in range(limit + 10):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.connect(("127.0.0.1", port))
                    client.send(b"%d" % n)
                    self.assertEqual(self.server.recv(100), b"%d" % n)


class Connections(LinkTest):
    def test_bytes_pass_both_ways_and_so_does_each_end(self):
        server, port = self.serve("tcp_server")
        link, link_port = self.link(port, "--tcp")
        client = self.run_program("tcp_client", "-p", link_port, "-q", "127.0.0.1", text="hola\n")
        self.assertEqual(client.stdout[-1], "hola")
        server.line("left after 5 bytes")
        link.line(r"^connection 1 ended: 5 bytes to server, \d+ to client$")
        link.stop()
        self.assertEqual(link.stdout[-1], "1 connection, 0 cut, 0 half open")

    def test_much_passes_in_order_also_late_and_to_one_who_does_not_read_at_first(self):
        _, port = self.serve("tcp_server", "-q", "--no-welcome")
        _, link_port = self.link(port, "--tcp", "--delay", "0ms..2ms", "-q")
        data = b"".join(b"%d\n" % n for n in range(200000))
        with socket.create_connection(("127.0.0.1", link_port), PATIENCE) as s:
            writer = threading.Thread(target=lambda: (s.sendall(data), s.shutdown(socket.SHUT_WR)))
            writer.start()
            got = b""
            while piece := s.recv(65536):
                got += piece
            writer.join()
        self.assertEqual(got, data)

    def echoed(self, *args, size=1000):
        """What comes back of so many bytes through a link."""
        _, port = self.serve("tcp_server", "-q", "--no-welcome")
        link, link_port = self.link(port, "--tcp", *args)
        s = socket.create_connection(("127.0.0.1", link_port), PATIENCE)
        self.addCleanup(s.close)
        s.sendall(b"x" * size)
        return link, s

    def test_cut(self):
        link, s = self.echoed("--cut-after", 1500)
        got = b""
        with self.assertRaises(ConnectionResetError):
            while piece := s.recv(1000):
                got += piece
        self.assertLessEqual(len(got), 500)  # a reset overtakes what was sent before
        link.line("^connection 1: cut after 1500 bytes$")
        link.stop()
        self.assertEqual(link.stdout[-1], "1 connection, 1 cut, 0 half open")

    def test_half_open(self):
        link, s = self.echoed("--half-open-after", 1200)
        got = b""
        while len(got) < 200:
            got += s.recv(1000)
        link.line("^connection 1: half open after 1200 bytes: nothing passes any more$")
        s.sendall(b"y" * 1000)
        s.shutdown(socket.SHUT_WR)
        s.settimeout(0.2)
        with self.assertRaises(TimeoutError):  # nothing, not even an end
            s.recv(1)
        link.stop()
        self.assertEqual(link.stdout[-1], "1 connection, 0 cut, 1 half open")

    def test_half_open_nobody_is_told_of_a_reset_either(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE)
            link, port = self.link(listener.getsockname()[1], "--tcp", "--half-open-after", 4)
            for number in (1, 3):
                client = socket.create_connection(("127.0.0.1", port), PATIENCE)
                server, _ = listener.accept()
                client.sendall(b"hola")
                link.line(f"^connection {number}: half open after 4 bytes")
                self.assertEqual(server.recv(4), b"hola")
                first, other = (client, server) if number == 1 else (server, client)
                first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                first.close()
                with socket.create_connection(("127.0.0.1", port), PATIENCE):
                    listener.accept()[0].close()  # the link was here, so it has seen the reset
                other.setblocking(False)
                with self.assertRaises(BlockingIOError):
                    other.recv(1)
                other.close()
                link.line(f"^connection {number} ended: 4 bytes to server, 0 to client")

    def test_trickle(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        _, port = self.link(listener.getsockname()[1], "--tcp", "--trickle", 3)
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
            s, _ = listener.accept()
            with s:
                client.sendall(b"0123456789")
                client.shutdown(socket.SHUT_WR)
                pieces = []
                while piece := s.recv(100):
                    pieces.append(piece)
        self.assertEqual(b"".join(pieces), b"0123456789")
        self.assertGreater(len(pieces), 1)  # four, unless we were too slow to see them apart

    def test_delays_are_told(self):
        link, s = self.echoed("--delay", "1ms", "--oneway")
        got = b""
        while len(got) < 1000:
            got += s.recv(1000)
        link.line(r"^connection 1 to server 1: \d+ bytes delayed 1\.0 ms$")
        link.stop()
        self.assertNotIn("to client 1", "\n".join(link.stdout))

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        link, link_port = self.link(port, "--tcp")
        with socket.create_connection(("127.0.0.1", link_port), PATIENCE) as s:
            self.assertEqual(s.recv(1), b"")
        link.error(r"connection 1: connect to the server \(is it running\?\): Connection refused")
        link.stop()
        self.assertEqual(link.stdout[2:], ["connection 1", "1 connection, 0 cut, 0 half open"])

    def test_few_file_descriptors(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.assert_fails(1, "limit of 11 open files is too low for a connection .*ulimit -n 1024", "faulty_link", "--tcp",
                              "-p", 0, "localhost:1", under=with_files(11))
            for limit, most in ((15, 2), (257, 123), (258, 124)):
                link, port = self.link(listener.getsockname()[1], "--tcp", under=with_files(limit))
                pairs = []
                for number in range(1, most + 1):
                    client = socket.create_connection(("127.0.0.1", port), PATIENCE)
                    link.line(f"^connection {number}$")
                    pairs.append((client, listener.accept()[0]))
                with socket.create_connection(("127.0.0.1", port), PATIENCE) as one_more:
                    self.assertEqual(one_more.recv(1), b"")
                link.error(f"more than {most} connections at once: one is turned away")
                pairs[-1][1].sendall(b"hola")
                self.assertEqual(pairs[-1][0].recv(4), b"hola")
                for side in pairs.pop(0):
                    side.close()
                link.line("^connection 1 ended")  # which makes room for another
                pairs.append((socket.create_connection(("127.0.0.1", port), PATIENCE), listener.accept()[0]))
                link.line(f"^connection {most + 1}$")
                for pair in pairs:
                    for side in pair:
                        side.close()
                link.stop()

    def test_an_accept_that_fails_does_not_make_it_spin(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            taken = "".join(f"exec {fd}</dev/null; " for fd in range(4, 10))  # descriptors that the link did not open
            link, port = self.link(listener.getsockname()[1], "--tcp", under=["sh", "-c", f'ulimit -n 13; {taken}exec "$@"', "sh"])
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
                link.error("accept: Too many open files|connect to the server .*Too many open files")
                link.until_it_waits()
                with open(f"/proc/{link.pid}/stat", encoding="ascii") as stat:
                    before = stat.read().rpartition(") ")[2].split()[11:13]  # user and system time, in ticks
                client.settimeout(0.3)
                try:
                    client.recv(1)
                except TimeoutError:
                    pass
                with open(f"/proc/{link.pid}/stat", encoding="ascii") as stat:
                    after = stat.read().rpartition(") ")[2].split()[11:13]
                self.assertLess(sum(map(int, after)) - sum(map(int, before)), 10)  # of 30
            link.stop()

    def test_stopping_with_connections(self):
        link, s = self.echoed("--delay", "60s")
        link.line("delayed")
        link.stop()


if __name__ == "__main__":
    main()
