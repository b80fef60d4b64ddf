"""The HTTP server of http/, through http_echo_server: what it promises, and what strangers may send. Raw sockets."""
import http.client
import os
import re
import socket
import struct
import subprocess
import threading
import time

from pair import BIN, PATIENCE, main
from raw_http import RawHttpTest

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def post(body, path=b"/", more=b""):
    return b"POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n" % (path, more, len(body)) + body


def read_response(s, head_only=False):
    """One response: the bytes of its head, and its body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = s.recv(1)
        if not byte:
            raise ConnectionError(head)
        head += byte
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    left, body = int(length[1]) if length and not head_only else 0, b""
    while len(body) < left:
        piece = s.recv(left - len(body))
        if not piece:
            raise ConnectionError(body)
        body += piece
    return head, body


class HttpTest(RawHttpTest):
    ARGS = ("-q",)

    def setUp(self):
        self.server, self.port = self.serve("http_echo_server", *self.ARGS)

    def ends_with(self, connections, requests, refused):
        self.server.stop()
        self.assertEqual(self.server.stdout[-1], f"{connections} connections, {requests} requests, {refused} refused")


class Promises(HttpTest):
    def test_any_method_path_parameter_header_and_status(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(c.close)
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "BREW"):
            for status in (200, 201, 404, 599):
                c.request(method, f"/status/{status}?p=%C3%B1+%26&q=", b"hola", {"X-HEADER": "h"})
                answer = c.getresponse()
                self.assertEqual((answer.status, answer.getheader("X-Parameter").encode("latin-1"), answer.getheader("X-Header")),
                                 (status, "ñ &".encode(), "h"))
                self.assertRegex(answer.read().decode(), rf"^{method} /status/{status} 127\.0\.0\.1:\d+\nhola$")
        self.ends_with(1, 24, 0)

    def test_a_path_is_decoded(self):
        with self.connect() as s:
            s.sendall(b"GET /a%20%C3%B1?x HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn("GET /a ñ 127".encode(), read_response(s)[1])

    def test_head_is_get_without_the_body(self):
        with self.connect() as s:
            s.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
            head, _ = read_response(s, head_only=True)
            head_of_get, body = read_response(s)
            self.assertEqual(re.sub(rb"Date: .*", b"", head), re.sub(rb"Date: .*", b"", head_of_get))
            self.assertTrue(body.startswith(b"GET / 127"))

    def test_responses_without_a_body(self):
        with self.connect() as s:
            for path, status, length in ((b"/silence", 200, b"0"), (b"/status/204", 204, None), (b"/status/304", 304, b"33")):
                s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
                head, _ = read_response(s, head_only=True)
                self.assertTrue(head.startswith(b"HTTP/1.1 %d " % status))
                told = re.search(rb"Content-Length: (\d+)", head)
                self.assertEqual(told and re.sub(rb"3\d", b"33", told[1]), length)

    def test_a_handlers_refusal_is_printed_and_counted(self):
        server, self.port = self.serve("http_echo_server")
        answer = self.raw(b"GET /refused HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertRegex(answer, rb"^HTTP/1\.1 405 (.*\r\n)*Allow: GET, HEAD, POST\r\n")
        self.assertRegex(answer, rb"\r\nConnection: close\r\n")
        self.assertTrue(answer.endswith(b"\r\n\r\nnot \x1b[2J\n"))
        server.line(r"^127\.0\.0\.1:\d+ refused with HTTP 405: not \\x1B\[2J$")
        server.stop()
        self.assertEqual(server.stdout[-1], "1 connections, 1 requests, 1 refused")

    def test_a_pipeline_is_answered_in_order(self):
        with self.connect() as s:
            s.sendall(b"".join(post(b"%d" % n) for n in range(50)))
            for n in range(50):
                self.assertTrue(read_response(s)[1].endswith(b"\n%d" % n))

    def test_chunked_and_large_bodies(self):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(c.close)
        for body, status in ((iter([b"ab", b"c"]), 200), (b"x" * 524288, 200), (b"x" * 524289, 413), (iter([b"y" * 60000] * 9), 413)):
            c.request("POST", "/", body)
            answer = c.getresponse()
            self.assertEqual(answer.status, status)
            text = answer.read()
            if status == 413:
                self.assertEqual(text, b"a request's body is at most 524288 bytes long\n")


class Ambiguous(HttpTest):
    """Requests that two programs could understand differently: 400, and nothing of what follows is read as a request."""

    def refused(self, head, why, status=400):
        with self.subTest(head=head):
            answer = self.raw(head + b"\r\n" + GET)
            self.assertRegex(answer, rb"^HTTP/1\.1 %d (.*\r\n)*Connection: close\r\n" % status)
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1)
            self.assertRegex(answer, why)

    def test_a_nul_in_the_url(self):
        for line in (b"GET /RPC2%00evil HTTP/1.1\r\n", b"GET /?a=%00 HTTP/1.1\r\n", b"GET /%00 HTTP/1.0\r\n"):
            self.refused(line + b"Host: x\r\n", b"NUL")

    def test_lengths(self):
        post_line = b"POST / HTTP/1.1\r\nHost: x\r\n"
        self.refused(post_line + b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length stands there more than once")
        self.refused(post_line + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"contradict")
        self.refused(post_line + b"Transfer-Encoding: chunked\r\ncontent-length: 5\r\n", b"contradict")
        self.refused(post_line + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"more than once")
        self.refused(post_line + b"Transfer-Encoding: gzip, chunked\r\n", b"only Transfer-Encoding", 501)
        self.refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", b"HTTP/1.0")
        for length in (b"-1", b"x", b"99999999999999999999999", b"1e3", b"5, 6", b"5\r\nContent-Length : 6"):
            answer = self.raw(post_line + b"Content-Length: " + length + b"\r\n\r\nxxxxx")
            self.assertRegex(answer or b"closed", rb"^HTTP/1\.[01] 4\d\d|^closed")

    def test_host(self):
        self.refused(b"GET / HTTP/1.1\r\n", b"Host is missing")
        self.refused(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n", b"Host stands there more than once")
        self.assertRegex(self.raw(b"GET / HTTP/1.0\r\n\r\n"), rb"^HTTP/1\.1 200 ")

    def test_they_are_counted(self):
        self.refused(b"GET / HTTP/1.1\r\n", b"missing")
        self.ends_with(1, 1, 1)


class Wire(HttpTest):
    ARGS = ("--wire", "-q")

    def shows_what_is_sent(self, request, head_only=False, half_close=False):
        with self.connect() as s:
            s.sendall(request)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            head, body = read_response(s, head_only)
        shown = int(self.server.line(rf"answer: (\d+) bytes of HTTP head, {len(body)} bytes of body$")[1])
        at = len(self.server.stdout) - 1 - next(i for i, line in enumerate(reversed(self.server.stdout)) if " answer: " in line)
        lines = head.decode().split("\r\n")[:-1]
        self.server.line(rf"^< {re.escape(body.decode().split(chr(10))[-1])}$" if body else "^< $")
        self.assertEqual([line[2:] for line in self.server.stdout[at + 1:at + 1 + len(lines)]], lines)
        self.assertEqual(shown, len(head))
        for name in (b"Date", b"Connection", b"Content-Length"):
            self.assertLessEqual(head.count(b"\r\n" + name + b": "), 1)
        return head

    def test_the_head_of_every_kind_of_response(self):
        for request in (GET, post(b"hola"), b"GET /status/299 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /refused HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", b"GET /silence HTTP/1.1\r\nHost: x\r\n\r\n"):
            self.shows_what_is_sent(request)

    def test_the_connections_last_response(self):
        for request in (GET.replace(b"\r\n\r\n", b"\r\nConnection: x, Close\r\n\r\n"), b"GET / HTTP/1.0\r\n\r\n",
                        b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n"):
            self.assertIn(b"\r\nConnection: close\r\n", self.shows_what_is_sent(request))

    def test_a_client_that_ended_its_side(self):
        self.shows_what_is_sent(GET, half_close=True)

    def test_responses_without_a_body(self):
        for request in (GET.replace(b"GET", b"HEAD"), GET.replace(b"/ ", b"/status/304 "), GET.replace(b"/ ", b"/status/204 ")):
            self.shows_what_is_sent(request, head_only=True)


class Time(HttpTest):
    ARGS = ("-q", "-w", "0.5")

    def test_an_idle_connections_time_does_not_count_against_its_next_request(self):
        """Idle for most of the limit, then a request that takes its time: each is within the limit, both together exceed it.
        A machine that is too slow for that shows nothing, so the test measures itself and tries again."""
        limit, idle, request = 2, 1.5, 0.8
        ports = [self.serve("http_echo_server", "-q", "-w", limit, "--workers", workers)[1] for workers in (2, 0)]
        for _ in range(10):
            clients, begin = [], time.monotonic()
            for self.port in ports * 2:  # half of them idle after a request, half since they came
                clients.append(self.connect())
            for s in clients[:2]:
                s.sendall(GET)
                read_response(s)
            time.sleep(idle)
            for s in clients:
                s.sendall(GET[:3])
            idle_took, began = time.monotonic() - begin, time.monotonic()
            time.sleep(request)
            try:
                for s in clients:
                    s.sendall(GET[3:])
            except ConnectionError:
                pass  # it is cut: read_response() tells
            if idle_took < limit - 0.1 and time.monotonic() - began < limit - 0.1:
                for s in clients:
                    self.assertTrue(read_response(s)[0].startswith(b"HTTP/1.1 200"))
                return
        self.fail("this machine is too slow")

    def test_silent_and_unfinished_requests_are_closed(self):
        clients = []
        for data in (b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", post(b"x" * 10)[:-5], GET + b"G"):
            clients.append(self.connect())
            clients[-1].sendall(data)
        for s in clients:
            while s.recv(65536):
                pass

    def test_a_request_that_drips(self):
        for head in (b"GET /" + b"a" * 5000, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 900):
            slow, other = self.connect(), self.connect()
            with self.assertRaises(ConnectionError):
                for byte in head:
                    slow.sendall(bytes([byte]))
                    other.sendall(GET)
                    read_response(other)
                    slow.settimeout(0.005)
                    try:
                        if slow.recv(1) == b"":
                            raise ConnectionError
                    except TimeoutError:
                        pass

    def test_a_client_that_does_not_read(self):
        s = self.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b"GET /length/20000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        with self.assertRaises(ConnectionError):
            while True:
                s.sendall(GET)

    def test_a_handler_may_take_longer_than_a_request(self):
        server, self.port = self.serve("http_echo_server", "-q", "-w", "0.5", "--workers", 0)
        working, idle = self.connect(), self.connect()
        working.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        server.line("^handling$")
        self.assertEqual(idle.recv(1), b"")  # its time is over
        server.type(".")
        self.assertNotIn(b"Connection: close", read_response(working)[0])


class Leaving(HttpTest):
    """A handler that asks whether its client has left."""

    def test_however_it_leaves(self):
        """Closed, reset, half-closed, and with bytes of a next request before the end: in a pool, and with a thread of its own."""
        def reset(s):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()

        def half_close(s):
            s.shutdown(socket.SHUT_WR)

        def more_and_close(s):
            s.sendall(GET)
            s.close()

        for workers in (2, 0):
            server, self.port = self.serve("http_echo_server", "--workers", workers)
            for leave in (socket.socket.close, reset, half_close, more_and_close):
                s = self.connect()
                s.sendall(b"GET /leave HTTP/1.1\r\nHost: x\r\n\r\n")
                server.line("^handling$")  # it is still there
                leave(s)
                server.line("^the client left$")
            server.stop()


class Stop(HttpTest):
    def test_a_request_in_hand_is_answered_before_the_end(self):
        s = self.connect()
        s.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        self.server.line("^handling$")
        self.server.process.terminate()
        with self.assertRaises(ConnectionError):
            while True:
                self.connect().close()  # until no new client is accepted
        self.server.type(".")
        self.assertIn(b"\r\nConnection: close\r\n", read_response(s)[0])
        self.server.ends()

    def test_a_client_in_the_middle_of_a_request_is_not_waited_for(self):
        self.connect().sendall(GET[:10])
        self.server.stop()

    def test_clients_that_arrive_while_it_ends(self):
        def arrive(port, over):
            while not over.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
                        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                        s.recv(1)
                except ConnectionError:
                    pass

        for workers in (2, 0) * 3:
            server, port = self.serve("http_echo_server", "--workers", workers)
            over = threading.Event()
            clients = [threading.Thread(target=arrive, args=(port, over)) for _ in range(4)]
            for client in clients:
                client.start()
            try:
                server.stop()
            finally:
                over.set()
                for client in clients:
                    client.join()


class Many(HttpTest):
    def test_the_sum_of_all_bodies_is_bounded(self):
        """400 clients send a body of 512 KiB but for its last byte: more than fits is refused, and others are served."""
        for workers in (2, 0):
            server, self.port = self.serve("http_echo_server", "-q", "--workers", workers)
            statuses = self.statuses_of_large_bodies(served_meanwhile=True)
            self.assertEqual(set(statuses), {b"200", b"503"})
            self.assertGreater(min(statuses.count(b"200"), statuses.count(b"503")), 10)
            server.stop()
            if not self.sanitized():  # malloc(3) fails, or there is no memory for a thread: closed, and the server goes on
                server, self.port = self.serve("http_echo_server", "-q", "--workers", workers,
                                               under=("prlimit", f"--as={100 << 20}"))
                self.assertLessEqual(set(self.statuses_of_large_bodies()), {b"200", b"503", b"closed"})
                self.served_again()
                server.stop()

    def statuses_of_large_bodies(self, served_meanwhile=False):
        body, clients, statuses = post(b"x" * 524288), [], []
        for _ in range(400):
            clients.append(self.connect())
            try:
                clients[-1].sendall(body[:-1])
            except ConnectionError:
                pass
        if served_meanwhile:
            with self.connect() as other:
                other.sendall(GET)
                self.assertTrue(read_response(other)[0].startswith(b"HTTP/1.1 200"))
        for s in clients:
            try:
                s.sendall(body[-1:])
                statuses.append(read_response(s)[0][9:12])
            except ConnectionError:
                statuses.append(b"closed")
            s.close()
        return statuses

    def test_where_there_is_no_room_others_wait(self):
        """44 files may be open, and 40 are for the server's own use: four clients."""
        for workers in (2, 0):
            server, self.port = self.serve("http_echo_server", "--workers", workers, under=("prlimit", "--nofile=44:44"))
            clients = [self.connect() for _ in range(6)]
            for s in clients:
                s.sendall(GET)
            for s in clients[:4]:
                read_response(s)
            clients[4].settimeout(0.2)
            with self.assertRaises(TimeoutError):
                clients[4].recv(1)
            clients[4].settimeout(PATIENCE)
            for leaves, waits in ((0, 4), (2, 5)):
                clients[leaves].close()
                read_response(clients[waits])
            server.stop()
            self.assertEqual(server.stdout[-1], "6 connections, 6 requests, 0 refused")

    def test_connections_that_no_thread_or_memory_is_left_for(self):
        """Five threads at most, three of them the server's own. Afterwards there is room for as many as before."""
        if os.geteuid() != 0:
            self.skipTest("another user's limit of threads can be set by root only")
        threads = 6 if self.sanitized(b"__tsan_init") else 5  # the thread sanitizer has one of its own
        server, self.port = self.serve("http_echo_server", "--workers", 0, under=(
            "prlimit", "--nofile=44:44", f"--nproc={threads}:{threads}", "setpriv", "--reuid=54321", "--clear-groups"))
        clients = [self.connect() for _ in range(2)]
        for s in clients:
            s.sendall(GET)
            read_response(s)
        for request in (b"", GET) * 5:
            with self.connect() as s:
                s.sendall(request)
                head, body = read_response(s)
                self.assertRegex(head, rb"^HTTP/1\.1 503 (.*\r\n)*Connection: close\r\n")
                self.assertEqual(body, b"too many clients at once; try it later\n")
                self.assertEqual(s.recv(1), b"")
        server.error("^http_echo_server: no thread, or no memory, for one more client: ")
        for s in clients:
            s.close()
        turned_away = 10 + self.served_again()
        server.stop()
        self.assertEqual(len(server.stderr), 1)  # once for all of them
        self.assertRegex(server.stdout[-1], f", {turned_away} refused$")
        for workers in () if self.sanitized() else (0, 2):
            self.no_memory(workers)

    def no_memory(self, workers):
        server, self.port = self.serve("http_echo_server", "--workers", workers, under=("prlimit", "--nofile=44:44"))
        self.limit(server, "--as=1:")
        for _ in range(10):
            with self.connect() as s:
                s.settimeout(0.2)  # one without a thread may be neither served nor closed before the next one comes
                try:
                    s.sendall(GET)
                    s.recv(1)
                except (ConnectionError, TimeoutError):
                    pass
        self.limit(server, "--as=unlimited:")
        self.served_again()
        server.stop()

    def served_again(self):
        """Twenty, one after the other: connections that stay counted for ever would take the room of four. Returns how many were
        turned away before: the thread of the last client may not have ended yet."""
        turned_away = 0
        for _ in range(20):
            while True:
                with self.connect() as s:
                    try:
                        s.sendall(GET)
                        if read_response(s)[0].startswith(b"HTTP/1.1 200 "):
                            break
                        turned_away += 1
                    except ConnectionError:
                        pass
        return turned_away

    @staticmethod
    def limit(server, what):
        subprocess.run(["prlimit", f"--pid={server.pid}", what], check=True)

    @staticmethod
    def sanitized(by=b"san_init"):
        """Sanitizers reserve address space without limit, and end the program when they cannot."""
        with open(f"{BIN}/http_echo_server", "rb") as program:
            return by in program.read()


if __name__ == "__main__":
    main()
