"""Other programs as peers: nc, and small clients and servers in Python like those of a class."""
import socket
import subprocess
import threading

from pair import PATIENCE, PairTest, main

WELCOME = "welcome: every byte comes back; the words exit and close end the conversation\n"


class Peers(PairTest):
    def serve_one(self, conversation):
        """A classroom server: accepts one client, hands its socket to `conversation`, closes. Returns its port."""
        listener = socket.create_server(("127.0.0.1", 0))

        def accept():
            with listener, listener.accept()[0] as s:
                s.settimeout(PATIENCE)
                conversation(s)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        return listener.getsockname()[1]

    def nc(self, *args, text=""):
        return subprocess.run(["nc", *map(str, args)], input=text.encode(), capture_output=True, timeout=PATIENCE,
                              check=True).stdout.decode()

    def test_nc_as_client(self):
        _, port = self.serve("tcp_server")
        self.assertEqual(self.nc("-N", "127.0.0.1", port, text="hola\nñandú\n"), WELCOME + "hola\nñandú\n")

    def test_nc_as_client_that_says_close(self):
        _, port = self.serve("tcp_server")
        self.assertEqual(self.nc("127.0.0.1", port, text="close\n"), WELCOME + "closed\n")

    def test_nc_as_server(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        nc = subprocess.Popen(["nc", "-v", "-l", "127.0.0.1", str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        self.addCleanup(nc.wait)
        self.addCleanup(nc.kill)
        self.assertRegex(nc.stderr.readline().decode(), "^Listening")
        client = self.start("tcp_client", "-p", port, "127.0.0.1")
        client.type("hola\n")
        self.assertEqual(nc.stdout.readline(), b"hola\n")
        nc.stdin.write(b"buenas\n")
        nc.stdin.flush()
        client.line("^buenas$")
        client.end_input()
        nc.stdin.close()
        client.ends(0)
        for stream in (nc.stdout, nc.stderr):
            stream.close()

    def test_a_client_that_sends_without_a_newline_and_reads_once(self):
        _, port = self.serve("tcp_server", "--no-welcome")
        with socket.create_connection(("127.0.0.1", port)) as s:
            for text in ("hola", "¿qué tal?"):
                s.sendall(text.encode())
                self.assertEqual(s.recv(1024).decode(), text)
            s.sendall(b"exit")
            self.assertEqual(s.recv(1024), b"")

    def test_a_server_that_sends_without_a_newline(self):
        port = self.serve_one(lambda s: s.sendall(s.recv(1024).upper()))
        client = self.run_program("tcp_client", "-q", "--no-newline", "-p", port, "127.0.0.1", text="hola\n")
        self.assertEqual(client.stdout, ["HOLA"])

    def test_a_server_that_speaks_first_and_ends(self):
        port = self.serve_one(lambda s: s.sendall("adiós\n".encode()))
        client = self.start("tcp_client", "-q", "-p", port, "127.0.0.1")
        client.line("^adiós$")
        client.ends(0)

    def test_a_client_that_never_reads_and_goes(self):
        server, port = self.serve("tcp_server", "-q")
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(b"x" * 1000)
        client = self.run_program("tcp_client", "-q", "-p", port, text="hola\n")
        self.assertEqual(client.stdout[1:], ["hola"])
        server.stop()


if __name__ == "__main__":
    main()
