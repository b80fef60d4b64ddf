"""rpc_client: with its own server, with Python's, and with servers that fail in every way."""
import os
import re
import signal
import socket
import threading
import unittest
import xmlrpc.client
import xmlrpc.server

from pair import PATIENCE, PairTest, main
from xmlrpc_c import needs_infinity

FIGURES = r"rtt min/p50/p99/max [\d.]+/[\d.]+/[\d.]+/[\d.]+ us, \d+ msg/s"


class WithItsServer(PairTest):
    def test_once(self):
        _, port = self.serve("rpc_server")
        for words, result in ((["10", "km", "mi"], "6.2137119223733395"), (["1", "Millas", "m"], "1609.344"),
                              (["1", "milla náutica", "m"], "1852"),
                              (["2.3e-308", "mm", "km"], "0." + "0" * 313 + "23"), (["1e-310", "m", "m"], "0." + "0" * 309 + "1"), (["is_even", "-4"], "Par"),
                              (["system.methodSignature", "is_even"], '[["string", "int"]]')):
            client = self.run_program("rpc_client", "-p", port, *words)
            self.assertEqual((client.stdout, client.stderr), ([result], []))

    def test_calls_from_a_pipe_over_one_connection(self):
        server, port = self.serve("rpc_server")
        client = self.run_program("rpc_client", "-p", port, text="10 km mi\n\n  is_even 7\n1 parsec m\n1 m cm")
        self.assertEqual(client.stdout, ["6.2137119223733395", "Impar", "100"])
        self.assert_lines(client.stderr, [r"rpc_client: the procedure failed at the server: fault 1: unknown unit \"parsec\".*"])
        server.stop()
        self.assertEqual(server.stdout[-1], "served 4 requests on 1 connection, 0 refused")

    def test_a_terminal_is_prompted(self):
        ours, terminal = os.openpty()
        self.addCleanup(os.close, ours)
        client = self.start("rpc_client", "-p", 1, stdin=terminal, under=("sh", "-c", f'exec "$@" 2>&{terminal}', "sh"),
                            pass_fds=(terminal,))
        os.close(terminal)
        shown = b""
        while not shown.endswith(b"\r\n> "):
            shown += os.read(ours, 1000)
        client.stop()

    def test_a_connection_that_the_server_closed_is_made_anew(self):
        server, port = self.serve("rpc_server", "-w", "1.2")  # libcurl looks for ended ones once a second
        client = self.start("rpc_client", "-p", port)
        client.type("is_even 1\n")
        client.line("Impar")
        for _ in range(2):  # the client became idle at the end of its answer, perhaps after the first of these
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as idle:
                self.assertEqual(idle.recv(1), b"")
        client.type("is_even 2\n")
        client.line("Par")
        client.ends()
        server.stop()

    def test_the_advice_has_the_port(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        client = self.run_program("rpc_client", "-p", port, "10", "km", "mi", status=1)
        self.assert_lines(client.stderr, [rf"rpc_client: connect to .*Connection refused .*start it with: rpc_server -p {port}\)"])

    def test_a_fault_is_an_error_when_it_is_all(self):
        _, port = self.serve("rpc_server")
        client = self.run_program("rpc_client", "-p", port, "10", "km", status=1)
        self.assertRegex(client.stderr[0], r"^rpc_client: the procedure failed at the server: fault -502: "
                         "2 parameters came, but convertir takes valor, unidad_origen and unidad_destino, such as 10 km mi$")

    def test_a_word_that_is_no_utf8_is_not_sent(self):
        for words in (("10", "\udcff", "m"), ("is_even", "\udcff")):  # os.fsencode() makes the byte 0xFF of it
            client = self.run_program("rpc_client", "-p", 1, *words, status=1)
            self.assert_lines(client.stderr, ["rpc_client: .*UTF-8.*"])

    def test_inf_is_a_name_and_no_number(self):
        _, port = self.serve("rpc_server")
        client = self.run_program("rpc_client", "-p", port, "inf", "km", "mi", status=1)
        self.assert_lines(client.stderr, ["rpc_client: .*fault -506: .*inf.*"])

    def test_the_stub_takes_an_int_and_no_string(self):
        for result, lines in ((7, (["7"], [])), ("7", ([], ["rpc_client: no number came back: .*"]))):
            with xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False) as server:
                server.register_function(lambda valor, origen, destino: result, "convertir")  # pylint: disable=cell-var-from-loop
                thread = threading.Thread(target=server.handle_request)
                thread.start()
                client = self.run_program("rpc_client", "-p", server.server_address[1], "10", "km", "mi", status=not lines[0])
                thread.join()
            self.assertEqual(client.stdout, lines[0])
            self.assert_lines(client.stderr, lines[1])

    def test_the_last_of_port_and_url_counts(self):
        _, port = self.serve("rpc_server")
        other = ("--url", "http://127.0.0.1:1/")
        self.assertEqual(self.run_program("rpc_client", *other, "-p", port, "is_even", 2).stdout, ["Par"])
        self.assertRegex(self.run_program("rpc_client", "-p", port, *other, "is_even", 2, status=1).stderr[0], "connect to")

    def test_wire(self):
        server, port = self.serve("rpc_server", "--wire")
        client = self.run_program("rpc_client", "-p", port, "--wire", "2.5", "km", "m")
        server.stop()

        def messages(lines):
            heads = [(m[1], i) for i, line in enumerate(lines)
                     if (m := re.search(r"(?:request|answer): (\d+ bytes of HTTP head, \d+ bytes of body)$", line))]
            return [(counts, [x for x in lines[i + 1:] if x[:1] == mark]) for (counts, i), mark in zip(heads, "><")]

        def sorted_heads(shown):  # the order of header fields is of no importance
            return [(counts, sorted(lines)) for counts, lines in shown]

        self.assertEqual(client.stdout[-1], "2500")
        self.assertEqual(len(messages(client.stdout)), 2)
        self.assertEqual(sorted_heads(messages(client.stdout)), sorted_heads(messages(server.stdout)))
        self.assertIn(">         <double>2.5</double>", client.stdout)
        self.assertIn("<         <double>2500</double>", client.stdout)

    def test_a_proxy_for_the_web_is_not_for_calls(self):
        _, port = self.serve("rpc_server")
        proxy = {**os.environ, "http_proxy": "http://127.0.0.1:1", "no_proxy": ""}
        self.assertEqual(self.run_program("rpc_client", "-p", port, "is_even", 2, env=proxy).stdout, ["Par"])

    def test_measure(self):
        _, port = self.serve("rpc_server", "-q")
        client = self.run_program("rpc_client", "-p", port, "-n", 50)
        self.assert_lines(client.stdout, [rf"50 sent, 50 received, 0 lost, {FIGURES}"])

    def test_measure_with_many_clients(self):
        server, port = self.serve("rpc_server", "-q")
        client = self.run_program("rpc_client", "-p", port, "-n", 203, "--concurrency", 10)
        self.assert_lines(client.stdout, [rf"203 sent, 203 received, 0 lost, {FIGURES}"])
        server.stop()
        self.assertEqual(server.stdout[-1], "served 203 requests on 10 connections, 0 refused")

    def test_measure_without_a_server(self):
        client = self.run_program("rpc_client", "-p", 1, "-n", 5, status=1)
        self.assertRegex(client.stdout[-1], "^1 sent, 0 received, 1 lost")

    def test_ipv6(self):
        _, port = self.serve("rpc_server", "-l", "::1")
        self.assertEqual(self.run_program("rpc_client", "--url", f"http://[::1]:{port}/", "is_even", 2).stdout, ["Par"])


