"""The HTTP client of http/, through http_exchange: what it sends, what it understands, and how each failure is told apart."""
import os
import re
import socket

from pair import PATIENCE, PairTest, main

DONE, STOPPED, LOCAL, UNKNOWN_HOST, NO_LISTENER, TIMEOUT, BROKEN, NOT_HTTP, TOO_LONG = range(9)
OK = b"HTTP/1.1 200 OK\r\nX-Field: f\r\nContent-Length: 4\r\n\r\nhola"


class ClientTest(PairTest):
    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]

    def client(self, *more, url=None, timeout_ms=PATIENCE * 1000, **popen):
        return self.start("http_exchange", url or f"http://127.0.0.1:{self.port}/base?q", timeout_ms, *more, **popen)

    def accept(self):
        s, _ = self.listener.accept()
        self.addCleanup(s.close)
        s.settimeout(PATIENCE)
        return s

    @staticmethod
    def request(s):
        """The request line, the header fields, the body."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += s.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        while length and len(body) < int(length[1]):
            body += s.recv(65536)
        return line, fields, body


class Exchanges(ClientTest):
    def test_any_method_path_field_and_body_over_one_connection(self):
        client, s = self.client(), None
        for method, path, body, line in (
                ("GET", "-", "", "GET /base?q HTTP/1.1"), ("POST", "/a/b?c=%20", "hi you", "POST /a/b?c=%20 HTTP/1.1"),
                ("PUT", "/x", "1", "PUT /x HTTP/1.1"), ("DELETE", "/x", "", "DELETE /x HTTP/1.1"),
                ("POST", "/x", "", "POST /x HTTP/1.1"), ("BREW", "/x", "", "BREW /x HTTP/1.1"), ("GET", "/y", "", "GET /y HTTP/1.1")):
            client.type(f"{method} {path} {body}\n")
            s = s or self.accept()
            got, fields, sent = self.request(s)
            self.assertEqual((got, sent.decode()), (line, body))
            self.assertIn("User-Agent: exchange/1", fields)
            self.assertIn("X-One: 1", fields)
            self.assertEqual([f for f in fields if f.startswith("Content-Type")], ["Content-Type: text/x"] if body else [])
            self.assertEqual([f for f in fields if f.startswith("Content-Length")],
                             [f"Content-Length: {len(body)}"] if body or method == "POST" else [])
            self.assertFalse([f for f in fields if f.startswith(("Expect", "Transfer-Encoding"))])
            s.sendall(OK)
            client.line(r"^problem 0 status 200 field f body hola$")
        client.ends()

    def test_head_and_other_statuses(self):
        client = self.client()
        client.type("HEAD /\nGET /\nGET /\n")
        s = self.accept()
        self.assertEqual(self.request(s)[0], "HEAD / HTTP/1.1")
        s.sendall(OK[:-4])
        client.line("^problem 0 status 200 field f body $")
        for status in (404, 204):
            self.assertEqual(self.request(s)[0], "GET / HTTP/1.1")
            s.sendall(b"HTTP/1.1 %d Oh\r\n%s\r\n" % (status, b"" if status == 204 else b"Content-Length: 0\r\n"))
            client.line(f"^problem 0 status {status} field - body $")
        client.ends()

    def test_a_proxy_for_the_web_is_not_used(self):
        client = self.client(env={**os.environ, "http_proxy": "http://127.0.0.1:1", "no_proxy": ""})
        client.type("GET /\n")
        s = self.accept()
        self.request(s)
        s.sendall(OK)
        client.line("^problem 0 ")
        client.ends()

    def test_wire_shows_what_a_socket_sees(self):
        client = self.client("wire")
        client.type("POST /p hola\n")
        s = self.accept()
        line, fields, _ = self.request(s)
        s.sendall(OK)
        client.line("^problem 0 ")
        client.ends()
        head = "\r\n".join([line, *fields, "", ""])
        self.assertEqual(client.stdout, [
            f"request: {len(head)} bytes of HTTP head, 4 bytes of body", *("> " + x for x in [line, *fields, "", "hola"]),
            f"answer: {len(OK) - 4} bytes of HTTP head, 4 bytes of body",
            *("< " + x for x in OK[:-8].decode().split("\r\n")), "< ", "< hola", "problem 0 status 200 field f body hola"])


class Failures(ClientTest):
    def fails(self, problem, answer, reason=""):
        with self.subTest(answer=answer[:100]):
            client = self.client()
            client.type("GET /\n")
            s = self.accept()
            self.request(s)
            try:
                s.sendall(answer)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the client has seen enough
            client.line(rf"^problem {problem} .*\({reason}")
            client.ends()

    def test_answers(self):
        self.fails(BROKEN, b"")
        self.fails(BROKEN, OK[:-1])
        self.fails(NOT_HTTP, b"220 mail\r\n")
        self.fails(TOO_LONG, b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001)
        self.fails(TOO_LONG, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000_000)

    def test_no_server(self):
        self.listener.close()
        for url, line in ((f"http://127.0.0.1:{self.port}/", rf"^problem {NO_LISTENER} .*\(Connection refused\)$"),
                          ("http://nowhere.invalid/", rf"^problem {UNKNOWN_HOST} "), ("http://127.0.0.1:x/", rf"^problem {LOCAL} ")):
            client = self.client(url=url)
            client.type("GET -\n")
            client.line(line)
            client.ends()
        self.assertRegex(self.run_program("http_exchange", "https://127.0.0.1/", 1000, status=2).stderr[0], "no http URL")

    def test_timeout(self):
        client = self.client(timeout_ms=100)
        client.type("GET /\n")
        client.line(f"^problem {TIMEOUT} ")
        client.ends()

    def test_a_signal_ends_the_wait(self):
        client = self.client()
        client.type("GET /\n")
        self.request(self.accept())
        client.process.terminate()
        client.line(f"^problem {STOPPED} ")
        client.ends()

    def test_a_request_is_sent_at_most_once(self):
        """The server closes a kept connection after it got a request: whether it acted, only it knows."""
        for listening in (True, False):
            client = self.client()
            client.type("GET /1\n")
            s = self.accept()
            self.request(s)
            s.sendall(OK)
            client.line("^problem 0 ")
            client.type("GET /2\n")
            self.request(s)
            if not listening:
                self.listener.close()
            s.close()
            client.line(f"^problem {BROKEN} ")
            client.ends()
            if listening:
                self.listener.settimeout(0.2)
                with self.assertRaises(TimeoutError):
                    while True:  # libcurl may have connected once more, but then it sends nothing
                        with self.listener.accept()[0] as again:
                            self.assertEqual(again.recv(1000), b"")
                self.listener.settimeout(PATIENCE)


if __name__ == "__main__":
    main()
