"""Ten thousand clients at once are held and answered, and leave nothing in the server; limits of files and threads."""
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

from pair import BIN, PATIENCE, PairTest, main

CLIENTS = 10000
SERVER = [f"socket_tcp/tcp_{name}.c" for name in ("server", "threads", "closing", "tuning")]
THREADS = 70  # of the server when it is alone: main, those that wait for clients, one of a sanitizer


def resident_kib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() // 1024


class ManyClients(PairTest):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < CLIENTS + 100:
            self.skipTest(f"this machine lets a process open {hard} files, fewer than {CLIENTS} clients need")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def hold_and_release(self, server, port):
        clients = []
        try:
            for _ in range(CLIENTS):
                clients.append(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            for n, s in enumerate(clients):  # all of them are there now, and each is answered
                s.sendall(b"%05d" % n)
            for n, s in enumerate(clients):
                self.assertEqual(s.recv(5, socket.MSG_WAITALL), b"%05d" % n)
        finally:
            for s in clients:
                s.close()

    def wait_until_alone(self, server, descriptors):
        """Until it has as many descriptors as before, and no more threads than it keeps."""
        deadline = time.monotonic() + PATIENCE
        while (got := len(os.listdir(f"/proc/{server.pid}/fd"))) > descriptors \
                or len(os.listdir(f"/proc/{server.pid}/task")) > THREADS:
            self.assertLess(time.monotonic(), deadline, f"{got} descriptors, {descriptors} before")
            os.sched_yield()

    def come_and_go(self, server):
        port = server.port()
        descriptors = len(os.listdir(f"/proc/{server.pid}/fd"))
        resident = resident_kib(server.pid)
        self.hold_and_release(server, port)
        self.wait_until_alone(server, descriptors)
        resident = resident_kib(server.pid) - resident
        server.stop()
        self.assertEqual(server.stdout[-1], f"served {CLIENTS} clients, {5 * CLIENTS} bytes received, 0 bytes undelivered")
        return resident

    def test_ten_thousand_clients_come_and_go(self):
        self.come_and_go(self.start("tcp_server", "-q", "--no-welcome", "-p", 0))

    def test_and_nothing_is_left_of_them(self):
        # A sanitizer keeps memory of its own for every thread that ever was: this server is compiled without.
        with tempfile.TemporaryDirectory() as directory:
            plain = os.path.join(directory, "tcp_server")
            subprocess.run(["cc", "-O2", "-o", plain, *SERVER, "-pthread"], check=True)
            left = self.come_and_go(self.start(plain, "-q", "--no-welcome", "-p", 0))
        # Some stacks are kept for the next clients. A leak of less would be the sanitizer's to find, see above.
        self.assertLess(left, 24 * 1024, "KiB more than before they came")

    # Root could raise any limit: these servers are not allowed to.
    UNPRIVILEGED = ("setpriv", "--bounding-set=-sys_resource") if os.geteuid() == 0 else ()
    FEW = (*UNPRIVILEGED, "prlimit", "--nofile=64:64")

    def test_a_limit_that_cannot_be_raised_is_told(self):
        server = self.start("tcp_server", "-p", 0, under=self.FEW)
        server.error(r"tcp_server: holds at most 48 clients: .* \(the administrator can raise it: ulimit -Hn\)")

    def test_one_too_many_waits_until_another_leaves(self):
        server = self.start("tcp_server", "-p", 0, under=self.FEW)
        port = server.port()
        clients = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(64)]
        server.error(r"accept: Too many open files: others wait until a client leaves \(more at once: ulimit -n\)")
        clients[-1].sendall(b"last")
        for s in clients[:-1]:
            s.close()
        received = b""
        while not received.endswith(b"last"):
            received += clients[-1].recv(1000)
        clients[-1].close()

    def test_fewer_files_than_the_server_needs_for_itself_are_told(self):
        server = self.start("tcp_server", "-p", 0, under=(*self.UNPRIVILEGED, "prlimit", "--nofile=8:8"))
        server.error(r"tcp_server: holds few clients or none: this shell's limit is 8 open files \(.*: ulimit -Hn\)$")
        with socket.create_connection(("127.0.0.1", server.port()), timeout=PATIENCE) as s:
            self.assertEqual(s.recv(7), b"welcome")

    def as_new_user(self):
        """What runs a program `under` a user that has no other process."""
        if os.geteuid() != 0:
            self.skipTest("only root can start a program as another user")
        return ("setpriv", f"--reuid={200000 + os.getpid()}", "--clear-groups")

    def with_tasks(self, limit):
        """The server as a new user who may have that many processes and threads."""
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        server = shutil.copy(os.path.join(BIN, "tcp_server"), directory.name)
        return self.start(server, "-p", 0, under=("prlimit", f"--nproc={limit}", *self.as_new_user()),
                          env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))  # that check is one more process

    def test_without_a_single_thread_it_does_not_start(self):
        server = self.with_tasks(1)
        server.error(r"tcp_server: no thread for the first client: Resource temporarily unavailable \(.*ulimit -u")
        server.ends(1)
        self.assertEqual(server.stdout, [])

    def test_a_client_waits_until_there_can_be_a_thread_again(self):
        other = self.start(shutil.which("sleep"), 1000, under=self.as_new_user())
        server = self.with_tasks(3)  # the other process, main, and one client
        port = server.port()
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as idle, \
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as waiting:
            self.assertEqual(idle.recv(7), b"welcome")
            server.error(r"no thread for one more client: .*: others wait \(more at once: ulimit -u\)")
            other.kill()
            self.assertEqual(waiting.recv(7), b"welcome")
        server.stop()
        self.assertEqual(server.stderr[1:], [])  # said once


if __name__ == "__main__":
    main()
