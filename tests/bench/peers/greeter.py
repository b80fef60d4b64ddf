"""greeter: a TCP server as a first lesson in Python writes it, a thread per client. Greets each with the line of
tcp_server, sends back what comes, and closes after it."""
import socket
import threading

WELCOME = b"welcome: every byte comes back; the words exit and close end the conversation\n"


def converse(connection):
    with connection:
        connection.sendall(WELCOME)
        while data := connection.recv(65536):
            connection.sendall(data)


with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        threading.Thread(target=converse, args=(listener.accept()[0],), daemon=True).start()
