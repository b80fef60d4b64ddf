"""Every address of a name is tried: with a name of two addresses, in an /etc/hosts that only the program sees."""
import os
import subprocess
import tempfile

from pair import BIN, PATIENCE, PairTest, main


class Addresses(PairTest):
    def run_with_hosts(self, *command):
        with tempfile.NamedTemporaryFile("w") as hosts:
            hosts.write("::1 both.test\n127.0.0.1 both.test\n")
            hosts.flush()
            return subprocess.run(
                ["unshare", "--map-root-user", "--mount", "sh", "-c",
                 'mount --bind "$0" /etc/hosts && exec "$@"', hosts.name, *map(str, command)],
                input="hola\nagain\n", capture_output=True, text=True, timeout=PATIENCE)

    def setUp(self):
        if self.run_with_hosts("true").returncode != 0:
            self.skipTest("a mount of our own is not allowed here (unshare --map-root-user --mount)")

    def test_the_first_message_goes_to_each_address_until_one_does_not_refuse_it(self):
        for listen in ("127.0.0.1", "::1"):
            with self.subTest(listen=listen):
                server, port = self.serve("p2p_server", "-l", listen)
                client = self.run_with_hosts(os.path.abspath(os.path.join(BIN, "p2p_client")), "-p", port, "both.test")
                self.assertEqual((client.returncode, client.stderr), (0, ""))
                server.ends(0)
                self.assertEqual([line.rsplit(": ")[-1] for line in server.stdout[1:3]], ["hola", "again"])

    def test_measuring_too(self):
        _, port = self.serve("p2p_server", "--echo", "-q")
        client = self.run_with_hosts(os.path.abspath(os.path.join(BIN, "p2p_client")), "-p", port, "-n", 3, "both.test")
        self.assertRegex(client.stdout, "^3 sent, 3 received, 0 lost")

    def test_all_refuse(self):
        server, port = self.serve("p2p_server")
        server.stop()
        client = self.run_with_hosts(os.path.abspath(os.path.join(BIN, "p2p_client")), "-p", port, "both.test")
        self.assertEqual(client.returncode, 1)
        self.assertRegex(client.stderr, r"Connection refused \(nobody is there: is p2p_server running\?")
        self.assertEqual(client.stdout, "2 sent, 0 received, 2 undelivered\n")


if __name__ == "__main__":
    main()
