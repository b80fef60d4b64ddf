"""The programs as the table runs them. DEMO_BIN says where they are."""
import os
import re
import signal
import subprocess
import threading

BIN = os.environ.get("DEMO_BIN", "build/release/bin")
PATIENCE = 60  # seconds; no step expects to come near


class Program:
    """A running program and its lines."""

    def __init__(self, *command, text=None):
        self.process = subprocess.Popen([os.path.join(BIN, command[0]), *map(str, command[1:])], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines, self.changed = [], threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if text is not None:
            self.process.stdin.write(text)
        self.process.stdin.close()

    def read(self):
        with self.process.stdout:
            for line in self.process.stdout:
                with self.changed:
                    self.lines.append(line.rstrip("\n"))
                    self.changed.notify_all()

    def wait_for(self, pattern, times=1):
        """Waits until so many lines matched; returns the first match."""
        def found():
            return [m for m in (re.search(pattern, line) for line in list(self.lines)) if m]
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(found()) >= times or not self.reader.is_alive(), PATIENCE)
        if not arrived or len(found()) < times:
            raise RuntimeError(f"{self.process.args} did not say {pattern}:\n" + "\n".join(self.lines))
        return found()[0]

    def port(self):
        return int(self.wait_for(r"^listening on .*:(\d+)$")[1])

    def ends(self):
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ends()
