"""rpc_server as Python's client sees it, and what it prints: one test for each promise of its page."""
import fractions
import http.client
import random
import re
import signal
import socket
import struct
import unittest
import xmlrpc.client

from pair import PATIENCE, PairTest, main

METRES = {"mm": "1/1000", "cm": "1/100", "m": "1", "km": "1000", "in": "127/5000", "ft": "381/1250", "yd": "1143/1250",
          "mi": "201168/125", "nmi": "1852"}


class RpcTest(PairTest):
    def serve_rpc(self, *args):
        self.server, self.port = self.serve("rpc_server", *args)
        proxy = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{self.port}/", allow_none=True)
        self.addCleanup(proxy("close"))
        return proxy

    def assert_fault(self, codes, text, function, *args):
        with self.assertRaises(xmlrpc.client.Fault) as caught:
            function(*args)
        self.assertIn(caught.exception.faultCode, codes if isinstance(codes, tuple) else (codes,))
        self.assertRegex(caught.exception.faultString, text)


class PythonIsTheClient(RpcTest):
    def test_convertir_is_the_nearest_double(self):
        s = self.serve_rpc("-q")
        self.assertEqual(s.convertir(1.0, "mi", "m"), 1609.344)
        dice = random.Random(7)
        calls, expected = xmlrpc.client.MultiCall(s), []
        for _ in range(1000):
            value = dice.choice([dice.uniform(-1e3, 1e3), dice.uniform(0, 1), 10.0 ** dice.randint(-300, 290) * dice.random()])
            origin, target = dice.choice(list(METRES)), dice.choice(list(METRES))
            calls.convertir(value, origin, target)
            exact = fractions.Fraction(value) * fractions.Fraction(METRES[origin]) / fractions.Fraction(METRES[target])
            expected.append(float(exact))
        self.assertEqual(list(calls()), expected)

    def test_subnormal_numbers_too(self):
        s = self.serve_rpc("-q")
        dice = random.Random(9)
        self.assertEqual(s.convertir(2.3e-308, "mm", "km"), 2.3e-314)
        self.assertEqual(s.convertir(1e-310, "m", "m"), 1e-310)
        calls, expected = xmlrpc.client.MultiCall(s), []
        for _ in range(1000):
            value = struct.unpack("d", struct.pack("Q", dice.getrandbits(52) | dice.randint(0, 20) << 52))[0]
            origin, target = dice.choice(list(METRES)), dice.choice(list(METRES))
            calls.convertir(value, origin, target)
            expected.append(float(fractions.Fraction(value) * fractions.Fraction(METRES[origin]) / fractions.Fraction(METRES[target])))
        self.assertEqual(list(calls()), expected)

    def test_a_number_in_pieces_is_one_number(self):
        """An XML parser leaves comments and processing instructions out, and joins what CDATA cuts."""
        self.serve_rpc("-q")
        call = xmlrpc.client.dumps((7.0, "m", "m"), "convertir")
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(c.close)
        for number in ("1<!-- -->5", "1<?x 9?>5", "1<![CDATA[5]]>", "<![CDATA[15]]>", "<!-- 7 -->15"):
            self.assertIn("<double>7.0</double>", call)
            c.request("POST", "/RPC2", call.replace("7.0", number))
            self.assertEqual(xmlrpc.client.loads(c.getresponse().read())[0], (15.0,), number)

    def test_a_unit_to_itself_is_exact(self):
        s = self.serve_rpc("-q")
        dice = random.Random(8)
        for _ in range(300):
            value = struct.unpack("d", struct.pack("Q", dice.getrandbits(64)))[0]
            if value == value and 1e-300 < abs(value) < float("inf"):
                self.assertEqual(s.convertir(value, "ft", "pies"), value)

    def test_an_int_is_accepted(self):
        s = self.serve_rpc()
        self.assertEqual(s.convertir(10, "km", "m"), 10000.0)
        self.assertIsInstance(s.convertir(10, "km", "m"), float)
        self.assertEqual(s.convertir(-2147483648, "m", "m"), -2147483648.0)

    def test_names_of_units(self):
        s = self.serve_rpc()
        for name in ("mi", "MI", "milla", "Millas", "mile", "miles"):
            self.assertEqual(s.convertir(1, name, "metros"), 1609.344)
        self.assertEqual(s.convertir(1, "Milla Náutica", "METRE"), 1852.0)
        self.assertEqual(s.convertir(1, "milla nautica", "kilometros"), 1.852)

    def test_unidades(self):
        s = self.serve_rpc()
        units = {u["simbolo"]: u for u in s.unidades()}
        self.assertLessEqual(set(METRES), set(units))
        self.assertEqual(units["nmi"], {"simbolo": "nmi", "nombre": "milla náutica", "metros": 1852.0})
        for symbol, metres in METRES.items():
            self.assertEqual(units[symbol]["metros"], float(fractions.Fraction(metres)))
            self.assertEqual(s.convertir(1, units[symbol]["nombre"], symbol), 1)

    def test_is_even(self):
        s = self.serve_rpc()
        for number in (0, 1, -1, 2, -2, 2147483647, -2147483648):
            self.assertEqual(s.is_even(number), "Par" if number % 2 == 0 else "Impar")

    def test_introspection(self):
        s = self.serve_rpc()
        self.assertLessEqual({"convertir", "unidades", "is_even", "system.listMethods", "system.methodSignature",
                              "system.methodHelp", "system.multicall"}, set(s.system.listMethods()))
        self.assertIn(["double", "double", "string", "string"], s.system.methodSignature("convertir"))
        self.assertEqual(s.system.methodSignature("unidades"), [["array"]])
        self.assertEqual(s.system.methodSignature("is_even"), [["string", "int"]])
        for name in ("convertir", "unidades", "is_even"):
            self.assertGreater(len(s.system.methodHelp(name)), 10)

    def test_multicall_answers_each_call_with_a_result_or_a_fault(self):
        s = self.serve_rpc()
        calls = [{"methodName": "is_even", "params": [3]}, {"methodName": "convertir", "params": [1, "x", "m"]},
                 {"methodName": "nope", "params": []},
                 {"methodName": "convertir", "params": [1, "mi", "m"]}]
        answers = s.system.multicall(calls)
        self.assertEqual([answers[0], answers[3]], [["Impar"], [1609.344]])
        self.assertEqual([a["faultCode"] for a in answers[1:3]], [1, -506])
        calls.append({"methodName": "system.multicall", "params": [[]]})
        self.assert_fault(-507, "Recursive", s.system.multicall, calls)

    def test_faults(self):
        s = self.serve_rpc()
        self.assert_fault(1, r'^unknown unit "pársec"; there are .*mm, cm, .*nmi', s.convertir, 1, "pársec", "m")
        for long in ("ñ" * 5000, "ñ" * 32):
            self.assert_fault(1, r'"\(a long name\)"', s.convertir, 1, long, "m")
        self.assert_fault(1, '"a{63}"', s.convertir, 1, "a" * 63, "m")
        self.assert_fault(-502, "^2 parameters came, but convertir takes valor, unidad_origen and unidad_destino, such as 10 km mi$",
                          s.convertir, 1, "m")
        self.assert_fault(-502, "^4 parameters came, but convertir takes valor", s.convertir, 1, "m", "m", "m")
        self.assert_fault(-502, "^0 parameters came, but is_even takes one whole number, such as 7$", s.is_even)
        self.assert_fault(-502, "^1 parameter came, but unidades takes none$", s.unidades, 1)
        for wrong in ("1", True, None, [1], {"a": 1}, xmlrpc.client.Binary(b"1"), xmlrpc.client.DateTime(0)):
            self.assert_fault(-501, "DOUBLE", s.convertir, wrong, "m", "m")
        self.assert_fault(-501, "string", s.convertir, 1, 2, "m")
        self.assert_fault(-501, "INT", s.is_even, 2.0)
        self.assert_fault(2, "finite", s.convertir, 1e308, "km", "mm")
        for bad in ("nan", "inf", "-inf"):
            # -503: what newer releases of xmlrpc-c do not even read
            self.assert_fault((2, -503), "finite|[Dd]ouble", s.convertir, float(bad), "m", "m")
        self.assert_fault(-506, "nope", s.nope)
        self.assertEqual(s.is_even(2), "Par")

    def test_both_paths_and_no_other(self):
        self.serve_rpc()
        for path in ("/", "/RPC2"):
            with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{self.port}{path}") as s:
                self.assertEqual(s.is_even(2), "Par")
        with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{self.port}/else") as s:
            with self.assertRaises(xmlrpc.client.ProtocolError) as caught:
                s.is_even(2)
        self.assertEqual(caught.exception.errcode, 404)

    def test_a_browser_gets_a_page(self):
        self.serve_rpc()
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self.addCleanup(c.close)
        for path in ("/", "/RPC2"):
            c.request("GET", path)
            answer = c.getresponse()
            page = answer.read().decode()
            self.assertEqual(answer.status, 200)
            for name in ("rpc_server", "XML-RPC", "convertir", "unidades", "is_even", "system.multicall"):
                self.assertIn(name, page)
        c.request("HEAD", "/")
        self.assertEqual((answer := c.getresponse()).status, 200)
        self.assertEqual(answer.read(), b"")

    def test_ipv6(self):
        server, port = self.serve("rpc_server", "-l", "::1")
        self.assertEqual(server.stdout[0], f"listening on [::1]:{port}")
        with xmlrpc.client.ServerProxy(f"http://[::1]:{port}/") as s:
            self.assertEqual(s.is_even(2), "Par")
        server.line(r"^\[::1\]:\d+ is_even -> 2: Par")

    def test_with_a_thread_for_each_client(self):
        s = self.serve_rpc("--workers", 0)
        self.assertEqual(s.convertir(1, "mi", "m"), 1609.344)


