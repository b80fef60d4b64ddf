"""The row of the failure table that needs a real Kafka and a database, as docs/semantics.md shows it."""
import os
import pathlib
import re
import subprocess
import sys
import unittest

from pair import BIN, PairTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/pubsub_kafka_mysql"))
from services import shared  # noqa: E402  (after the path to it)


class Row(PairTest):
    def test_every_cell_is_as_the_textbook_says_and_as_the_documentation_shows(self):
        services = shared()
        if not os.access(os.path.join(BIN, "kafka_db_writer"), os.X_OK):
            raise unittest.SkipTest("kafka_db_writer is not built")
        result = subprocess.run([ROOT / "semantics/commands/semantics"], text=True, capture_output=True, check=False,
                                env=dict(os.environ, DEMO_BIN=BIN, DEMO_SERVICES=services.directory))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        row = re.search(r"^all-or-nothing\n +seen .*\n +textbook .*\n", result.stdout, re.M)
        self.assertIsNotNone(row, result.stdout)
        self.assertIn(row[0], (ROOT / "docs/semantics.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
