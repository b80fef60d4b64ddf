"""Registry, server and client: what each promises, and which side has failed when a call fails."""
import http.server
import re
import socket
import threading
import xmlrpc.client

from pair import main
from rmi import RmiTest


PI_62 = "14159265358979323846264338327950288419716939937510582097494459"


class Calls(RmiTest):
    def test_a_stub_is_called_like_a_local_function(self):
        server = self.start_both()
        self.assertEqual(self.call("10", "km", "mi").stdout, ["6.2137119223733395"])
        self.assertEqual(self.call("convertir", "1", "milla", "METROS").stdout, ["1609.344"])
        self.assertEqual(self.call("pi", "50").stdout, ["3.14159265358979323846264338327950288419716939937510"])
        self.assertEqual(self.call("primo", "97").stdout, ["true"])
        self.assertEqual(self.call("primo", "18446744073709551615").stdout, ["false"])
        self.assertEqual(self.call("fibonacci", "100").stdout, ["354224848179261915075"])
        self.assertEqual(self.call("--brief", "pi", "62").stdout, ["3." + PI_62])
        self.assertEqual(self.call("--brief", "pi", "63").stdout, ["3." + PI_62 + "..."])
        units = self.call("unidades").stdout
        self.assertEqual(len(units), 13)
        self.assertEqual(units[4], '{"simbolo": "m", "nombre": "metro", "metros": 1}')
        server.line(r'^127\.0\.0\.1:\d+ conversor\.convertir\(10, "km", "mi"\) = 6\.2137119223733395$')
        server.line(r'motor_calculo\.ejecutar_tarea\("pi", \[50\]\) = "3\.14')
        server.stop()
        self.registry.stop()
        self.assertRegex(server.stdout[-1], "^served 9 requests on 9 connections, 0 refused; 0 notices delivered, 0 dropped$")
        self.assertRegex(self.registry.stdout[-1], "0 refused; 0 names were bound at the end$")

    def test_first_lines(self):
        server = self.start_both()
        port = int(re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)", server.stdout[0])[1])
        self.assertEqual(server.stdout[1:3], [f"bound {name} to http://127.0.0.1:{port}/{name}"
                                              for name in ("conversor", "motor_calculo")])
        self.registry.line(rf'registro\.bind\("conversor", "http://127\.0\.0\.1:{port}/conversor"\) = 30$')
        self.assertEqual(self.call("list").stdout, ["conversor", "motor_calculo"])
        self.assertEqual(self.call("lookup", "conversor").stdout, [f"http://127.0.0.1:{port}/conversor"])

    def test_a_conversation_looks_each_object_up_once(self):
        self.start_both()
        client = self.call(text="10 km m\n\n1 parsec m\nprimo 7\n20 km m\nnada\n")
        self.assertEqual(client.stdout, ["10000", "true", "20000"])
        self.assertRegex(client.stderr[0], "fault 1: unknown unit \"parsec\"; there are .*km")
        self.assertRegex(client.stderr[1], "fault 3: unknown task \"nada\": there are pi, primo, fibonacci")
        self.registry.stop()
        self.assertEqual(len([line for line in self.registry.stdout if "registro.lookup" in line]), 2)

    def test_measure(self):
        self.start_both()
        self.assertRegex(self.call("-n", 50).stdout[-1], r"^50 sent, 50 received, 0 lost, rtt min/p50/p99/max .* msg/s$")

    def test_ipv6(self):
        self.registry, self.registry_port = self.serve("rmi_registry", "-l", "::1")
        server = self.start("rmi_server", "--registry", f"[::1]:{self.registry_port}", "-l", "::1")
        server.line(r"^bound conversor to http://\[::1\]:\d+/conversor$")
        server.line("bound motor")
        client = self.run_program("rmi_client", "--registry", f"[::1]:{self.registry_port}", "--progress", "-l", "::1",
                                  "pi", "3")
        self.assertIn("3.141", client.stdout)  # the last notice may come after the result: the client does not wait for it

    def test_bounds(self):
        server = self.start_both("-q")
        for call, message in (("pi 50001", "fault 5: 50001 is too much: at most 50000"),
                              ("pi -1", "fault 4: -1: expected a whole number from 0 to 50000"),
                              ("pi x", "fault 4: expected an int, got STRING"),
                              ("pi", r"fault 4: pi takes 1 parameter, \[digits\], not 0"),
                              ("pi 1 2", r"fault 4: pi takes 1 parameter, \[digits\], not 2"),
                              ("fibonacci 1000001", "fault 5: 1000001 is too much"),
                              ("primo 18446744073709551616", "fault 5: expected a whole number from 0 to 18446744073709551615"),
                              ("primo siete", "fault 4: expected a whole number"),
                              ("1e308 km mm", "fault 2: the result is no finite number")):
            with self.subTest(call):
                self.assert_call_fails(f"the procedure failed at the server: {message}.*", *call.split())
        self.assertEqual(self.call("pi", "0").stdout, ["3"])
        self.assertEqual(len(self.call("fibonacci", "1000000").stdout[0]), 208988)
        server.stop()


