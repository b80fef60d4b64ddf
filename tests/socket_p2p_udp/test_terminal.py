"""p2p_server and p2p_client on a terminal: a message that arrives does not garble the line being typed."""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import unicodedata

from pair import BIN, PATIENCE, PairTest, main

COLUMNS, ROWS = 60, 24


class Screen:
    """What a terminal shows: as much of one as a line editor needs."""

    def __init__(self):
        self.rows, self.row, self.column = [[]], 0, 0
        self.unparsed = ""

    def _put(self, character):
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if self.column + width > COLUMNS:
            self._move(self.row + 1, 0)
        line = self.rows[self.row]
        line.extend(" " * (self.column + width - len(line)))
        line[self.column:self.column + width] = [character] + [""] * (width - 1)
        self.column += width

    def _move(self, row, column):
        self.row, self.column = max(row, 0), max(column, 0)
        while len(self.rows) <= self.row:
            self.rows.append([])

    def feed(self, text):
        text = self.unparsed + text
        for match in re.finditer(r"\x1b\[([?\d;]*)([@-~])|\x1b[^\[]|[^\x1b]", text):
            self.unparsed = text[match.end():]
            character, n = match[0], int(match[1]) if (match[1] or "").isdigit() else 1
            line = self.rows[self.row]
            if character == "\r": self.column = 0
            elif character == "\n": self._move(self.row + 1, self.column)
            elif character == "\b": self.column = max(self.column - 1, 0)
            elif match[2] == "A": self._move(self.row - n, self.column)
            elif match[2] == "B": self._move(self.row + n, self.column)
            elif match[2] == "C": self.column += n
            elif match[2] == "D": self.column -= n
            elif match[2] == "K": del line[self.column:]
            elif match[2] == "P": del line[self.column:self.column + n]
            elif match[2] == "@": line[self.column:self.column] = [" "] * n
            elif match[2] == "J":
                del line[self.column:]
                del self.rows[self.row + 1:]
            elif character >= " " and not match[2]: self._put(character)

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows if "".join(row).strip()]


class Terminal:
    """A program on a pseudo-terminal of its own."""

    def __init__(self, test, name, *args, lang="C.UTF-8", preexec=lambda: None):
        self.test, self.screen = test, Screen()
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = dict(os.environ, TERM="xterm", LC_ALL=lang)
        self.process = subprocess.Popen(
            [os.path.join(BIN, name), *map(str, args)], stdin=inner, stdout=inner, stderr=inner, env=environment,
            start_new_session=True, preexec_fn=lambda: (fcntl.ioctl(0, termios.TIOCSCTTY, 0), preexec()))
        self.inner = inner  # its settings stay to be looked at
        test.addCleanup(self.close)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in (self.fd, self.inner):
            if fd >= 0:
                os.close(fd)

    def type(self, text):
        os.write(self.fd, text.encode())

    def _read(self):
        if not select.select([self.fd], [], [], PATIENCE)[0]:
            self.test.fail("nothing more came to the screen:\n" + "\n".join(self.screen.lines()))
        try:
            self.screen.feed(os.read(self.fd, 4096).decode("utf-8", "replace"))
            return True
        except OSError:  # EIO: the program has ended
            return False

    def shows(self, *patterns):
        """Waits until the last lines on the screen match these."""
        deadline = time.monotonic() + PATIENCE
        while True:
            last = self.screen.lines()[-len(patterns):]
            if len(last) == len(patterns) and all(re.fullmatch(p, line) for p, line in zip(patterns, last)):
                return
            if time.monotonic() > deadline or not self._read():
                self.test.fail(f"the screen does not end with {patterns}:\n" + "\n".join(self.screen.lines()))

    def ends(self, status=0):
        os.close(self.inner)
        self.inner = -1
        while self._read():
            pass
        self.test.assertEqual(self.process.wait(PATIENCE), status, self.screen.lines())

    def cooked(self):
        return bool(termios.tcgetattr(self.inner)[3] & termios.ICANON)


