"""rpc server | rpc client PORT COUNT CLIENTS: convertir with Python's xmlrpc, over connections that are kept (HTTP/1.1)."""
import sys
import threading
import time
import xmlrpc.client
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCRequestHandler, SimpleXMLRPCServer


class Handler(SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"
    rpc_paths = ("/", "/RPC2")
    wbufsize = -1  # head and body as one write
    disable_nagle_algorithm = True


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


def serve():
    server = Server(("127.0.0.1", 0), requestHandler=Handler, logRequests=False)
    server.register_function(lambda value, origin, target: value * 1000, "convertir")
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def call(port, count):
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/RPC2") as server:
        for n in range(count):
            if server.convertir(float(n), "km", "m") != n * 1000:
                raise ValueError(n)


def measure(port, count, clients):
    threads = [threading.Thread(target=call, args=(port, count // clients)) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{count // clients * clients / (time.perf_counter() - start):.0f} msg/s")


if sys.argv[1] == "server":
    serve()
else:
    measure(*map(int, sys.argv[2:]))