class TheServerTells(RpcTest):
    def test_one_line_a_call_and_a_sum_at_the_end(self):
        s = self.serve_rpc()
        s.convertir(10, "km", "Millas")
        self.assert_fault(1, "unknown", s.convertir, 1, "a\x7f\n\u009b", "m")
        s.is_even(-3)
        s.unidades()
        s("close")()
        self.server.stop()
        self.assert_lines(self.server.stdout, [
            rf"listening on 127\.0\.0\.1:{self.port}",
            r"127\.0\.0\.1:\d+ convertir -> 10 km = 6\.2137119223733395 mi",
            r'127\.0\.0\.1:\d+ convertir fault: unknown unit "a\\x7F\\n\\xC2\\x9B"; there are .*',
            r"127\.0\.0\.1:\d+ is_even -> -3: Impar",
            r"127\.0\.0\.1:\d+ unidades -> the list",
            r"served 4 requests on 1 connection, 0 refused",
        ])

    def test_who_was_refused(self):
        self.serve_rpc()
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        c.request("POST", "/else", b"")
        c.getresponse().read()
        c.close()
        self.server.stop()
        self.assert_lines(self.server.stdout[1:], [
            r"127\.0\.0\.1:\d+ refused with HTTP 404: there is nothing to call at this path",
            "served 1 request on 1 connection, 1 refused"])

    def test_wire_shows_what_a_socket_sees(self):
        self.serve_rpc("--wire")
        body = xmlrpc.client.dumps((2,), "is_even").encode()
        request = (f"POST /RPC2?a=%20 HTTP/1.1\r\nHost: x\r\nX-Odd:  \x1b[2J\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as s:
            s.sendall(request + body)
            reader = s.makefile("rb")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += reader.readline()
            length = int(re.search(rb"Content-Length: (\d+)", head)[1])
            answer = reader.read(length)
        self.server.line("answer:")
        self.server.stop()
        out = self.server.stdout
        at = next(i for i, line in enumerate(out) if " request: " in line)
        self.assertRegex(out[at], rf"^127\.0\.0\.1:\d+ request: \d+ bytes of HTTP head, {len(body)} bytes of body$")
        self.assertEqual(out[at + 1:at + 3], ["> POST /RPC2?a=%20 HTTP/1.1", "> Host: x"])
        self.assertEqual(out[at + 3], r"> X-Odd: \x1B[2J")
        self.assertIn(">   <methodName>is_even</methodName>", out)
        at = next(i for i, line in enumerate(out) if " answer: " in line)
        self.assertRegex(out[at], rf": {len(head)} bytes of HTTP head, {len(answer)} bytes of body$")
        shown = [line[2:] for line in out[at + 1:at + 1 + head.count(b"\r\n")]]
        self.assertEqual(sorted(shown), sorted(head.decode().split("\r\n")[:-1]))
        self.assertIn("<         <string>Par</string>", out)

    def test_quiet(self):
        s = self.serve_rpc("-q")
        s.is_even(1)
        s("close")()
        self.server.stop()
        self.assertEqual(len(self.server.stdout), 2, self.server.stdout)

    def test_signals_end_it_with_a_silent_client_connected(self):
        for signo in (signal.SIGINT, signal.SIGTERM):
            server, port = self.serve("rpc_server")
            with socket.create_connection(("127.0.0.1", port)) as s:
                s.sendall(b"POST / HT")
                server.stop(signo=signo)

    def test_wrong_usage(self):
        for args in (["-p", "70000"], ["-p", "x"], ["--workers", "-1"], ["-w", "0"], ["extra"], ["--nope"]):
            program = self.run_program("rpc_server", *args, status=2)
            self.assertRegex(program.stderr[-1], "^rpc_server: ")

    def test_help_and_version(self):
        for name in ("rpc_server", "rpc_client"):
            self.assertIn("Usage: " + name, self.run_program(name, "--help").stdout[0])
            self.assertRegex(self.run_program(name, "-V").stdout[0], rf"^{name} \d")
            with open("/dev/full", "w", encoding="utf-8") as full:
                self.run_program(name, "--help", stdout=full, status=1)

    def test_a_port_in_use(self):
        _, port = self.serve("rpc_server")
        program = self.run_program("rpc_server", "-p", port, status=1)
        self.assertRegex(program.stderr[0], r"rpc_server: listen on .*: Address already in use \(.*-p")

    def test_closed_standard_input(self):
        s = self.serve_rpc()
        self.assertEqual(s.is_even(2), "Par")
        server = self.start("rpc_server", "-p", 0, preexec_fn=lambda: __import__("os").close(0), stdin=None)
        server.port()
        server.stop()


if __name__ == "__main__":
    main()
