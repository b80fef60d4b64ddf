"""Wrong options, addresses and calls: the message says what, the likely cause and the next step; the exit status is right."""
import signal
import socket
import subprocess

from pair import BIN, main
from rmi import RmiTest

ALL = ("rmi_registry", "rmi_server", "rmi_client")
NOWHERE = ("--registry", "localhost:1")


class BadInput(RmiTest):
    def test_usage(self):
        for name in ALL:
            self.assert_fails(2, f"try: {name} --help", name, "--no-such-option")
            for seconds in ("-1", "nan", "soon", "1e9"):
                self.assert_fails(2, "-w .*expected seconds", name, "-w", seconds)
        for name in ("rmi_registry", "rmi_server"):
            for port in ("70000", "-1", "http", "", "80x"):
                self.assert_fails(2, f"-p {port}: expected a whole number from 0 to 65535", name, "-p", port)
            self.assert_fails(2, "no argument is expected here", name, "conversor")
            for seconds in ("0", "0.0004"):
                self.assert_fails(2, f"-w {seconds}: expected more than 0 seconds", name, "-w", seconds, "-p", 0)
        for name in ("rmi_server", "rmi_client"):
            for where in ("", ":8000", "localhost:", "localhost:70000", "::1", "http://localhost:8000", "a b"):
                self.assert_fails(2, "--registry .*: expected HOST:PORT, such as localhost:8000", name, "--registry", where)
        for count in ("0", "x", "1e6", "99999999999999999999"):
            self.assert_fails(2, "-n .*expected a whole number", "rmi_client", "-n", count)
        self.assert_fails(2, "no call beside it", "rmi_client", "-n", 1, "list")
        self.assert_fails(2, "-w 0: expected more than 0 seconds", "rmi_client", "-w", 0)
        self.assert_fails(2, "--lease: expected 0.1 seconds or more", "rmi_registry", "--lease", "0")

    def test_an_address_that_nobody_could_call(self):
        for address in ("0.0.0.0", "::"):
            self.assert_fails(2, rf"-l {address} is every address of this machine: say with --advertise ", "rmi_server",
                              "-l", address)
            self.assert_fails(2, rf"-l {address} is every address of this machine", "rmi_client", "--progress", "-l",
                              address, "list")
        for where in ("", "a b", "h:0", "http://h:1/x"):
            self.assert_fails(2, "--advertise .*: expected HOST or HOST:PORT", "rmi_server", "--advertise", where)

    def test_help_and_version(self):
        self.assert_help_and_version(ALL)

    def test_addresses(self):
        for name, args in (("rmi_registry", ()), ("rmi_server", NOWHERE), ("rmi_client", ("--progress",))):
            self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(-l takes an address of this machine\)", name, *args, "-l",
                              "no.such.host.invalid")
            self.assert_fails(1, r"listen on 192\.0\.2\.1:\d+: Cannot assign requested address \(not an address of this machine",
                              name, *args, "-l", "192.0.2.1")
        self.start_registry()
        self.assert_fails(1, f"listen on 127.0.0.1:{self.registry_port}: Address already in use .*-p 0", "rmi_registry", "-p",
                          self.registry_port)
        for name, args in (("rmi_server", ()), ("rmi_client", ("list",))):
            self.assert_fails(1, r"the registry, http://no\.such\.host\.invalid:8000/: no registry answers there", name,
                              "--registry", "no.such.host.invalid", *args)

    def test_what_is_no_call(self):
        self.start_both()
        client = self.call(text="x" * 5000 + "\n1 km m\n10 km\n1..2 km m\n" + "a " * 100 + "\n", status=1)
        self.assertEqual(client.stdout, ["1000"])
        self.assertRegex(client.stderr[0], "a line of more than 1022 bytes is no call")
        self.assertRegex(client.stderr[1], "fault 3: unknown task \"10\"")
        self.assertRegex(client.stderr[2], r"1\.\.2: expected a number; nothing was executed")
        self.assertRegex(client.stderr[3], "a line of more than 32 words is no call")
        for number in ("nan", "inf", "1e999"):
            self.assertRegex(self.call("convertir", number, "km", "m", status=1).stderr[0], "; nothing was executed$")

    def test_unwritable_stdout(self):
        with open("/dev/full", "wb") as full:
            for name in ALL:
                for args in (["-V"], ["-h"]):
                    self.assert_fails(1, "standard output was cut short", name, *args, stdout=full)
            self.assert_fails(1, "standard output was cut short", "rmi_registry", "-p", 0, stdout=full)
            self.start_both()
            self.assert_fails(1, "standard output was cut short", "rmi_client", *self.where(), "1", "km", "m", stdout=full)
            self.assert_fails(1, "standard output was cut short", "rmi_server", *self.where(), "--rebind", stdout=full)

    def test_closed_standard_streams(self):
        self.start_both()
        where = " ".join(self.where())
        for command, status, message in (
                (f"{BIN}/rmi_client {where} <&-", 0, "^$"),
                (f"{BIN}/rmi_client {where} 1 km m >&-", 1, "standard output was cut short"),
                (f"{BIN}/rmi_registry -p 0 >&-", 1, "standard output was cut short")):
            program = subprocess.run(["sh", "-c", "exec " + command], capture_output=True, check=False)
            self.assertEqual(program.returncode, status, program)
            self.assertRegex(program.stderr.decode(), message)

    def test_stopped_in_every_state(self):
        registry, port = self.serve("rmi_registry")
        registry.stop(signo=signal.SIGINT)
        with socket.create_server(("127.0.0.1", 0)) as silent:  # a registry that never answers
            where = ("--registry", f"127.0.0.1:{silent.getsockname()[1]}")
            for name, args in (("rmi_server", ()), ("rmi_client", ("1", "km", "m")), ("rmi_client", ("-n", 5))):
                program = self.start(name, *where, *args)
                connection, _ = silent.accept()  # its call is under way
                with connection:
                    connection.recv(1)
                    program.stop(signo=signal.SIGINT)
                if name == "rmi_server":  # it may be bound: the answer did not come
                    with silent.accept()[0] as unbinding:
                        self.assertIn(b"<methodName>unbind_if<", unbinding.recv(1 << 16))
            idle = self.start("rmi_client", *where, "--progress")
            idle.error("avisos is at")
            idle.stop(signo=signal.SIGINT)
        self.start_both()
        client = self.start("rmi_client", *self.where(), "--progress", "pi", "50000")
        client.line("^pi: ")
        client.stop()


if __name__ == "__main__":
    main()