class TerminalTest(PairTest):
    def setUp(self):
        self.friend = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.friend.bind(("127.0.0.1", 0))
        self.friend.settimeout(PATIENCE)
        self.addCleanup(self.friend.close)
        self.port = self.friend.getsockname()[1]

    def client(self, **how):
        """p2p_client on a terminal, after the first message."""
        terminal = Terminal(self, "p2p_client", "-p", self.port, "127.0.0.1", **how)
        terminal.shows(">")
        terminal.type("first\r")
        data, terminal.address = self.friend.recvfrom(100)
        self.assertEqual(data, b"first")
        terminal.shows("> first", ">")
        return terminal

    def receives(self, expected):
        self.assertEqual(self.friend.recv(70000), expected)

    def test_a_message_in_the_middle_of_a_line(self):
        terminal = self.client()
        terminal.type("half a l")
        terminal.shows("> half a l")
        self.friend.sendto(b"I interrupt", terminal.address)
        terminal.shows("> first", rf"127\.0\.0\.1:{self.port}: I interrupt", "> half a l")
        terminal.type("ine\r")
        self.receives(b"half a line")
        terminal.shows(r"127.*: I interrupt", "> half a line", ">")

    def test_the_cursor_stays_where_it_was(self):
        terminal = self.client()
        terminal.type("hoa\x02")  # Ctrl-B: one to the left
        terminal.shows("> hoa")
        self.friend.sendto(b"I interrupt", terminal.address)
        terminal.shows(".*: I interrupt", "> hoa")
        terminal.type("l\r")
        self.receives(b"hola")
        terminal.shows(".*: I interrupt", "> hola", ">")

    def test_characters_of_several_bytes_in_any_locale(self):
        for lang in ("C.UTF-8", "C"):
            terminal = self.client(lang=lang)
            terminal.type("¿qué 日")
            terminal.shows("> ¿qué 日")
            self.friend.sendto("¡añil!".encode(), terminal.address)
            terminal.shows(".*: ¡añil!", "> ¿qué 日")
            terminal.type("\x7f本\r")
            self.receives("¿qué 本".encode())
            terminal.type("\x04")
            self.receives(b"")
            self.friend.sendto(b"", terminal.address)
            terminal.ends()

    def test_half_a_character_and_half_a_key_hold_up_nobody(self):
        terminal = self.client()
        os.write(terminal.fd, "ñ".encode()[:1])
        self.friend.sendto(b"one", terminal.address)
        terminal.shows(".*: one", ">")
        os.write(terminal.fd, "ñ".encode()[1:] + b"\x1b")  # and now Escape, which may begin an arrow
        terminal.shows(".*: one", "> ñ")
        self.friend.sendto(b"two", terminal.address)
        terminal.shows(".*: two", "> ñ")
        terminal.type("[Da\r")  # it was the arrow to the left
        self.receives("añ".encode())

    def test_lines_that_come_at_once(self):
        terminal = self.client()
        terminal.type("one\rtwo\rth")
        self.receives(b"one")
        self.receives(b"two")
        terminal.shows("> one", "> two", "> th")
        terminal.type("ree\r")
        self.receives(b"three")

    def test_keys_that_would_ask_for_more_keys_end_nothing(self):
        terminal = self.client()
        terminal.type("a\x12\x1bx\x1b2")  # Ctrl-R, Alt-X, and Alt-2, which waits for the key to repeat
        terminal.type("b\x16")  # Ctrl-V, and then the character that it quotes
        terminal.shows("> abb")
        terminal.type("\x01\r")
        self.receives(b"abb\x01")

    def test_a_line_longer_than_the_screen_is_wide(self):
        terminal = self.client()
        for length in (COLUMNS - 3, COLUMNS - 2, COLUMNS - 1, 3 * COLUMNS - 2, 100):
            with self.subTest(length=length):
                text = ("0123456789" * 20)[:length]
                rows = [("> " + text)[i:i + COLUMNS] for i in range(0, length + 2, COLUMNS)]
                terminal.type(text)
                terminal.shows(*rows)
                before = len(terminal.screen.lines())
                self.friend.sendto(b"I interrupt", terminal.address)
                terminal.shows(".*: I interrupt", *rows)
                self.assertEqual(len(terminal.screen.lines()), before + 1, terminal.screen.lines())  # no leftovers
                terminal.type("!\r")
                self.receives(text.encode() + b"!")
                terminal.shows(">")

    def test_a_stranger_and_a_refusal_do_not_garble_it_either(self):
        terminal = self.client()
        terminal.type("half")
        terminal.shows("> half")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"psst", terminal.address)
        terminal.shows(r"127\.0\.0\.1:\d+ \(not in this conversation\): psst", "> half")
        self.friend.sendto(b"x", terminal.address)
        terminal.shows(".*: x", "> half")
        self.friend.close()
        terminal.type("\r")
        terminal.ends(1)
        self.assertRegex("".join(terminal.screen.lines()), "> half.*Connection refused.*2 sent, 1 received, 1 undelivered")

    def test_a_line_typed_to_a_server_that_nobody_addressed_waits_in_the_editor(self):
        terminal = Terminal(self, "p2p_server", "-p", 0)
        terminal.shows(r"listening on 127\.0\.0\.1:\d+", ">")
        address = ("127.0.0.1", int(terminal.screen.lines()[0].rsplit(":", 1)[1]))
        terminal.type("¿hola?\r")
        terminal.shows("p2p_server: no peer has spoken to us yet.*", ".* again when one has", "> ¿hola\\?")
        self.friend.sendto(b"here I am", address)
        terminal.shows(r"127\.0\.0\.1:\d+: here I am", "> ¿hola\\?")
        terminal.type("\r")
        self.receives("¿hola?".encode())

    def test_an_empty_line_is_no_goodbye(self):
        terminal = self.client()
        terminal.type("\r")
        terminal.shows("p2p_client: an empty line is not sent: .*", ".* say goodbye", ">")
        terminal.type("still here\r")
        self.receives(b"still here")

    def test_every_end_gives_the_terminal_back_and_leaves_the_line_alone(self):
        def control_d(terminal):
            terminal.type("\x04")
            self.receives(b"")
            self.friend.sendto(b"", terminal.address)

        def control_c(terminal):
            terminal.type("half\x03")
            self.receives(b"")

        def terminate(terminal):
            terminal.process.send_signal(signal.SIGTERM)
            self.receives(b"")

        def goodbye(terminal):
            self.friend.sendto(b"", terminal.address)
            self.receives(b"")

        for end in (control_d, control_c, terminate, goodbye):
            with self.subTest(end=end.__name__):
                terminal = self.client()
                self.assertFalse(terminal.cooked())
                end(terminal)
                self.assertEqual(terminal.process.wait(PATIENCE), 0)
                self.assertTrue(terminal.cooked())
                terminal.shows(r"1 sent, 0 received, 0 undelivered")

    def test_a_terminal_that_hangs_up_ends_the_conversation(self):
        terminal = self.client(preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        os.close(terminal.inner)
        os.close(terminal.fd)
        terminal.fd = terminal.inner = -1
        self.receives(b"")
        self.friend.sendto(b"", terminal.address)
        self.assertEqual(terminal.process.wait(PATIENCE), 1)  # what it printed last did not arrive


if __name__ == "__main__":
    main()
