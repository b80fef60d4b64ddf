"""Forged datagrams: a source address and an ICMP message prove nothing. Needs a network namespace, for raw sockets."""
import signal
import socket
import struct

import namespace
from pair import PATIENCE, PairTest, main

HOST = "127.0.0.1"
PORT_UNREACHABLE = (3, 3)  # ICMP type and code (RFC 792)


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(protocol, source, destination, payload):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(destination)) + payload


def udp(source_port, destination_port, payload):
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload  # 0: no checksum


class Forged(PairTest):
    def setUp(self):
        if WHY_NOT is not None:
            self.skipTest(f"no network namespace could be made here: {WHY_NOT}")
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.addCleanup(self.raw.close)

    def send(self, packet, to=HOST):
        self.raw.sendto(packet, (to, 0))

    def peer(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.bind((HOST, 0))
        s.settimeout(PATIENCE)
        return s

    def refuse(self, sender_port, to, to_port, payload=b""):
        """An ICMP message which says that the datagram from HOST:sender_port to `to` was refused."""
        quoted = ipv4(socket.IPPROTO_UDP, HOST, to, udp(sender_port, to_port, payload))
        message = struct.pack("!BBHI", *PORT_UNREACHABLE, 0, 0) + quoted + b"\0" * (len(quoted) % 2)
        message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
        self.send(ipv4(socket.IPPROTO_ICMP, to, HOST, message))

    def test_an_echo_server_does_not_answer_itself(self):
        for listen, source in ((HOST, HOST), ("0.0.0.0", "127.0.0.2"), ("::", HOST)):
            for payload in (b"hola", b""):
                with self.subTest(listen=listen, source=source, payload=payload):
                    server, port = self.serve("p2p_server", "--echo", "-l", listen)
                    self.send(ipv4(socket.IPPROTO_UDP, source, HOST, udp(port, port, payload)))
                    server.line(r"\(not in this conversation\)")
                    s = self.peer()
                    s.sendto(b"and me?", (HOST, port))
                    self.assertEqual(s.recv(100), b"and me?")
                    server.stop()
                    self.assertEqual(server.stdout[-1], "1 sent, 1 received, 0 undelivered")

    def test_a_refusal_by_an_address_that_was_never_written_to_changes_nothing(self):
        for payload in (b"", b"text"):
            with self.subTest(payload=payload):
                server, port = self.serve("p2p_server")
                s = self.peer()
                s.sendto(b"hola", (HOST, port))
                server.line("hola")
                server.process.send_signal(signal.SIGSTOP)
                self.refuse(port, "127.0.0.9", 9, payload)
                server.type("are you there?\n")
                server.process.send_signal(signal.SIGCONT)
                self.assertEqual(s.recv(100), b"are you there?")
                s.sendto(b"yes", (HOST, port))
                server.line("yes")
                s.sendto(b"", (HOST, port))
                server.ends(0)
                self.assertEqual(server.stdout[-1], "1 sent, 2 received, 0 undelivered")

    def test_a_refusal_of_a_goodbye_that_was_never_said_is_reported(self):
        server, port = self.serve("p2p_server")
        s = self.peer()
        s.sendto(b"hola", (HOST, port))
        server.line("hola")
        self.refuse(port, HOST, s.getsockname()[1])
        server.error("Connection refused .it has ended, and its goodbye did not arrive")
        server.ends(1)


if __name__ == "__main__":
    WHY_NOT = namespace.enter()
    main()
