"""Objects that move, servers that die, leases that end: what clients notice of it, and what they do not."""
import queue
import signal
import socket
import time

from pair import PATIENCE, main
from rmi import RmiTest
from xmlrpc_c import needs_infinity


class Moves(RmiTest):
    def test_a_client_goes_on_when_the_object_moves_and_its_server_ends(self):
        first = self.start_both()
        client = self.start("rmi_client", *self.where())
        client.type("1 km m\n")
        client.line("^1000$")
        second = self.start_server("--rebind")
        first.stop()
        client.type("2 km m\n")
        client.line("^2000$")
        second.line(r'conversor\.convertir\(2, "km", "m"\) = 2000')
        client.ends()
        self.assertEqual(client.stderr, [])

    def test_a_client_goes_on_when_the_object_moves_and_its_server_stays(self):
        """The first server learns of it when it renews the lease; from then on it answers 404."""
        self.start_registry("--lease", "3")  # long enough that no renewal is late on a busy machine
        first = self.start_server()
        client = self.start("rmi_client", *self.where())
        client.type("1 km m\n")
        client.line("^1000$")
        second = self.start_server("--rebind")
        first.line("^conversor has moved to another server and is withdrawn here$")
        client.type("2 km m\n")
        client.line("^2000$")
        second.line(r'conversor\.convertir\(2, "km", "m"\) = 2000')
        client.ends()
        first.line(r"refused with HTTP 404: ")
        first.stop()
        self.assertEqual(self.call("list").stdout, ["conversor", "motor_calculo"])  # bound to the second server

    def test_a_call_in_flight_ends_where_it_began(self):
        first = self.start_both()
        client = self.start("rmi_client", *self.where(), "--progress")
        client.type("pi 50000\npi 3\n")
        client.line(r"^pi: \d+ of 50000 digits$")
        first.process.send_signal(signal.SIGSTOP)  # else it might have the result before the second server is bound
        second = self.start_server("--rebind")
        first.process.send_signal(signal.SIGTERM)
        first.process.send_signal(signal.SIGCONT)
        client.line(r"^3\.14159.{49995}$")
        client.line(r"^3\.141$")
        first.ends()
        self.assertEqual(len([line for line in first.stdout if "ejecutar_tarea_con_avisos" in line]), 1)
        second.line(r'ejecutar_tarea_con_avisos\("pi", \[3\]')
        client.ends()

    def test_no_call_of_many_is_lost_or_repeated(self):
        first = self.start_both()
        client = self.start("rmi_client", *self.where(), "-n", 1000000)
        first.line("conversor.convertir")
        second = self.start_server("--rebind")
        first.stop()
        second.line("conversor.convertir")
        client.stop()
        sent, lost = self.figures(client)
        self.assertEqual(lost, 0, client.transcript())
        second.stop()
        done = sum("conversor.convertir(" in line for server in (first, second) for line in server.stdout)
        self.assertIn(done - sent, (0, 1))  # one may have been under way when the client was stopped

    def figures(self, client):
        numbers = client.stdout[-1].split()
        return int(numbers[0]), int(numbers[4])

    def test_a_call_that_may_have_been_executed_is_not_repeated(self):
        """The server crashes during the call, when the registry has the object's new URL already."""
        first = self.start_both()
        client = self.start("rmi_client", *self.where(), "--progress")
        client.type("pi 50000\n")
        client.line("^pi: 5000 of 50000 digits$")
        second = self.start_server("--rebind")
        first.process.kill()
        client.error("the connection ended before the answer: .*whether the procedure ran is not known.*[^d]$")
        client.type("pi 4\n")  # the next call looks the new URL up
        client.line(r"^3\.1415$")
        client.ends(1)
        second.stop()
        self.assertEqual(len([line for line in second.stdout if "ejecutar_tarea" in line]), 1)

    def test_a_call_without_an_answer_is_not_repeated(self):
        """libcurl would repeat a call by itself when a kept connection turns out to be dead: it must not."""
        self.start_registry()
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.registry_proxy().bind("conversor", f"http://127.0.0.1:{s.getsockname()[1]}/conversor")
            client = self.start("rmi_client", *self.where())
            for _ in range(2):
                client.type("1 km m\n")
                connection, _ = s.accept()
                self.assertIn(b"<methodName>convertir</methodName>", connection.recv(10000))
                connection.close()
                client.error("the connection ended before the answer")
            client.ends(1)
            s.setblocking(False)
            self.assertRaises(BlockingIOError, s.accept)

    def test_a_name_is_not_taken_over_by_accident(self):
        self.start_both()
        second = self.run_program("rmi_server", *self.where(), status=1)
        self.assertRegex(second.stderr[0], r"^rmi_server: bind: .*fault 11: conversor is bound to http://.*rmi_server does with "
                                           r"--rebind\)$")
        self.assertRegex(second.stdout[-1], "^served 0 requests")

    def test_an_object_that_moves_in_circles_is_not_followed_for_ever(self):
        self.start_registry()
        self.addCleanup(setattr, self, "turn", 0)
        self.turn = 0

        def lookup(_):
            self.turn += 1
            return f"http://127.0.0.1:{closed[self.turn % 2]}/x"
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        closed = [s.getsockname()[1] for s in sockets]
        for s in sockets:
            s.close()
        self.registry_port = int(self.export(lookup=lookup).split(":")[2].split("/")[0])
        self.assert_call_fails("conversor should be at .*no server answers there.*; nothing was executed", "1", "km", "m")
        self.assertEqual(self.turn, 4)


