"""Senders and receivers in Python: the foreign peers of these tests. Everything stays on the loopback interface."""
import socket

from pair import PATIENCE, PairTest

GROUP = "239.255.0.1"
COUNTS = ("received", "lost", "duplicated", "reordered", "restarts", "without a number")


def counts(*numbers):
    """The counts at the end of a line of mcast_receiver."""
    return ", ".join(f"{n} {name}" for n, name in zip(numbers, COUNTS))


class McastTest(PairTest):
    def receive(self, *args):
        """Starts a receiver on a free port; returns it and the port."""
        return self.serve("mcast_receiver", *args)

    def send(self, port, text, *args, **more):
        return self.run_program("mcast_sender", "-p", port, *args, text=text, **more)

    def sender(self, source="127.0.0.1", port=0):
        """A socket that sends to groups through the interface of `source`, from that address."""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.bind((source, port))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
        return s

    def receiver(self, port=0, group=GROUP, interface="127.0.0.1", bound_to=None):
        """A socket that has joined `group`."""
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.settimeout(PATIENCE)
        if port:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((group if bound_to is None else bound_to, port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(interface))
        return s

    def assert_ends_with(self, program, *lines):
        """Checks the last lines of a receiver."""
        self.assert_lines(program.stdout[-len(lines):], lines)
