"""The client is a server, too: it exports an object and is called back. A slow or dead listener does not delay the task."""
import re
import socket
import subprocess
import threading
import time
import urllib.parse
import xmlrpc.client

from pair import BIN, PATIENCE, main
from rmi import RmiTest


class Callbacks(RmiTest):
    def test_the_server_calls_while_the_task_runs(self):
        server = self.start_both()
        client = self.call("--progress", "pi", "20000")
        self.assertRegex(client.stderr[0], r"^rmi_client: avisos is at http://127\.0\.0\.1:\d+/avisos$")
        told = [re.fullmatch(r"pi: (\d+) of 20000 digits", line) for line in client.stdout if not line.startswith("3.")]
        told = [int(match[1]) for match in told]
        self.assertTrue(told)
        self.assertEqual(told, sorted(set(told)))
        self.assertEqual(len([line for line in client.stdout if re.fullmatch(r"3\.14159\d{19995}", line)]), 1)
        server.stop()
        delivered, dropped = map(int, re.search(r"(\d+) notices delivered, (\d+) dropped", server.stdout[-1]).groups())
        self.assertGreaterEqual(delivered, len(told))
        self.assertEqual(delivered + dropped, 9)

    def run_task(self, url, digits=2000):
        motor = self.object("motor_calculo")
        pi = motor.ejecutar_tarea_con_avisos("pi", [digits], url)
        self.assertEqual(len(pi), digits + 2)

    def test_python_is_called_back(self):
        self.start_both()
        came = []

        def progreso(*args):
            came.append(args)
            return True
        self.run_task(self.export("/avisos", progreso=progreso), 20000)
        self.assertTrue(came)
        self.assertEqual(came[0], ("pi", 2000, 20000))

    def test_a_dead_listener_delays_nobody(self):
        server = self.start_both()
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        self.run_task(f"http://127.0.0.1:{port}/avisos")
        server.stop()
        self.assertRegex(server.stdout[-1], " 0 notices delivered, 9 dropped$")

    def test_a_listener_without_such_an_object_delays_nobody(self):
        server = self.start_both()
        self.run_task(self.export("/other"))
        server.stop()
        self.assertRegex(server.stdout[-1], " 0 notices delivered, 9 dropped$")

    def test_a_slow_listener_delays_nobody_and_misses_what_it_could_not_take(self):
        """It takes the first notice and answers only when the result is there: if the task waited for it, this test would not end."""
        server = self.start_both()
        done = threading.Event()

        def progreso(*_):
            done.wait(PATIENCE)
            return True
        url = self.export("/avisos", progreso=progreso)
        motor, conversor = self.object("motor_calculo"), self.object("conversor")
        for _ in range(3):
            self.assertEqual(len(motor.ejecutar_tarea_con_avisos("pi", [3000], url)), 3002)
            self.assertEqual(conversor.convertir(1, "km", "m"), 1000)
        done.set()
        server.stop()
        delivered, dropped = map(int, re.search(r"(\d+) notices delivered, (\d+) dropped", server.stdout[-1]).groups())
        self.assertEqual(delivered + dropped, 27)
        self.assertGreater(dropped, 20)

    def test_listeners_that_never_answer_are_bounded_and_do_not_keep_the_server_from_stopping(self):
        server = self.start_both("-q")
        with socket.create_server(("127.0.0.1", 0), backlog=200) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/avisos"
            motor = self.object("motor_calculo")
            busy = 0
            for _ in range(100):
                try:
                    motor.ejecutar_tarea_con_avisos("pi", [10], url)
                except Exception as fault:  # noqa: BLE001
                    self.assertIn("too many listeners are being served", str(fault))
                    busy += 1
            self.assertLess(busy, 100)
            began = time.monotonic()
            server.stop()
            self.assertLess(time.monotonic() - began, 20)

    def test_a_listener_must_be_where_the_call_comes_from(self):
        self.start_both()
        motor = self.object("motor_calculo")
        for url in ("http://192.0.2.1:80/avisos", "http://0.0.0.0:80/x", "http://no.such.host.invalid:80/x"):
            self.assert_fault(7, r"url_avisos: .* is not where you call from, 127\.0\.0\.1:\d+ \(.*rmi_client -l\)",
                              motor.ejecutar_tarea_con_avisos, "pi", [10], url)
        for url in ("", "avisos", "https://127.0.0.1:1/x", "http://127.0.0.1/x", "http://127.0.0.1:1/%0a"):
            self.assert_fault(7, "url_avisos: [^ ]*: an object's URL looks like http://HOST:PORT/NAME",
                              motor.ejecutar_tarea_con_avisos, "pi", [10], url)
        self.assert_fault(3, "unknown task", motor.ejecutar_tarea_con_avisos, "nada", [], "http://127.0.0.1:1/x")

    def test_a_strangers_notice_is_escaped(self):
        self.start_both()
        client = self.start("rmi_client", *self.where(), "--progress")
        url = client.error("avisos is at (http://.*)$")[1]
        self.assertTrue(self.proxy(url).progreso("pi\x7f\u009b2J", 1, 2))
        client.line(r"^pi\\x7F\\xC2\\x9B2J: 1 of 2 digits$")
        self.assert_fault(-501, "parameter 2, hecho: expected INT, got STRING", self.proxy(url).progreso, "pi", "1", 2)
        client.ends()

    def test_many_tasks_in_one_request_do_not_keep_the_server_from_ending(self):
        """The task that runs is finished, those after it in the same system.multicall are not begun."""
        server = self.start_both("-q")
        runs = threading.Event()
        many = xmlrpc.client.MultiCall(self.object("motor_calculo"))
        many.ejecutar_tarea_con_avisos("pi", [50000], self.export("/avisos", progreso=lambda *_: runs.set() or True))
        for _ in range(5):
            many.ejecutar_tarea("pi", [50000])
        results = []
        caller = threading.Thread(target=lambda: results.append(many()))
        caller.start()
        self.assertTrue(runs.wait(PATIENCE))
        server.stop()
        caller.join()
        self.assertEqual(len(results[0][0]), 50002)
        self.assert_fault(6, "this server is ending", lambda: results[0][5])

    def test_a_caller_that_leaves_stops_its_tasks(self):
        """The one that runs ends at its next step, those after it in the same request are not begun."""
        server = self.start_both()
        runs = threading.Event()
        url = self.export("/avisos", progreso=lambda *_: runs.set() or True)
        calls = [{"methodName": "ejecutar_tarea_con_avisos", "params": ["pi", [50000], url]}] * 5
        body = xmlrpc.client.dumps((calls,), "system.multicall").encode()
        where = urllib.parse.urlsplit(self.registry_proxy().lookup("motor_calculo"))
        with socket.create_connection((where.hostname, where.port)) as s:
            s.sendall(b"POST /motor_calculo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            self.assertTrue(runs.wait(PATIENCE))
        for _ in range(5):
            server.line("motor_calculo.ejecutar_tarea_con_avisos.*: fault 6: not calculated: the caller has left")
        self.assertEqual(len(self.object("motor_calculo").ejecutar_tarea("pi", [100])), 102)
        server.stop()

    def test_a_task_without_memory_fails_and_the_server_goes_on(self):
        """No address space is left when the task begins. Then fibonacci(1000000), for which GMP would end the server."""
        server = self.start_both("-q")
        with open(f"{BIN}/rmi_server", "rb") as program:
            if b"san_init" in program.read():
                return  # sanitizers end the program; test_tasks.c has this with a limit for a moment
        motor = self.object("motor_calculo")  # its connection, and so its thread, stays
        self.assertEqual(motor.ejecutar_tarea("primo", [7]), True)
        subprocess.run(["prlimit", f"--pid={server.pid}", "--as=1:"], check=True)
        self.assert_fault(6, "there is no memory for another task: try again later", motor.ejecutar_tarea, "fibonacci", [1000000])
        subprocess.run(["prlimit", f"--pid={server.pid}", "--as=unlimited:"], check=True)
        self.assertEqual(len(motor.ejecutar_tarea("fibonacci", [1000000])), 208988)
        server.stop()

    def test_too_many_tasks(self):
        """Each needs a processor: the seventeenth at the same time is refused, and all others are done."""
        server = self.start_both("-q")
        url = self.registry_proxy().lookup("motor_calculo")
        outcomes = []

        def run():
            try:
                outcomes.append(len(self.proxy(url).ejecutar_tarea("pi", [20000])))
            except Exception as fault:  # noqa: BLE001
                outcomes.append(str(fault))
        threads = [threading.Thread(target=run) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(outcomes.count(20002), 16)
        refused = [outcome for outcome in outcomes if outcome != 20002]
        self.assertTrue(refused)
        for outcome in refused:
            self.assertIn("<Fault 6: '16 tasks are running already", outcome)
        server.stop()


if __name__ == "__main__":
    main()
