"""The threaded programs once more, under the thread sanitizer: their pair tests, with its build of the programs."""
import os
import pathlib
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
        built = [(line.split(": ")[0], line.split(": ")[1].split("/")[0], "Threads::Threads" in line)
                 for line in (ROOT / "build/tsan/programs.txt").read_text().splitlines()]
        modules = sorted({module for _, module, threaded in built if threaded})
        self.assertIn("socket_tcp", modules)
        # The threaded programs, and their counterparts in the same modules: no unit tests, no other module.
        programs = [name for name, module, _ in built if module in modules]
        self.run_in(ROOT, "nice", "-n", "5", "cmake", "--build", "--preset", "tsan", "--parallel", str(os.cpu_count()), "--target",
                    *programs)
        output = self.run_in(ROOT, "ctest", "--preset", "tsan", "-L", f"^({'|'.join(modules)})$", "-L", "pair", "-E", NOT_HERE)
        self.assertRegex(output, "100% tests passed")


if __name__ == "__main__":
    main()
