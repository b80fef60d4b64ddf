"""Connections to a server under test, byte by byte: what no HTTP client would send."""
import socket

from pair import PATIENCE, PairTest


class RawHttpTest(PairTest):
    """setUp() starts the server, and puts its port into self.port."""

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        self.addCleanup(s.close)
        return s

    def raw(self, data, half_close=False):
        """What the server answers to these bytes, until it ends the connection."""
        with self.connect() as s:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := s.recv(65536):
                answer += piece
        return answer
