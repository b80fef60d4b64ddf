"""Runs one side of a row on the CPUs of a placement, and reads its figure."""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from row import ALL_CORES, CORE_EACH, ONE_CORE, find

HERE = Path(__file__).resolve().parent
BIN = Path(os.environ.get("DEMO_BIN", HERE.parent.parent / "build/release/bin")).resolve()
UNAVAILABLE = 3  # exit status of ./demo up, and so of a server that needs it: what it needs cannot be had here
PATIENCE = 60  # seconds for one figure, which only a program that hangs needs


class Missing(Exception):
    """Something is not here; the text says how to get it."""


class Failed(Exception):
    """A program ran, but did not do its work."""


def cpu_numbers(text):
    """The numbers in a list as the kernel writes it: 0-2,5."""
    ranges = (part.partition("-") for part in text.strip().split(","))
    return {n for first, _, last in ranges for n in range(int(first), int(last or first) + 1)}


def placements():
    """The CPUs of server and client, for each placement that this machine allows."""
    cpus = sorted(os.sched_getaffinity(0))
    same_core = Path(f"/sys/devices/system/cpu/cpu{cpus[0]}/topology/thread_siblings_list")
    siblings = cpu_numbers(same_core.read_text()) if same_core.exists() else {cpus[0]}
    found = {ONE_CORE: ({cpus[0]}, {cpus[0]}), ALL_CORES: (set(cpus), set(cpus))}
    if others := [cpu for cpu in cpus if cpu not in siblings]:
        found[CORE_EACH] = ({cpus[0]}, {others[0]})
    return found


def compiled(source, directory):
    program = Path(directory) / source.stem
    if not program.exists():
        compiler = shutil.which(os.environ.get("CC", "cc"))
        if compiler is None:
            raise Missing("install gcc")
        libraries = re.match(r"/\* link: (.*) \*/", source.read_text())
        subprocess.run([compiler, "-std=c11", "-O2", "-o", program, source, *(libraries[1].split() if libraries else [])],
                       check=True)
    return program


def find_program(name, package, directory):
    """The words that start a program; `directory` has room for what must be compiled first."""
    script, source = HERE / f"peers/{name}.py", HERE / f"peers/{name}.c"
    if script.exists():
        return [sys.executable, str(script)]
    if source.exists():
        return [str(compiled(source, directory))]
    path = shutil.which(BIN / name) or shutil.which(name)
    if path is None:
        raise Missing(f"install {package}" if package else f"{name} is not built: ./demo build")
    return [path]


def start(line, package, cpus, directory):
    name, *arguments = shlex.split(line)

    def prepare():
        os.sched_setaffinity(0, cpus)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it, and so would this program

    return subprocess.Popen([*find_program(name, package, directory), *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                            env={**os.environ, "LC_ALL": "C"}, preexec_fn=prepare)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def measure(side, cpus, directory, **words):
    """One figure: starts the server and waits until it is ready, runs the client to its end, stops the server."""
    words["port"] = free_port()  # for servers that must be told one
    running, output = [], ""

    def begin(line, on):
        running.append(start(line.format(**words), side.package, on, directory))
        return running[-1]

    watchdog = threading.Timer(PATIENCE, lambda: [process.kill() for process in running])
    watchdog.start()
    try:
        server = begin(side.server, cpus[0])
        for line in server.stdout:
            output += line
            if ready := re.search(side.ready, line):
                break
        else:
            if server.wait() == UNAVAILABLE:
                raise Missing(output.strip().splitlines()[-1])
            raise Failed(f"{side.server}: was never ready\n{output}")
        if ready.groups():
            words["port"] = int(ready[1])

        client = begin(side.client, cpus[1])
        output = client.stdout.read()
        if client.wait() != 0:
            raise Failed(f"{side.client}: exit status {client.returncode}\n{output}")
        server.send_signal(signal.SIGINT)  # some tell their figures only when they are stopped by hand
        output += server.stdout.read()
        return side.figure(output) if callable(side.figure) else find(side.figure, output)
    except ValueError as problem:
        raise Failed(f"{side.client}: {problem}\n{output}") from None
    finally:
        watchdog.cancel()
        for process in running:
            process.kill()
            process.wait()
            process.stdout.close()
