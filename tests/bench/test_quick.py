"""./demo bench works: a quick run of a model's rows, and what becomes of programs that are missing or fail. No speed is
expected of anything here."""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from pair import PATIENCE, main
from row import Side
from run import Failed, Missing, measure

import socket_tcp

BENCH = [sys.executable, "-B", str(pathlib.Path(__file__).parent / "bench.py")]
CPU = min(os.sched_getaffinity(0))


def bench(*args, status=0, **environment):
    result = subprocess.run([*BENCH, *args], capture_output=True, text=True, check=False,
                            env={**os.environ, **environment})
    assert result.returncode == status, result.stdout + result.stderr
    return result


class Quick(unittest.TestCase):
    def measured(self, **environment):
        """The CSV of a quick run of socket_tcp's rows, and what was printed."""
        with tempfile.NamedTemporaryFile("r", suffix=".csv") as file:
            printed = bench("socket_tcp", "--quick", "--csv", file.name, **environment).stdout
            return list(csv.DictReader(file)), printed

    def test_every_row_is_measured_or_names_what_to_install(self):
        rows, printed = self.measured()
        self.assertEqual([row["work"] for row in rows], [row.work for row in socket_tcp.ROWS])
        for row in rows:
            with self.subTest(row=row):
                if row["ratio"]:
                    self.assertGreater(float(row["ratio"]), 0)
                else:
                    self.assertRegex(row["holds"], "^not measured: install (sockperf|iperf3)$")
                self.assertIn(row["work"], printed)
        self.assertTrue([row for row in rows if row["peer"].startswith("Python") and row["ratio"]], printed)

    def test_without_its_peers(self):
        """A PATH in which there is nothing, not even a compiler."""
        with tempfile.TemporaryDirectory() as nothing:
            rows, printed = self.measured(PATH=nothing)
        told = {row["peer"]: row["holds"] for row in rows}
        self.assertEqual(told["sockperf"], "not measured: install sockperf")
        self.assertEqual(told["iperf3"], "not measured: install iperf3")
        self.assertEqual(told["Python, threads"], "not measured: install gcc")
        self.assertIn("not measured against sockperf: install sockperf", printed)

    def test_without_our_programs(self):
        with tempfile.TemporaryDirectory() as nothing:
            rows, _ = self.measured(DEMO_BIN=nothing)
        self.assertEqual({row["holds"] for row in rows}, {"not measured: tcp_server is not built: ./demo build"})

    def test_a_model_that_has_no_rows(self):
        self.assertRegex(bench("poetry", status=2).stderr, "no rows for poetry, there are some for: .*socket_tcp")

    def test_the_list_of_rows(self):
        listed = bench("socket_tcp", "--list").stdout
        for row in socket_tcp.ROWS:
            for words in (row.work, row.ours.client, row.peer.server):
                self.assertIn(words, listed)


class Sides(unittest.TestCase):
    SERVER = "sh -c 'echo listening on 127.0.0.1:{count}; exec sleep " + str(PATIENCE) + "'"

    def measure(self, server, client):
        with tempfile.TemporaryDirectory() as directory:
            return measure(Side(server, client, r"(\d+) done"), ({CPU}, {CPU}), directory, count=7)

    def test_the_client_gets_the_port_that_the_server_told(self):
        self.assertEqual(self.measure(self.SERVER, "sh -c 'echo {port} done'"), 7)

    def test_a_server_that_ends_at_once(self):
        with self.assertRaisesRegex(Failed, "never ready\nno room"):
            self.measure("sh -c 'echo no room'", "true")

    def test_a_client_that_fails(self):
        with self.assertRaisesRegex(Failed, "exit status 3\nrefused"):
            self.measure(self.SERVER, "sh -c 'echo refused; exit 3'")

    def test_a_client_that_tells_nothing(self):
        with self.assertRaisesRegex(Failed, r"nothing matches .* done\nsilence"):
            self.measure(self.SERVER, "sh -c 'echo silence'")

    def test_a_client_that_is_not_here(self):
        with self.assertRaisesRegex(Missing, "no_such_client is not built"):
            self.measure(self.SERVER, "no_such_client")


if __name__ == "__main__":
    main()
