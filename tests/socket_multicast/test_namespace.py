"""What needs a network of its own: a namespace with the loopback interface and a second one. Nothing leaves it.

This file runs itself again inside such a namespace.
"""
import re
import socket
import struct
import subprocess

import namespace
from mcast import GROUP, McastTest, counts
from namespace import ip
from pair import main

GROUP6 = "ff15::1"
IPV6_ROUTE = f"-6 route add local {GROUP6} dev lo"
MCAST_JOIN_GROUP = 42  # Linux's; Python has no name for it
ETH_P_ALL = 3


def set_up_network():
    ip("link add first type veth peer name second")
    for name, n in (("first", 1), ("second", 2)):
        ip(f"link set {name} addrgenmode none")  # an address of its own making is not ready at once
        ip(f"link set {name} up")
        ip(f"address add 10.0.0.{n}/24 dev {name}")
        ip(f"-6 address add fd00::{n}/64 dev {name} nodad")


class Namespace(McastTest):
    def setUp(self):
        if WHY_NOT is not None:
            self.skipTest(f"no network namespace could be made here: {WHY_NOT}")

    def wire(self, interface="second"):
        """All that comes out of the machine at the other end of the cable."""
        s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.addCleanup(s.close)
        s.bind((interface, ETH_P_ALL))
        s.settimeout(10)
        return s

    def add_ipv6_route(self):
        ip(IPV6_ROUTE)
        self.addCleanup(ip, IPV6_ROUTE.replace("add", "del"))

    def join6(self, port, group, interface):
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.addCleanup(s.close)
        s.settimeout(10)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("::", port))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", socket.if_nametoindex(interface)))
        return s

    def send6(self, port, text, group, interface):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(interface))
            s.sendto(text, (group, port))

    def test_nothing_leaves_the_machine_unless_an_interface_is_named(self):
        wire = self.wire()

        def seen_until(text):
            """All of UDP, up to the packet with `text`."""
            packets = []
            while not packets or text not in packets[-1]:
                packet = wire.recv(2000)
                if packet[0] == 0x45 and packet[9] == socket.IPPROTO_UDP:
                    packets.append(packet)
            return packets

        receiver, port = self.receive()
        self.send(port, "inside\n")
        self.send(port, "and far\n", "-t", 255)
        receiver.line("and far")
        members = subprocess.run(["ip", "maddress"], capture_output=True, text=True, check=True).stdout
        self.assertRegex(members, rf"lo\n(\t.*\n)*?\tinet  {GROUP}")
        self.assertEqual(members.count(GROUP), 1, members)  # so no report tells another network of it
        self.send(port, "outside\n", "-i", "first")
        packets = seen_until(b"1 outside")
        self.assertEqual(len(packets), 1, packets)
        self.assertEqual(packets[0][8], 1)  # its TTL
        self.assertEqual(packets[0][12:16], socket.inet_aton("10.0.0.1"))

        self.send(port, "farther\n", "-i", "10.0.0.1", "-t", 9)
        self.assertEqual(seen_until(b"1 farther")[-1][8], 9)

        self.receiver(interface="10.0.0.1")  # Linux keeps TTL 0 inside only when somebody inside is a member
        self.send(port, "here\n", "-i", "first", "-t", 0)
        self.send(port, "there\n", "-i", "first")
        self.assertFalse(any(b"1 here" in packet for packet in seen_until(b"1 there")))

    def test_it_hears_its_own_interface_only_whatever_another_program_joined(self):
        receiver, port = self.receive()
        other = self.receiver(port, interface="10.0.0.1", bound_to="0.0.0.0")
        self.send(port, "on the other interface\n", "-i", "first")
        self.assertEqual(other.recv(100), b"1 on the other interface")
        self.send(port, "on ours\n")
        receiver.line("#1")
        self.assertRegex(receiver.stdout[1], "on ours")

    def test_an_interface_that_is_named(self):
        receiver, port = self.receive("-i", "first", "-n", 1)
        sender = self.send(port, "hola\n", "-i", "10.0.0.1")
        self.assertRegex(sender.stderr[0], "through first as 10.0.0.1:")
        receiver.ends()
        self.assertRegex(receiver.stdout[1], r"^10.0.0.1:\d+ #1: hola$")

    def test_a_free_port_is_not_one_that_another_receiver_shares(self):
        with open("/proc/sys/net/ipv4/ip_local_port_range", "r+", encoding="ascii") as ports:
            before = ports.read()
            ports.seek(0)
            ports.write("40000 40007")
        try:
            receivers = [self.receive() for _ in range(8)]
        finally:
            with open("/proc/sys/net/ipv4/ip_local_port_range", "w", encoding="ascii") as ports:
                ports.write(before)
        self.assertEqual(len({port for _, port in receivers}), 8)

    def test_ipv6_without_a_route_tells_how_to_make_one(self):
        sender = self.run_program("mcast_sender", "-g", GROUP6, status=1)
        self.assertRegex(sender.stderr[0], rf"send to \[ff15::1\]:5007 through lo: Network is unreachable .*ip {IPV6_ROUTE}")

    def test_ipv6(self):
        self.add_ipv6_route()
        receiver, port = self.receive("-g", GROUP6)
        self.assertEqual(receiver.stdout[0], f"listening on [ff15::1]:{port}")
        second = self.start("mcast_receiver", "-g", GROUP6, "-p", port)
        second.line("listening")
        sender = self.send(port, "hola\nadiós\n", "-g", GROUP6)
        self.assertRegex(sender.stderr[0], rf"sending to \[ff15::1\]:{port} through lo as \[::1\]:\d+, TTL 1")
        for each in (receiver, second):
            each.line("#2: adiós")
            each.stop()
            self.assertRegex(each.stdout[1], r"^\[::1\]:\d+ #1: hola$")
            self.assertEqual(each.stdout[-1], "1 sender: " + counts(2, 0, 0, 0, 0, 0))

    def test_ipv6_with_foreign_peers_and_hop_limit(self):
        self.add_ipv6_route()
        s = self.join6(0, GROUP6, "lo")
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        port = s.getsockname()[1]
        for args, hops in (((), 1), (("-t", 7), 7)):
            self.send(port, "hola\n", "-g", GROUP6, *args)
            text, ancillary, _, _ = s.recvmsg(100, 100)
            self.assertEqual((text, int.from_bytes(ancillary[0][2], "little")), (b"1 hola", hops))
        receiver, port = self.receive("-g", GROUP6)
        self.send6(port, b"1 hola", GROUP6, "lo")
        receiver.line("#1: hola")

    def test_ipv6_one_source_only(self):
        self.add_ipv6_route()
        ip("-6 address add fd00::5/128 dev lo nodad")
        self.addCleanup(ip, "-6 address del fd00::5/128 dev lo")
        receiver, port = self.receive("-g", GROUP6, "--source", "fd00::5")
        self.send(port, "unwanted\n", "-g", GROUP6, "-i", "::1")
        self.send(port, "wanted\n", "-g", GROUP6, "-i", "fd00::5")
        receiver.line("#1")
        self.assertRegex(receiver.stdout[1], r"^\[fd00::5\]:\d+ #1: wanted$")

    def test_ipv6_hears_its_own_group_and_interface_only(self):
        self.add_ipv6_route()
        receiver, port = self.receive("-g", GROUP6)
        other = self.join6(port, GROUP6, "first")
        self.send6(port, b"1 on the other interface", GROUP6, "first")
        self.assertEqual(other.recv(100), b"1 on the other interface")
        self.send(port, "on ours\n", "-g", GROUP6)
        receiver.line("#1")
        self.assertRegex(receiver.stdout[1], "on ours")

    def test_ipv6_group_that_each_interface_has_anew_needs_no_route(self):
        for group, scoped in (("ff11::1", f"ff11::1%{socket.if_nametoindex('first')}"), ("ff12::1", "ff12::1%first")):
            receiver, port = self.receive("-g", group, "-i", "first")
            self.assertEqual(receiver.stdout[0], f"listening on [{scoped}]:{port}")
            self.send(port, "hola\n", "-g", group, "-i", "first")
            receiver.line("#1: hola")

    def test_ipv6_interface_local_scope_does_not_leave_the_machine(self):
        wire = self.wire()
        receiver, port = self.receive("-g", "ff11::1", "-i", "first")
        self.send(port, "inside\n", "-g", "ff11::1", "-i", "first", "-t", 9)
        receiver.line("#1: inside")
        self.send(port, "outside\n", "-g", "ff12::1", "-i", "first")
        packets = [b""]
        while b"1 outside" not in packets[-1]:
            packets.append(wire.recv(2000))
        self.assertFalse(any(socket.inet_pton(socket.AF_INET6, "ff11::1") in packet for packet in packets))


if __name__ == "__main__":
    WHY_NOT = namespace.enter()
    if WHY_NOT is None:
        set_up_network()
    main()
