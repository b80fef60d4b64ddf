"""The threaded programs once more, under the thread sanitizer: their pair tests, with its build of the programs."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from pair import main

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Ten thousand threads are more than the sanitizer's own limit; a page adds nothing to what the pair tests do.
NOT_HERE = "many_clients|_md$"


class Threads(unittest.TestCase):
    def run_in(self, directory, *command):
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False,
                              env={name: value for name, value in os.environ.items() if not name.startswith("DEMO_")})
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-8000:])
        return done.stdout

    def test_no_data_races(self):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as probe:
            probe.write("int main(void) { return 0; }\n")
            probe.flush()
            compiled = subprocess.run(["cc", "-fsanitize=thread", "-o", probe.name + ".out", probe.name], check=False)
            started = compiled.returncode == 0 and subprocess.run([probe.name + ".out"], check=False).returncode == 0
            pathlib.Path(probe.name + ".out").unlink(missing_ok=True)
        if not started:
            self.skipTest("the thread sanitizer does not work on this machine")
        self.run_in(ROOT, "cmake", "--preset", "tsan")
        programs = {}  # the directories of the sources of each, the program's own first, and whether it has threads
        for line in (ROOT / "build/tsan/programs.txt").read_text().splitlines():
            name, sources, libraries = re.fullmatch("(.*): (.*) \\|(.*)", line).groups()
            programs[name] = ([source.split("/")[0] for source in sources.split()], "Threads::Threads" in libraries)
        modules = {directory for directories, threaded in programs.values() if threaded for directory in directories}
        self.assertIn("socket_tcp", modules)
        # The threaded programs, and their counterparts in the same modules: no unit tests, no other module.
        needed = [name for name, (directories, _) in programs.items() if directories[0] in modules]
        self.run_in(ROOT, "nice", "-n", "5", "cmake", "--build", "--preset", "tsan", "--parallel", str(os.cpu_count()), "--target",
                    "pair_helpers", *needed)
        labels = f"^({'|'.join(sorted(modules))})$"
        output = self.run_in(ROOT, "ctest", "--preset", "tsan", "-j", "3", "-L", labels, "-L", "pair", "-E", NOT_HERE)
        self.assertRegex(output, "100% tests passed")


if __name__ == "__main__":
    main()