class WhichSideFailed(RmiTest):
    """Each failure has a value of its own, a text, and tells whether the call can be made again."""

    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            return s.getsockname()[1]

    def bind(self, url):
        self.start_registry()
        self.registry_proxy().bind("conversor", url)

    def test_registry_unreachable(self):
        port = self.free_port()
        self.registry_port = port
        for call in ("10 km mi", "pi 3", "list", "lookup x", "unidades"):
            self.assert_call_fails(rf"the registry, http://localhost:{port}/: no registry answers there "
                                   r"\(is it running\? start it with: rmi_registry.*\); nothing was executed", *call.split())
        server = self.run_program("rmi_server", *self.where(), status=1)
        self.assertRegex(server.stderr[0], r"^rmi_server: bind: the registry, .*: no registry answers there \(is it running\?")

    def test_what_is_there_is_no_registry(self):
        self.registry_port = int(self.export("/RPC2").split(":")[2].split("/")[0])  # knows no path /
        self.assert_call_fails("the registry, .*: no registry answers there.*", "10", "km", "mi")
        self.registry_port = int(self.export(lookup=lambda name: "conversor").split(":")[2].split("/")[0])
        self.assert_call_fails("the registry, .*: what it answers is no object's URL: conversor; nothing was executed",
                               "10", "km", "mi")
        self.registry_port = int(self.export(lookup=lambda name: 7).split(":")[2].split("/")[0])
        self.assert_call_fails("http://.*: lookup is not what its interface says: expected STRING, got INT; nothing was executed",
                               "10", "km", "mi")

    def test_registry_gives_no_answer(self):
        """The object was never called, and the message does not say both that and the opposite."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.registry_port = silent.getsockname()[1]
            for call in ("10 km mi", "pi 3", "list", "lookup x"):
                self.assert_call_fails(r"the registry, http://localhost:\d+/: no answer in 0\.3 s \([^;]*\); nothing was executed",
                                       "-w", "0.3", *call.split())
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.registry_port = s.getsockname()[1]
            client = self.start("rmi_client", *self.where(), "10", "km", "mi")
            connection, _ = s.accept()
            self.assertIn(b"\r\nUser-Agent: rmi_xmlrpc/", connection.recv(10000))
            connection.close()
            client.error(r"the registry, http://localhost:\d+/: the connection ended before the answer \([^;]*\); nothing was executed$")
            client.ends(1)

    def test_another_xml_rpc_server_in_the_registrys_place(self):
        def undefined(*_):
            raise xmlrpc.client.Fault(-506, "Method 'bind' not defined")  # as rpc_server answers
        self.registry_port = int(self.export(bind=undefined, lookup=undefined).split(":")[2].split("/")[0])
        message = rf"the registry, http://localhost:{self.registry_port}/: what answers there is no registry .*rpc_server.*--registry\)"
        server = self.run_program("rmi_server", *self.where(), status=1)
        self.assertRegex(server.stderr[0], f"^rmi_server: bind: {message}$")
        self.assert_call_fails(message + "; nothing was executed", "10", "km", "mi")

    def test_a_registry_with_too_many_clients(self):
        for status, why in ((503, "it has too many clients at once: try again later"), (500, "is that a registry\\?")):
            class Overloaded(http.server.BaseHTTPRequestHandler):
                def do_POST(self, status=status):
                    self.rfile.read(int(self.headers["Content-Length"]))
                    self.send_error(status)

                def log_message(self, *_):
                    pass
            with http.server.HTTPServer(("127.0.0.1", 0), Overloaded) as server:
                self.registry_port = server.server_address[1]
                thread = threading.Thread(target=server.handle_request)
                thread.start()
                self.assert_call_fails(rf"the registry, http://localhost:\d+/: the web server there answered HTTP {status} "
                                       rf"\({why}\); nothing was executed", "10", "km", "mi")
                thread.join()

    def test_name_not_bound(self):
        self.start_registry()
        self.assert_call_fails(r".*fault 10: no object is bound to conversor \(is its server running\? start it with: "
                               r"rmi_server\); nothing was executed", "10", "km", "mi")

    def test_object_gone_nobody_there(self):
        port = self.free_port()
        self.bind(f"http://127.0.0.1:{port}/conversor")
        self.assert_call_fails(rf"conversor should be at http://127\.0\.0\.1:{port}/conversor, but no server answers there "
                               r"\(did its server end\?\); nothing was executed", "10", "km", "mi")

    def test_object_gone_another_server_there(self):
        self.bind(self.export("/other").replace("other", "conversor"))
        self.assert_call_fails("conversor should be at http://.*/conversor, but the server there has no such object; "
                               "nothing was executed", "10", "km", "mi")

    def test_object_gone_unknown_host(self):
        """A host name that the client cannot resolve is the same to it as an object that is gone."""
        registry = self.export(lookup=lambda name: "http://no.such.host.invalid:1/x")
        self.registry_port = int(registry.split(":")[2].split("/")[0])
        self.assert_call_fails(".* should be at http://no.such.host.invalid:1/x, but no server answers there.*; nothing was executed",
                               "10", "km", "mi")

    def test_method_fault(self):
        def refuse(*_):
            raise ValueError("not today")
        self.bind(self.export("/conversor", convertir=refuse))
        self.assert_call_fails("the procedure failed at the server: fault 1: <class 'ValueError'>:not today", "10", "km", "mi")

    def test_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.bind(f"http://127.0.0.1:{silent.getsockname()[1]}/conversor")
            self.assert_call_fails(r"no answer from http://127.*/conversor in 0.3 s \(.*whether the method ran is not known.*\)",
                                   "-w", "0.3", "10", "km", "mi")

    def test_connection_lost(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.bind(f"http://127.0.0.1:{s.getsockname()[1]}/conversor")
            client = self.start("rmi_client", *self.where(), "10", "km", "mi")
            connection, _ = s.accept()
            connection.recv(10000)
            connection.close()
            client.error("the connection ended before the answer: .*whether the procedure ran is not known.$")
            client.ends(1)

    def test_protocol(self):
        self.bind(self.export("/conversor", convertir=lambda *_: "ten"))
        self.assert_call_fails("http://.*/conversor: convertir is not what its interface says: expected DOUBLE, got STRING",
                               "10", "km", "mi")

    def test_here(self):
        self.start_both()
        client = self.run_program("rmi_client", *self.where(), text=b"10 \xff mi\n10 k\x1bm mi\n10 km m\n", status=1)
        self.assertEqual(client.stdout, ["10000"])
        self.assertRegex(client.stderr[0], "not sent: parameter 2 holds bytes that are no text in XML; nothing was executed$")
        self.assertEqual(client.stderr[0], client.stderr[1])


if __name__ == "__main__":
    main()
