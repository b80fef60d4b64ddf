"""The style of the house, as clang-format, clang-tidy and shellcheck see it."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from pair import main

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG = 14  # Debian 12's: each version lays code out, and finds fault with it, in a way of its own
BUILD = pathlib.Path(os.environ["DEMO_BUILD"])


def tracked(*patterns):
    """Files that are git's or about to be; in an unpacked archive, where there is no git, whatever matches."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).is_file()]


class Style(unittest.TestCase):
    def need(self, tool, version=None):
        if shutil.which(tool) is None:
            self.skipTest(f"{tool} is not installed: ./demo doctor")
        if version is not None:
            told = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(r"version (\d+)", told)[1] != str(version):
                self.skipTest(f"the house's style is that of {tool} {version}; here is {' '.join(told.split())}")

    def check(self, tool, *args):
        result = subprocess.run([tool, *args], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_clang_format(self):
        self.need("clang-format", CLANG)
        self.check("clang-format", "--dry-run", "-Werror", *tracked("*.c", "*.h"))

    def test_clang_tidy(self):
        self.need("clang-tidy", CLANG)
        with open(BUILD / "compile_commands.json", encoding="utf-8") as commands:
            sources = sorted({str(pathlib.Path(entry["file"]).relative_to(ROOT)) for entry in json.load(commands)})
        self.assertTrue(sources)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            checks = [pool.submit(self.check, "clang-tidy", "--quiet", "-p", str(BUILD), source) for source in sources]
        problems = [str(check.exception()) for check in checks if check.exception() is not None]
        self.assertFalse(problems, "\n".join(problems))

    def test_shellcheck(self):
        self.need("shellcheck")
        scripts = [name for name in tracked() if "." not in pathlib.Path(name).name or name == ".ci/run"]
        self.check("shellcheck", "-x", *(name for name in scripts if (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash")))
        # These set or use what ./demo, which sources them, gives or takes.
        self.check("shellcheck", "-e", "SC2034,SC2154", "common/run.sh", *tracked("*/demo.sh"))


if __name__ == "__main__":
    main()
