"""Malformed, huge and slow requests to rpc_server: each gets a fault or an HTTP error, in bounded time and memory, and the
other clients are served."""
import http.client
import queue
import re
import socket
import threading
import time
import unittest
import xmlrpc.client

from pair import PATIENCE, PairTest, main
from raw_http import RawHttpTest

CALL = xmlrpc.client.dumps((2,), "is_even").encode()
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(CALL) + CALL


class HostileBase(RawHttpTest):
    def setUp(self):
        self.server, self.port = self.serve("rpc_server", "-q", *self.options())

    def options(self):
        return ["-w", "3", *(["--workers", "0"] if "threads" in self.id() else [])]

    def tearDown(self):
        """After every test the server still serves, and ends when it is asked to."""
        with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{self.port}/") as s:
            self.assertEqual(s.convertir(1, "mi", "m"), 1609.344)
        self.server.stop()

    def raw(self, data, half_close=True):
        return super().raw(data, half_close)

    def post(self, body, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(c.close)
        c.request("POST", "/RPC2", body, headers or {})
        answer = c.getresponse()
        return answer.status, answer.read()

    def fault(self, body):
        status, answer = self.post(body)
        self.assertEqual(status, 200)
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            xmlrpc.client.loads(answer)
        return caught.exception

    def peak_kib(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


class Hostile(HostileBase):
    def test_malformed_xml(self):
        for body in (b"", b"hola", b"<", b"<methodCall>", b"<methodCall/>", b"<a></b>", CALL[:-10], CALL + b"x", b"\xff\xfe",
                     b"<methodCall><methodName>\xff</methodName></methodCall>", b"<methodCall><methodName/></methodCall>",
                     CALL.replace(b"2", b"99999999999"), CALL.replace(b"2", b"x"), CALL.replace(b"int>", b"nope>"),
                     "<?xml version='1.0' encoding='utf-16'?><methodCall/>".encode("utf-16")):
            with self.subTest(body=body):
                self.assertIn(self.fault(body).faultCode, (-503, -510, -506, -501))

    def test_entities_that_grow(self):
        laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 20))
        body = CALL.replace(b"<methodCall>", f"<!DOCTYPE a [<!ENTITY l0 'ha'>{laughs}]><methodCall>".encode())
        body = body.replace(b"is_even", b"&l19;")
        start = time.monotonic()
        self.assertRegex(self.fault(body).faultString, "document type")
        self.assertLess(time.monotonic() - start, PATIENCE)
        self.assertLess(self.peak_kib(), 600_000)

    def test_external_entities(self):
        body = b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + CALL[CALL.index(b"<methodCall>"):]
        self.assertRegex(self.fault(body).faultString, "document type")

    def test_deep_nesting(self):
        for open_, close in ((b"<a>", b"</a>"), (b"<value><array><data>", b"</data></array></value>"),
                             (b"<value><struct><member><name>a</name>", b"</member></struct></value>")):
            depth = 500_000 // len(open_ + close)
            self.assertRegex(self.fault(open_ * depth + close * depth).faultString, "nested too deeply")
            self.assertRegex(self.fault(open_ * depth).faultString, "nested too deeply")
        value = b"<value><array><data>" * 70 + b"</data></array></value>" * 70
        self.fault(b"<methodCall><methodName>is_even</methodName><params><param>" + value + b"</param></params></methodCall>")

    def test_large_bodies(self):
        limit = 512 * 1024
        self.assertEqual(self.post(b" " * (10 << 20))[0], 413)
        self.assertEqual(self.post(b" " * (limit + 1))[0], 413)
        self.assertEqual(self.post(CALL + b" " * (limit - len(CALL)))[0], 200)
        self.assertEqual(self.post(iter([b" " * 65536] * 160))[0], 413)  # chunked: the length is not known before
        self.assertLess(self.peak_kib(), 600_000)

    def test_a_body_that_is_permitted_is_understood_whatever_it_holds(self):
        """Doubles get longer before they are parsed. A call of the permitted size must still fit."""
        double, end = b"<value><double>1</double></value>", b"</data></array></value></param></params></methodCall>"
        call = b"<value><struct><member><name>methodName</name><value>convertir</value></member><member><name>params</name>" \
               b"<value><array><data>%s</data></array></value></member></struct></value>"
        right = call % (double + b"<value>m</value><value>cm</value>")
        for size, count in ((515_000, 5000), (512 * 1024, 15_000)):
            body = b"<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>"
            body += right + call % (double * (count - 1))
            body += b" " * (size - len(body + end)) + end
            status, answer = self.post(body)
            self.assertEqual((status, len(body)), (200, size))
            ((first, second),), _ = xmlrpc.client.loads(answer)
            self.assertEqual((first, second["faultCode"]), ([100.0], -502))

    def test_the_calls_of_one_request_are_bounded(self):
        many = xmlrpc.client.dumps(([{"methodName": "is_even", "params": [2]}] * 2000,), "system.multicall").encode()
        status, answer = self.post(many)
        ((*answers,),), _ = xmlrpc.client.loads(answer)
        self.assertEqual((status, answers[:1024]), (200, [["Par"]] * 1024))
        self.assertEqual({a["faultCode"] for a in answers[1024:]}, {-509})
        self.assertRegex(answers[1024]["faultString"], "not called: one request calls at most 1024 procedures")

    def test_a_length_that_is_no_number(self):
        for length in (b"-1", b"x", b"99999999999999999999999", b"1e3", b"5, 6"):
            answer = self.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\nxxxxx")
            self.assertRegex(answer.split(b"\r\n")[0] if answer else b"closed", rb"HTTP/1\.[01] 4\d\d|closed")

    def test_no_length(self):
        answer = self.raw(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n" + CALL)
        self.assertRegex(answer, rb"^HTTP/1\.1 411 Length Required\r\n(.*\r\n)*Connection: close\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1"), 1)

    def test_chunked(self):
        status, answer = self.post(iter([CALL[:10], CALL[10:]]))
        self.assertEqual((status, xmlrpc.client.loads(answer)[0]), (200, ("Par",)))
        self.assertRegex(self.raw(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n") or b"closed",
                         rb"^HTTP/1\.1 400|^closed")

    def test_other_methods_and_paths(self):
        for line, status in ((b"PUT / HTTP/1.1", 405), (b"DELETE /RPC2 HTTP/1.1", 405), (b"GET /x HTTP/1.1", 404),
                             (b"BREW / HTTP/1.1", 405), (b"POST /../RPC2 HTTP/1.1", 404)):
            answer = self.raw(line + b"\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            self.assertRegex(answer, rb"^HTTP/1\.1 %d " % status)
            self.assertEqual(b"\r\nAllow: GET, HEAD, POST\r\n" in answer, status == 405)

    def test_what_is_no_http(self):
        for data in (b"\0" * 1000, b"hola\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /" + b"a" * 100_000, b"\r\n" * 10_000,
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n"):
            try:
                self.assertRegex(self.raw(data) or b"closed", rb"^HTTP/1\.[01] 4\d\d|^closed")
            except OSError:
                pass  # the server ended the connection first

    def test_a_pipeline_of_calls_is_answered_in_order(self):
        self.assertEqual(self.raw(REQUEST * 50).count(b"<string>Par</string>"), 50)


class Slow(HostileBase):
    """With a short time limit. The other tests show that nothing is ended too early."""

    def options(self):
        return [*super().options(), "-w", "0.5"]

    def test_a_request_that_drips(self):
        self.drip(b"POST /RPC2 HTTP/1.1\r\n" + b"X-Header: y\r\n" * 1000)

    def test_a_body_that_drips(self):
        self.drip(b"POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000)

    def test_a_request_that_drips_with_threads(self):
        self.drip(b"POST /RPC2 HTTP/1.1\r\n" + b"X-Header: y\r\n" * 1000)

    def drip(self, data):
        """One byte after each answer to another client: the request always moves on, and never ends."""
        slow = self.connect()
        with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{self.port}/") as other:
            for byte in data:
                try:
                    slow.sendall(bytes([byte]))
                except ConnectionError:
                    return
                self.assertEqual(other.is_even(2), "Par")
                slow.settimeout(0.01)
                try:
                    self.assertEqual(slow.recv(1), b"")
                    return  # the server ended the connection
                except socket.timeout:
                    pass
                except ConnectionError:
                    return
        self.fail("the server let it drip for ever")

    def test_half_open_and_silent_connections(self):
        for data in (b"", b"P", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"):
            s = self.connect()
            s.sendall(data)
            try:
                self.assertRegex(s.recv(100) or b"closed", b"^closed|^HTTP/1.1 4")
            except ConnectionError:
                pass

    def test_a_client_that_does_not_read(self):
        many = xmlrpc.client.dumps(([{"methodName": "unidades", "params": []}] * 1000,), "system.multicall").encode()
        s = self.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(many) + many
        s.sendall(request)
        with self.assertRaises(ConnectionError):  # the server ended it; it is no timeout of the test
            for _ in range(1000):
                s.sendall(request)


    def test_a_client_that_ended_its_side(self):
        """In the middle of a request, and after one: no more bytes can come, and the server soon ends the connection."""
        for data in (b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", REQUEST):
            with self.subTest(data=data):
                self.assertEqual(self.raw(data).count(b"Par"), data == REQUEST)


class Many(PairTest):
    def test_no_client_of_64_is_forgotten(self):
        """Each client makes 400 calls, so one call takes about 1/400 of the run. A server that forgets a client while it serves
        others makes one call a large part of the run. Load of the machine stretches both alike."""
        _, port = self.serve("rpc_server", "-q")
        told = self.run_program("rpc_client", "-p", port, "-n", 25600, "--concurrency", 64).stdout[-1]
        slowest, rate = map(float, re.fullmatch(r".*/([\d.]+) us, (\d+) msg/s", told).groups())
        self.assertLess(slowest / 1e6, 25600 / rate / 3, told)

    def test_a_thousand_connections(self):
        for workers in (["--workers", "2"], ["--workers", "0"]):
            server, port = self.serve("rpc_server", "-q", "-w", 10 * PATIENCE, *workers)  # the first waits for the thousandth
            connections = []
            for _ in range(1000):
                connections.append(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
                self.addCleanup(connections[-1].close)
            for s in connections:
                s.sendall(REQUEST)
            for s in connections:
                answer = b""
                while not answer.endswith(b"</methodResponse>\r\n"):
                    piece = s.recv(65536)
                    self.assertTrue(piece, answer)
                    answer += piece
                self.assertIn(b"Par", answer)
            for s in connections:
                s.close()
            server.stop()
            self.assertEqual(server.stdout[-1], "served 1000 requests on 1000 connections, 0 refused")

    def test_where_there_is_no_room_others_wait(self):
        """44 files may be open, and 40 are for the server's own use: four clients."""
        for workers in (["--workers", "2"], ["--workers", "0"]):
            server, port = self.serve("rpc_server", "-q", "-w", PATIENCE, *workers, under=("prlimit", "--nofile=44:44"))
            clients = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(6)]
            for s in clients:
                self.addCleanup(s.close)
                s.sendall(REQUEST)
            for s in clients[:4]:
                self.assertIn(b"Par", s.recv(65536))
            clients[4].settimeout(0.2)
            with self.assertRaises(socket.timeout):
                clients[4].recv(1)
            clients[4].settimeout(PATIENCE)
            for leaves, waits in ((0, 4), (2, 5)):
                clients[leaves].close()
                self.assertIn(b"Par", clients[waits].recv(65536))
            server.stop()

    def test_clients_that_arrive_while_it_ends(self):
        """The server ends with status 0, at whatever moment it is asked to."""
        def arrive(port, answered, over):
            while not over.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
                        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        if s.recv(1):
                            answered.put(True)
                except ConnectionError:
                    pass  # it ends

        for workers in (["--workers", "2"], ["--workers", "0"]) * 5:
            server, port = self.serve("rpc_server", *workers)
            answered, over = queue.Queue(), threading.Event()
            clients = [threading.Thread(target=arrive, args=(port, answered, over)) for _ in range(4)]
            for client in clients:
                client.start()
            try:
                for _ in range(20):
                    answered.get(timeout=PATIENCE)
                server.stop()
            finally:
                over.set()
                for client in clients:
                    client.join()


if __name__ == "__main__":
    main()
