"""Wrong usage and failures: the message names the problem, the likely cause and the next step; the exit status fits."""
import os
import socket
import subprocess

from pair import BIN, PairTest, main


class BadInput(PairTest):
    def test_usage(self):
        for name in ("tcp_server", "tcp_client"):
            for port in ("70000", "-1", "http", "", "80x"):
                self.assert_fails(2, f"-p {port}: expected a whole number from . to 65535", name, "-p", port)
            self.assert_fails(2, f"try: {name} --help", name, "--no-such-option")
        self.assert_fails(2, "no argument is expected here", "tcp_server", "9999")
        self.assert_fails(2, "one HOST is enough", "tcp_client", "localhost", "9999")
        for option in (["--one-way"], ["--spin"], ["--no-welcome"], ["-s", 10], ["-w", 0]):
            self.assert_fails(2, "go with -n", "tcp_client", *option)
        for count in ("0", "x", "1e6", "99999999999999999999"):
            self.assert_fails(2, "-n .*expected a whole number", "tcp_client", "-n", count)
        for seconds in ("-1", "nan", "soon", "1e9"):
            self.assert_fails(2, "-w .*expected seconds", "tcp_client", "-w", seconds)

    def test_help_and_version(self):
        self.assert_help_and_version(("tcp_server", "tcp_client"))

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.assert_fails(1, rf"connect to localhost:{port}: Connection refused "
                             rf"\(is tcp_server running\? start it with: tcp_server -p {port}\)", "tcp_client", "-p", port)

    def test_unknown_host(self):
        for name, option in (("tcp_client", []), ("tcp_server", ["-l"])):
            self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(", name, *option, "no.such.host.invalid")

    def test_an_address_that_is_not_ours(self):
        self.assert_fails(1, r"listen on 192\.0\.2\.1:0: Cannot assign requested address \(not an address of this machine",
                          "tcp_server", "-p", 0, "-l", "192.0.2.1")

    def test_port_in_use(self):
        _, port = self.serve("tcp_server")
        self.assert_fails(1, f"listen on 127.0.0.1:{port}: Address already in use .*-p 0", "tcp_server", "-p", port)

    def test_unwritable_stdout(self):
        with open("/dev/full", "wb") as full:
            for args in ([], ["-V"], ["-h"]):
                self.assert_fails(1, "standard output was cut short", "tcp_server", "-p", 0, *args, stdout=full)
            _, port = self.serve("tcp_server")
            self.assert_fails(1, "standard output was cut short", "tcp_client", "-p", port, stdout=full)

    def test_a_reader_that_is_gone(self):
        reading, writing = os.pipe()
        os.close(reading)
        self.assert_fails(1, "standard output was cut short", "tcp_server", "-p", 0, stdout=writing)
        os.close(writing)

    def test_a_reader_that_leaves_later(self):
        reading, writing = os.pipe()
        server = self.start("tcp_server", "-p", 0, stdout=writing)
        os.close(writing)
        with os.fdopen(reading) as lines:
            port = int(lines.readline().rsplit(":", 1)[1])
        self.run_program("tcp_client", "-q", "-p", port, text="hola\n")
        self.assertRegex(server.ends(1).stderr[-1], "standard output was cut short")

    def test_closed_standard_streams(self):
        server, port = self.serve("tcp_server")
        client = subprocess.run(["sh", "-c", f"exec {BIN}/tcp_client -p {port} <&-"], capture_output=True, check=False)
        self.assertEqual(client.returncode, 0, client)
        self.assertRegex(client.stdout.decode(), "^welcome")
        server.line("left after 0 bytes")
        for command in (f"{BIN}/tcp_client -p {port} < /dev/null >&-", f"{BIN}/tcp_server -p 0 >&-"):
            program = subprocess.run(["sh", "-c", "exec " + command], capture_output=True, check=False)
            self.assertEqual(program.returncode, 1, program)
            self.assertRegex(program.stderr.decode(), "standard output was cut short")

    def test_a_line_of_a_mebibyte_with_every_byte(self):
        _, port = self.serve("tcp_server", "-q")
        line = bytes(range(1, 10)) + bytes(range(11, 128)) + b"\x00"
        text = (line * (1 << 20))[:1 << 20] + b"\n"
        client = self.run_program("tcp_client", "-q", "-p", port, text=text)
        shown = client.stdout[1].encode()
        self.assertNotRegex(shown, rb"[\x00-\x1f\x7f]")
        unescaped = shown.decode("unicode_escape").encode("latin-1") + b"\n"
        self.assertEqual(unescaped, text)


if __name__ == "__main__":
    main()