class PythonIsTheServer(PairTest):
    def setUp(self):
        def everything():
            return [1, -2.5, True, "ñ\x7f\"", {"a": [], "b": {}}, xmlrpc.client.Binary(b"x"), xmlrpc.client.DateTime(0)]
        self.server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
        self.server.register_introspection_functions()
        self.server.register_function(lambda *a: repr(a), "echo")
        self.server.register_function(lambda x: x, "same")
        self.server.register_function(everything, "everything")
        self.server.register_function(lambda: [float("inf"), {"a": float("-inf")}, abs(float("nan"))], "no_numbers")
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)

    def call(self, *words, status=0):
        return self.run_program("rpc_client", "--url", self.url, *words, status=status)

    def test_parameters_are_int_double_and_string(self):
        got = self.call("echo", "1", "-2.5", "1e300", "ñ<&>", "", "2147483648").stdout
        self.assertEqual(got, ["(1, -2.5, 1e+300, 'ñ<&>', '', 2147483648.0)"])

    def test_doubles_keep_every_digit(self):
        for number in ("6.2137119223733395", "0.1", "1343.6424411240123", "-0.30000000000000004"):
            self.assertEqual(self.call("same", number).stdout, [number])

    def test_results_of_every_type(self):
        self.assertEqual(self.call("everything").stdout,
                         [r'[1, -2.5, true, "ñ\x7F"", {"a": [], "b": {}}, (BASE64), (DATETIME)]'])

    @needs_infinity
    def test_results_that_are_no_finite_numbers(self):
        self.assertEqual(self.call("no_numbers").stdout, ['[inf, {"a": -inf}, nan]'])

    def test_introspection_and_faults(self):
        self.assertIn('"system.listMethods"', self.call("system.listMethods").stdout[0])
        self.assertRegex(self.call("nope", status=1).stderr[0], "fault 1: .*method \"nope\" is not supported")

    def test_infinity_is_not_sent(self):
        self.assertRegex(self.call("same", "1e999", status=1).stderr[0], "finite")  # xmlrpc-c's words, which changed


