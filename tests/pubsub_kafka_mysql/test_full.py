"""kafka_db_writer and a database whose disk is full: it waits until there is room, and each message becomes one row."""
import os
import subprocess
import unittest

from pair import main
from pubsub import BrokerTest

DISK_MIB = 320  # enough for the files of a new MariaDB or MySQL; what is left is filled


class FullDisk(BrokerTest):
    @classmethod
    def start_servers(cls):
        """The database gets a disk of its own, in memory."""
        disk = cls.own.path("mysql")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", disk], check=False,
                                 stderr=subprocess.PIPE, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest(f"only root can mount a small disk: {mounted.stderr.strip()}")
        cls.addClassCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
        cls.addClassCleanup(cls.own.demo, "down", "mysql")  # first: cleanups run from the last to the first
        super().start_servers()

    def test_it_waits_for_room(self):
        writer = self.writer("-D", "pubsub_full")
        self.generate("-n", 400)
        self.wait_for_count("pubsub_full", 400)
        ballast = self.own.path("mysql", "ballast")
        with open(ballast, "wb", buffering=0) as file, self.assertRaisesRegex(OSError, "No space left"):
            while True:
                file.write(bytes(65536))
        self.generate("-n", 40000)
        writer.error(r"\[\d+\] \(its disk is full: make room there\): waiting for it")
        os.remove(ballast)
        writer.error("database: back")
        self.wait_for_count("pubsub_full", 40400)
        writer.stop()
        self.own.assert_exactly_once(self, "pubsub_full", 40400)


if __name__ == "__main__":
    main()
