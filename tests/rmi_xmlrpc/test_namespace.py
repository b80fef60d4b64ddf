"""Registry, server and client on three machines: three network namespaces, joined by virtual cables to the registry's.

This file runs itself again inside the registry's namespace.
"""
import subprocess
import sys

import namespace
from namespace import ip
from pair import main
from rmi import RmiTest

REGISTRY_FOR_SERVER, SERVER = "10.77.1.1", "10.77.1.2"
REGISTRY_FOR_CLIENT, CLIENT = "10.77.2.1", "10.77.2.2"


class Machines(RmiTest):
    @classmethod
    def setUpClass(cls):
        cls.skip = namespace.enter("unshare -n true", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        if cls.skip is not None:
            return
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as forward:
            forward.write("1")
        cls.on_server = cls.machine("toserver", REGISTRY_FOR_SERVER, SERVER)
        cls.on_client = cls.machine("toclient", REGISTRY_FOR_CLIENT, CLIENT)

    @classmethod
    def machine(cls, cable, here, there):
        """A namespace at the other end of a cable; returns the command line prefix that runs a command there."""
        holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()  # it is in its namespace
        cls.addClassCleanup(holder.communicate)
        under = ("nsenter", "-t", str(holder.pid), "-n")
        ip(f"link add {cable} type veth peer name eth netns {holder.pid}")
        ip(f"addr add {here}/24 dev {cable}")
        ip(f"link set {cable} up")
        for command in ("link set lo up", f"addr add {there}/24 dev eth", "link set eth up", f"route add default via {here}"):
            ip(command, *under)
        return under

    def setUp(self):
        if self.skip is not None:
            self.skipTest(f"no network namespaces: {self.skip}")

    def start_far_server(self, *args, status=None):
        where = ("--registry", f"{REGISTRY_FOR_SERVER}:{self.registry_port}")
        if status is not None:
            return self.run_program("rmi_server", *where, *args, status=status, under=self.on_server)
        server = self.start("rmi_server", *where, *args, under=self.on_server)
        server.line("^bound motor_calculo to ")
        return server

    def call_from_far(self, *args, status=0):
        return self.run_program("rmi_client", "--registry", f"{REGISTRY_FOR_CLIENT}:{self.registry_port}", *args,
                                status=status, under=self.on_client)

    def test_registry_server_and_client_on_three_machines(self):
        for listen in (["-l", SERVER], ["-l", "0.0.0.0", "--advertise", SERVER]):
            self.start_registry("-l", "0.0.0.0", "--remote-bind")
            server = self.start_far_server(*listen)
            self.assertRegex(server.stdout[1], rf"^bound conversor to http://{SERVER}:\d+/conversor$")
            self.assertEqual(self.call_from_far("10", "km", "mi").stdout, ["6.2137119223733395"])
            self.assertEqual(self.call("10", "km", "mi").stdout, ["6.2137119223733395"])
            server.line(rf"^{CLIENT}:\d+ conversor")
            client = self.call_from_far("--progress", "-l", CLIENT, "pi", "20000")
            self.assertIn("pi: 2000 of 20000 digits", client.stdout)
            self.assertRegex(client.stderr[0], f"avisos is at http://{CLIENT}:")
            server.stop()
            self.assertRegex(server.stdout[-1], " [1-9] notices delivered")
            self.registry.stop()

    def test_only_the_registrys_own_host_binds_unless_allowed(self):
        self.start_registry("-l", "0.0.0.0")
        server = self.start_far_server("-l", SERVER, status=1)
        self.assertRegex(server.stderr[0], rf"fault 12: {SERVER}:\d+ is another host: .*rmi_registry --remote-bind\)$")
        self.assertEqual(self.call("list").stdout, [])

    def test_only_the_registrys_own_host_unbinds_unless_allowed(self):
        self.start_registry("-l", "0.0.0.0")
        self.start_server("-l", REGISTRY_FOR_CLIENT)
        code = (f"import xmlrpc.client\n"
                f"xmlrpc.client.ServerProxy('http://{REGISTRY_FOR_CLIENT}:{self.registry_port}/').unbind('conversor')")
        done = subprocess.run([*self.on_client, sys.executable, "-c", code], capture_output=True, check=False)
        self.assertIn(b"Fault 12", done.stderr)
        self.assertEqual(self.call_from_far("1", "km", "m").stdout, ["1000"])

    def test_nobody_binds_an_address_that_only_he_himself_can_reach(self):
        self.start_registry("-l", "0.0.0.0", "--remote-bind")
        for args in ([], ["--advertise", "localhost"], ["-l", SERVER, "--advertise", "127.0.0.1"]):
            server = self.start_far_server(*args, status=1)
            self.assertRegex(server.stderr[0], r"fault 13: http://.* is an address of each host's own, and you are not on this "
                                               r"registry's host \(.*--advertise\)$")
        self.assertEqual(self.call("list").stdout, [])

    def test_nobody_outside_is_handed_localhost(self):
        self.start_registry("-l", "0.0.0.0")
        for args in ([], ["--advertise", "localhost"]):
            server = self.start_server(*args)
            self.assertEqual(self.call("1", "km", "m").stdout, ["1000"])
            client = self.call_from_far("1", "km", "m", status=1)
            self.assertRegex(client.stderr[0], r"fault 13: conversor is bound to http://(127\.0\.0\.1|localhost):\d+/conversor, which "
                                               r"only the registry's own host can reach .*--advertise\); nothing was executed$")
            server.stop()

    def test_a_callback_that_only_the_client_could_reach(self):
        self.start_registry("-l", "0.0.0.0")
        self.start_server("-l", REGISTRY_FOR_CLIENT)
        client = self.call_from_far("--progress", "pi", "10", status=1)
        self.assertRegex(client.stderr[-1], rf"fault 7: url_avisos: http://127\.0\.0\.1:\d+/avisos is not where you call from, "
                                            rf"{CLIENT}:\d+ \(.*rmi_client -l\)$")


if __name__ == "__main__":
    main()
