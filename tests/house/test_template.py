"""docs/add_a_model.md does what it says: its commands are executed in a copy of the repository without the other models."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from pair import main

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Template(unittest.TestCase):
    def test_the_commands_of_the_page_make_a_model_that_runs_and_passes_its_tests(self):
        page = (ROOT / "docs/add_a_model.md").read_text()
        with tempfile.TemporaryDirectory() as directory:
            copy = pathlib.Path(directory, "copy")
            models = [path.parent.name for path in ROOT.glob("*/demo.sh")]
            shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("build", ".git", *models))
            blocks = re.findall(r"^```sh\n(.*?)^```", page, re.S | re.M)
            self.assertEqual(len(blocks), 2)
            for block, model in zip(blocks, ("saludo", "correo")):
                done = subprocess.run(["bash", "-ec", block], cwd=copy, capture_output=True, text=True, check=False, timeout=400)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertRegex(done.stdout, rf"{model}_client +hola, ana")
                self.assertRegex(done.stdout, r"100% tests passed, 0 tests failed out of 3")


if __name__ == "__main__":
    main()
