"""echo tcp|udp server, echo tcp|udp client PORT COUNT: an echo pair as a first lesson in Python writes it, which blocks
in recv. The client times COUNT round trips of 14 bytes."""
import socket
import sys
import time

HOST, SIZE = "127.0.0.1", 14


def server(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind((HOST, 0))
        print(f"listening on {HOST}:{s.getsockname()[1]}", flush=True)
        if kind == socket.SOCK_DGRAM:
            while True:
                data, sender = s.recvfrom(65536)
                s.sendto(data, sender)
        s.listen()
        while True:
            connection, _ = s.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while data := connection.recv(65536):
                    connection.sendall(data)


def client(kind, port, count):
    times = []
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(None)
        s.connect((HOST, port))
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        message = b"x" * SIZE
        for _ in range(count):
            start = time.perf_counter_ns()
            s.send(message)
            if s.recv(65536) != message:
                sys.exit("echo: the reply is not what was sent")
            times.append(time.perf_counter_ns() - start)
    times.sort()
    figures = "/".join(f"{times[i] / 1000:.1f}" for i in (0, count // 2, count * 99 // 100, -1))
    print(f"rtt min/p50/p99/max {figures} us")


kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[sys.argv[1]]
if sys.argv[2] == "server":
    server(kind)
else:
    client(kind, *map(int, sys.argv[3:]))
