"""saludo_server and saludo_client, started as a user starts them."""
import socket
import unittest

from pair import PairTest, main


class Saludo(PairTest):
    def test_a_name_is_answered_with_a_greeting(self):
        server, port = self.serve("saludo_server")
        client = self.run_program("saludo_client", "-p", port, "ana")
        self.assertEqual(client.stdout, ["hola, ana"])
        server.line(r"^127\.0\.0\.1:\d+ says: ana$")
        server.stop()

    def test_control_bytes_of_a_name_do_not_reach_the_terminal(self):
        server, port = self.serve("saludo_server")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.sendto(b"\x1b[2J", ("127.0.0.1", port))
        server.line(r"says: \\x1B\[2J$")
        server.stop()

    def test_a_name_that_is_too_long_is_not_answered(self):
        server, port = self.serve("saludo_server")
        self.assert_fails(1, "no answer in time", "saludo_client", "-p", port, "-w", 0.2, "x" * 101)
        server.error("a name has 100 bytes at most: not answered$")
        server.stop()

    def test_wrong_usage(self):
        self.assert_fails(2, "one NAME is enough; try: saludo_client --help", "saludo_client", "ana", "eva")

    def test_without_a_server_the_client_says_what_to_do(self):
        self.assert_fails(1, "Connection refused .is saludo_server running", "saludo_client", "-p", 1)

    def test_help_and_version(self):
        self.assert_help_and_version(["saludo_server", "saludo_client"])


if __name__ == "__main__":
    main()