def answer(body, status="200 OK", more=""):
    body = body.encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


class Failures(PairTest):
    """Each kind of failure has its own text, which says which side failed."""

    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/RPC2"

    def fails(self, pattern, *args):
        client = self.run_program("rpc_client", *args, "is_even", 2, status=1)
        self.assertEqual(client.stdout, [])
        self.assert_lines(client.stderr, [pattern])

    def answered(self, data, pattern, *args):
        client = self.start("rpc_client", "--url", self.url, *args, "is_even", 2)
        s, _ = self.listener.accept()
        with s:
            s.settimeout(PATIENCE)
            self.request(s)
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while s.recv(65536):
                    pass
            except OSError:
                pass  # the client ended the connection first
        client.ends(1)
        self.assertEqual(client.stdout, [])
        self.assert_lines(client.stderr, [pattern])

    def test_no_listener(self):
        self.listener.close()
        self.fails(rf"rpc_client: connect to {self.url}: Connection refused \(is rpc_server running there\? start it with: "
                   rf"rpc_server -p {self.port}\)", "--url", self.url)

    def test_wrong_host(self):
        self.fails(r"rpc_client: .*: no such host \(is the name spelled right\?\)", "--url", "http://nowhere.invalid/RPC2")

    def test_timeout(self):
        self.fails(r"rpc_client: .*: no answer in 0\.2 s \(.*-w\)", "--url", self.url, "-w", "0.2")

    def test_http_error(self):
        self.answered(answer("gone", "404 Not Found"), "rpc_client: .* answered HTTP 404 .*path of the URL.*")
        self.answered(answer("", "500 Oh"), r"rpc_client: .* answered HTTP 500 \(whether the procedure ran is not known\)")
        self.answered(answer("", "400 Oh"), "rpc_client: .* answered HTTP 400 without calling anything")

    def test_no_xml_rpc(self):
        for body in ("", "hola", "<html/>", "<methodResponse/>", "<methodResponse><params></params></methodResponse>", "<a>"):
            self.answered(answer(body), "rpc_client: .*the server answered, but not with XML-RPC: .*")

    def test_no_http(self):
        self.answered(b"220 mail\r\n", "rpc_client: .* does not speak HTTP .*")

    def test_the_connection_ends(self):
        for data in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx"):
            self.answered(data, "rpc_client: .*the connection ended before the answer: .*")

    def test_hostile_answers(self):
        laughs = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><methodResponse>&b;</methodResponse>"
        self.answered(answer(laughs), "rpc_client: .*refused: a document type .*")
        self.answered(answer("<a>" * 100000), "rpc_client: .*refused: .*nested too deeply")
        self.answered(answer("x" * 10_000_000), "rpc_client: .*longer than 524288 bytes")

    def test_an_answer_that_is_permitted_is_understood_whatever_it_holds(self):
        for size, count in ((515_000, 5000), (512 * 1024, 15_000)):
            body = "<methodResponse><params><param><value><array><data>" + "<value><double>1</double></value>" * count
            end = "</data></array></value></param></params></methodResponse>"
            client = self.start("rpc_client", "--url", self.url, "is_even", 2)
            s, _ = self.listener.accept()
            with s:
                self.request(s)
                s.sendall(answer(body + " " * (size - len(body + end)) + end))
                client.line(r"^\[1(, 1){%d}\]$" % (count - 1))
            client.ends()

    def test_a_number_in_pieces_is_one_number(self):
        for number in ("1<!-- -->5", "1<?x 9?>5", "1<![CDATA[5]]>"):
            client = self.start("rpc_client", "--url", self.url, "is_even", 2)
            s, _ = self.listener.accept()
            with s:
                self.assertRegex(self.request(s), rb"\r\nUser-Agent: rpc_client/\d")
                s.sendall(answer(xmlrpc.client.dumps((7.0,), methodresponse=True).replace("7.0", number)))
                client.line("^15$")
            client.ends()

    def test_a_strangers_fault_is_escaped(self):
        fault = xmlrpc.client.dumps(xmlrpc.client.Fault(7, "\x7f\u009b[2J\nx"), methodresponse=True)
        escaped = r"the procedure failed at the server: fault 7: \\x7F\\xC2\\x9B\[2J\\nx"
        self.answered(answer(fault), "rpc_client: " + escaped)
        client = self.start("rpc_client", "--url", self.url, "-n", 5)
        s, _ = self.listener.accept()
        with s:
            self.request(s)
            s.sendall(answer(fault))
            client.error(f"^rpc_client: call 1: {escaped}$")
        client.ends(1)

    def test_the_next_call_is_made_after_a_failure_and_the_end_is_an_error(self):
        client = self.start("rpc_client", "--url", self.url)
        client.type("is_even 1\n")
        s, _ = self.listener.accept()
        s.close()
        client.error("the connection ended")
        client.type("is_even 1\n")
        s, _ = self.listener.accept()
        s.sendall(answer(xmlrpc.client.dumps(("Impar",), methodresponse=True), more="Connection: close\r\n"))
        client.line("Impar")
        s.close()
        client.ends(1)

    def test_a_request_is_sent_at_most_once(self):
        """The server closes a kept connection after it got a request: only the server knows whether the procedure ran."""
        answer = xmlrpc.client.dumps(("Par",), methodresponse=True).encode()
        client = self.start("rpc_client", "--url", self.url)
        client.type("is_even 2\n")
        s, _ = self.listener.accept()
        with s:
            s.settimeout(PATIENCE)
            self.assertIn(b"</methodCall>", self.request(s))
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
            client.line("^Par$")
            client.type("is_even 4\n")
            self.assertIn(b"</methodCall>", self.request(s))
        client.error("the connection ended before the answer: .* whether the procedure ran is not known")
        client.ends(1)
        self.listener.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            while True:  # libcurl may have connected once more, but then it sent nothing
                with self.listener.accept()[0] as again:
                    self.assertEqual(again.recv(1000), b"")

    def test_a_request_that_was_sent_is_not_called_unsent_because_the_server_has_gone(self):
        """The server ends during the call: libcurl connects anew and is refused, but the procedure may have run."""
        client = self.start("rpc_client", "--url", self.url)
        client.type("is_even 2\n")
        s, _ = self.listener.accept()
        with s:
            self.request(s)
            s.sendall(answer(xmlrpc.client.dumps(("Par",), methodresponse=True)))
            client.line("^Par$")
            client.type("is_even 4\n")
            self.request(s)
            self.listener.close()
        client.error("the connection ended before the answer: .* whether the procedure ran is not known")
        client.type("is_even 6\n")
        client.error("connect to .*: Connection refused")
        client.ends(1)

    @staticmethod
    def request(s):
        text = b""
        while not text.endswith(b"</methodCall>\r\n"):
            text += s.recv(65536)
        return text

    def test_signals_end_it_in_every_state(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            waiting = self.start("rpc_client", "--url", self.url, "is_even", 2)
            s, _ = self.listener.accept()
            waiting.stop(signo=signo)
            s.close()
            idle = self.start("rpc_client", "--url", self.url)
            idle.type("is_even 1\n")
            s, _ = self.listener.accept()
            s.close()
            idle.error("ended before the answer")
            idle.process.send_signal(signo)
            idle.ends(1)  # of the call that failed
            measuring = self.start("rpc_client", "--url", self.url, "-n", 5, "--concurrency", 2)
            both = [self.listener.accept()[0] for _ in range(2)]
            measuring.stop(signo=signo)
            for s in both:
                s.close()

    def test_wrong_usage(self):
        for args in (["-p", "70000"], ["-p", "0"], ["-w", "0"], ["--concurrency", "2"], ["-n", "0"], ["-n", "1", "1", "m", "m"],
                     ["--url", "localhost"], ["--url", "https://localhost/"], ["--url", "http://" + "x" * 400], ["--nope"]):
            self.assertRegex(self.run_program("rpc_client", *args, status=2).stderr[-1], "^rpc_client: ")

    def test_odd_input(self):
        _, port = self.serve("rpc_server")
        text = b"x" * 3000 + b"\nis_even 2\n\x00\xff\n" + b"a " * 32 + b"\n" + b"a " * 33 + b"\n\x1b[2J\n"
        client = self.run_program("rpc_client", "-p", port, text=text)
        self.assertEqual(client.stdout, ["Par"])
        self.assertRegex(client.stderr[0], "a line of more than 1022 bytes is no call")
        self.assertRegex(client.stderr[1], "fault -506: .*a")
        self.assertRegex(client.stderr[2], "a line of more than 32 words is no call")
        self.assertFalse([line for line in client.stderr if "\x1b" in line])

    def test_output_that_cannot_be_written(self):
        _, port = self.serve("rpc_server")
        with open("/dev/full", "w", encoding="utf-8") as full:
            client = self.run_program("rpc_client", "-p", port, "is_even", 2, stdout=full, status=1)
        self.assertRegex(client.stderr[-1], "standard output was cut short")

    def test_closed_standard_input(self):
        _, port = self.serve("rpc_server")
        self.start("rpc_client", "-p", port, preexec_fn=lambda: os.close(0), stdin=None).ends(0)


if __name__ == "__main__":
    main()