class Leases(RmiTest):
    def test_the_registry_forgets_a_server_that_died(self):
        self.start_registry("--lease", "0.4")
        server = self.start_server()
        server.process.kill()
        self.registry.line(r"^the lease of conversor has ended: nothing was heard from its server at http://.*/conversor$")
        self.assert_call_fails(".*no object is bound to conversor.*", "1", "km", "m")
        self.assertEqual(self.start_server().stdout[1][:16], "bound conversor ")  # no --rebind needed

    def test_a_server_renews(self):
        self.start_registry("--lease", "6")
        self.start_server()
        for _ in range(4):  # at a third of 6 s: long after the first lease has ended
            self.registry.line(r'registro\.bind\("motor_calculo", ".*"\) = 6')
        self.assertEqual(self.call("1", "km", "m").stdout, ["1000"])
        self.assertFalse([line for line in self.registry.stdout if "lease" in line])

    def test_a_registry_that_was_started_anew_learns_of_the_objects(self):
        self.start_registry("--lease", "3")
        server = self.start_server()
        client = self.start("rmi_client", *self.where())
        client.type("1 km m\n")
        client.line("^1000$")
        self.registry.kill()
        server.error("^rmi_server: conversor: the registry, .*: no registry answers there")
        client.type("2 km m\n")  # a client that has the URL does not need the registry
        client.line("^2000$")
        again = self.start("rmi_registry", "-p", self.registry_port, "--lease", "3")
        again.line(r'registro\.bind\("motor_calculo"')
        self.assertEqual(self.call("list").stdout, ["conversor", "motor_calculo"])
        client.ends()
        server.stop()

    def test_a_registry_that_was_started_anew_with_a_shorter_lease_loses_no_name(self):
        self.start_registry("--lease", "12")
        server = self.start_server()
        self.registry.stop()
        again = self.start("rmi_registry", "-p", self.registry_port, "--lease", "4.5")
        for _ in range(3):  # at a third of 4.5 s, not of 12 s
            again.line(r'registro\.bind\("motor_calculo", ".*"\) = 4\.5')
        self.assertFalse([line for line in again.stdout if "lease" in line], again.transcript())
        server.stop()

    @needs_infinity
    def test_a_lease_is_a_strangers_number(self):
        def bind(name, _):
            if name == "motor_calculo":
                bound.put(time.monotonic())
            return lease
        bound = queue.Queue()
        self.registry_port = int(self.export(bind=bind).split(":")[2].split("/")[0])
        for lease, renewals in ((float("inf"), 0), (1e300, 0), (1e-9, 5), (0, 5), (-1.0, 5), (float("nan"), 5)):
            with self.subTest(lease=lease):
                server = self.start_server()
                began = at = bound.get(timeout=PATIENCE)
                for _ in range(renewals):
                    at = bound.get(timeout=PATIENCE)
                self.assertGreaterEqual(at - began, renewals * 0.02, "a busy loop")
                server.stop()
                while not bound.empty():
                    bound.get()

    def test_what_was_bound_is_unbound_at_the_end_and_nothing_else(self):
        self.start_registry()
        server = self.start_server()
        self.registry_proxy().bind("other", "http://127.0.0.1:9/other")
        self.registry_proxy().rebind("motor_calculo", "http://127.0.0.1:9/motor")
        server.stop(signo=signal.SIGINT)
        self.assertEqual(self.call("list").stdout, ["motor_calculo", "other"])

    def test_the_registry_compares_and_unbinds_in_one_call(self):
        """With a lookup before it, unbind could free the name of a server that took over in between."""
        calls = []

        def bind(name, url):
            calls.append(("bind", name, url))
            return 3600.0

        def unbind_if(name, url):
            calls.append(("unbind_if", name, url))
            return True

        def other(*args):
            calls.append(args)
            return "http://127.0.0.1:1/x"
        self.registry_port = int(self.export(bind=bind, unbind_if=unbind_if, unbind=other, lookup=other).split(":")[2].split("/")[0])
        self.start_server().stop()
        bound = [call[1:] for call in calls if call[0] == "bind"]
        self.assertEqual([name for name, _ in bound], ["conversor", "motor_calculo"])
        self.assertEqual(calls[2:], [("unbind_if", *binding) for binding in bound])

    def test_a_server_stops_also_when_the_registry_is_gone(self):
        server = self.start_both()
        self.registry.kill()
        server.stop()
        self.assertRegex(server.stderr[0], "^rmi_server: unbind: the registry, .*: no registry answers there")
        self.assertEqual(len(server.stderr), 1)


if __name__ == "__main__":
    main()
