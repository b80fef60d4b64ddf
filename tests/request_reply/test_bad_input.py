"""Wrong usage: the message names the mistake, the likely cause and the next step; the exit status is right."""
import os
import subprocess
import tempfile
import zlib

from pair import BIN, PairTest, main

PROGRAMS = ("reqrep_server", "reqrep_client")


def checked(line):
    """A line of the journal with its checksum."""
    return line + b" crc %08x" % zlib.crc32(line)


class BadInput(PairTest):
    def test_usage(self):
        for name in PROGRAMS:
            for port in ("70000", "-1", "http", "", "80x"):
                self.assert_fails(2, f"-p {port}: expected a whole number from . to 65535", name, "-p", port)
            self.assert_fails(2, f"try: {name} --help", name, "--no-such-option")
        self.assert_fails(2, "no argument is expected here", "reqrep_server", "12350")
        self.assert_fails(2, "one HOST is enough", "reqrep_client", "localhost", "12350")
        for name in PROGRAMS:
            self.assert_fails(2, "--semantics exactly-once: expected maybe, at-least-once or at-most-once", name,
                              "--semantics", "exactly-once")
            self.assert_fails(2, "--crash-after 0: expected a whole number", name, "--crash-after", "0")
        for history in ("0", "65", "x"):
            self.assert_fails(2, "--history .*expected a whole number from 1 to 64", "reqrep_server", "--history", history)
        for option in ("-w", "--rto", "--rto-min"):
            self.assert_fails(2, f"{option} soon: expected seconds", "reqrep_client", option, "soon")
        self.assert_fails(2, "-w 0: expected more than 0 seconds", "reqrep_client", "-w", "0")
        self.assert_fails(2, "-n 0: expected a whole number", "reqrep_client", "-n", "0")

    def test_help_and_version(self):
        self.assert_help_and_version(PROGRAMS)

    def test_addresses(self):
        self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(", "reqrep_client", "no.such.host.invalid")
        self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(-l takes", "reqrep_server", "-l", "no.such.host.invalid")
        self.assert_fails(1, r"on 192\.0\.2\.1:0: Cannot assign requested address \(not an address of this machine",
                          "reqrep_server", "-p", 0, "-l", "192.0.2.1")
        _, port = self.serve("reqrep_server")
        self.assert_fails(1, f"on 127.0.0.1:{port}: Address already in use .*-p 0", "reqrep_server", "-p", port)

    def test_unwritable_stdout(self):
        with open("/dev/full", "wb") as full:
            for name in PROGRAMS:
                self.assert_fails(1, "standard output was cut short", name, "-V", stdout=full)
                self.assert_fails(1, "standard output was cut short", name, "-p", 0 if name != "reqrep_client" else 9,
                                  stdout=full)

    def test_lines_that_are_no_calls(self):
        _, port = self.serve("reqrep_server", "-q")
        text = b"deposit 1\n\nwithdraw 5\ndeposit \x1b[2J\ndeposit 1\0junk\n" + b"deposit 9" + b" " * 100000 + b"x\ndeposit 2"
        client = self.run_program("reqrep_client", "-p", port, "127.0.0.1", text=text, status=1)
        self.assertEqual(client.stdout[-1], "sent 2, retransmitted 0, answered 2, expected balance 3")
        self.assertEqual(len(client.stderr), 4)
        for line, shown in zip(client.stderr, (r"withdraw 5", r"deposit \x1B[2J", r"deposit 1\x00junk", "deposit 9   ")):
            self.assertTrue(line.startswith("reqrep_client: " + shown), line)
            self.assertRegex(line, r"expected deposit AMOUNT \(1 to 1000000000\), balance, or audit SECONDS \(to 600\)$")

    def test_closed_standard_input(self):
        _, port = self.serve("reqrep_server")
        client = subprocess.run(["sh", "-c", f"exec {BIN}/reqrep_client -p {port} <&-"], capture_output=True, check=False)
        self.assertEqual((client.returncode, client.stdout), (0, b"sent 0, retransmitted 0, answered 0, expected balance 0\n"))

    def test_journals_that_will_not_do(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "journal")
            self.assert_fails(1, "journal /: Is a directory .--journal takes a file", "reqrep_server", "-p", 0, "--journal", "/")
            self.assert_fails(1, "No such file or directory", "reqrep_server", "-p", 0, "--journal", path + "/x")
            self.serve("reqrep_server", "--journal", path)
            self.assert_fails(1, "another program has it", "reqrep_server", "-p", 0, "--journal", path)
            line = b"2026-01-31T12:00:00.000000Z client 0000000000000007 request 1 attempt 1 deposit 5 balance 5"
            others = [b"hello\n", b"\x00" * 500, b"x" * 1000 + b"\n", line.replace(b"00000007", b"7") + b"\n",
                      line.replace(b"balance 5", b"balance -5") + b"\n", line + b"\n", b"2024", b"2026-01-31T12:00", line[:35]]
            # A last line without an end is cut off only if it may be the beginning of an execution.
            others += [b"s3cret", b"20260131", b"\x00", b"2026-01\x00s3cret", b"2026-01-31 12:00", b"2026-01-31T12:00:00.000000Z x",
                       line[:35] + b"s3cret", line[:50] + b" ", line.replace(b"deposit", b"withdraw")[:-9], line + b" s3cret",
                       checked(line) + b" "]
            for text in others:
                other = os.path.join(directory, "other")
                with open(other, "wb") as file:
                    file.write(text)
                self.assert_fails(1, "line 1 is no execution .is it another program's file", "reqrep_server", "-p", 0,
                                  "--journal", other)
                with open(other, "rb") as file:
                    self.assertEqual(file.read(), text)

    def test_a_fifo_is_no_journal(self):
        with tempfile.TemporaryDirectory() as directory:
            fifo = os.path.join(directory, "fifo")
            os.mkfifo(fifo)
            self.assert_fails(1, "cannot be read from its beginning .--journal takes a file", "reqrep_server", "-p", 0,
                              "--journal", fifo)

    def test_a_device_without_end_is_no_journal(self):
        self.assert_fails(1, "/dev/zero: line 1 is no execution", "reqrep_server", "-p", 0, "--journal", "/dev/zero")

    def test_what_a_crash_of_the_machine_leaves_is_cut_off(self):
        first = checked(b"2026-01-31T12:00:00.000000Z client 0000000000000007 request 1 attempt 1 deposit 5 balance 5") + b"\n"
        for tail in (bytes(1), bytes(5000), b"2024", b"2026-01-31T12" + bytes(300)):
            with tempfile.NamedTemporaryFile() as file:
                file.write(first + tail)
                file.flush()
                server, _ = self.serve("reqrep_server", "--journal", file.name)
                server.error("its last line is unfinished: that execution did not happen")
                server.stop()
                self.assertRegex(server.stdout[-1], "executed 1, .* balance 5$")
                with open(file.name, "rb") as left:
                    self.assertEqual(left.read(), first)

    def test_a_damaged_line_is_noticed(self):
        line = checked(b"2026-01-31T12:00:00.000000Z client 0000000000000007 request 1 attempt 1 deposit 5 balance 5") + b"\n"
        for text, message in ((line.replace(b"balance 5", b"balance 7"), "line 1 is damaged: its checksum is wrong"),
                              (line + line[:-1] + b"*", "line 2 is no execution"),
                              (line[:-1] + b"*" + line, "line 1 is no execution")):
            with tempfile.NamedTemporaryFile() as file:
                file.write(text)
                file.flush()
                self.assert_fails(1, message, "reqrep_server", "-p", 0, "--journal", file.name)
                with open(file.name, "rb") as left:
                    self.assertEqual(left.read(), text)

    def test_at_most_once_is_on_the_disk_before_it_is_answered(self):
        """A device takes every line and has no disk to put it on: fsync(2) fails there."""
        for semantics, answered in (("maybe", 1), ("at-most-once", 0)):
            server, port = self.serve("reqrep_server", "--journal", "/dev/null", "--semantics", semantics)
            client = self.run_program("reqrep_client", "-p", port, "-w", "0.5", "--semantics", semantics, "127.0.0.1",
                                      text="deposit 1\n", status=1 - answered)
            self.assertRegex(client.stdout[-1], f"answered {answered}")
            if answered:
                server.stop()
            else:
                server.ends(1)
                self.assertRegex(server.stderr[-1], "/dev/null: Invalid argument .*what cannot be remembered is not answered")

    def test_a_full_disk(self):
        with tempfile.TemporaryDirectory() as directory:
            full = ["sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh"]  # no file of its own may grow
            server, port = self.serve("reqrep_server", "--journal", os.path.join(directory, "journal"), under=full)
            client = self.run_program("reqrep_client", "-p", port, "-w", "0.1", "127.0.0.1", text="deposit 1\n", status=1)
            server.ends(1)
        self.assertRegex(server.stderr[-1], r": File too large \(is the disk full\? what cannot be remembered is not answered")
        self.assertRegex(client.stdout[-1], "answered 0")


if __name__ == "__main__":
    main()
