"""The style of the house, as clang-format, clang-tidy and shellcheck see it.

clang-tidy is most of the work: about 1.5 s of a processor for a file. So a file is checked once, with the first of the
commands that compile it, and not again while all that the result depends on is the same: clang-tidy itself, .clang-tidy, the
command, and the contents of the file and of every header that it includes. DEMO_BUILD/tidy keeps an empty file, named by the
hash of all that, for each file that was clean. A header is checked with each of the files that include it.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

from pair import main

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG = 14  # Debian 12's: each version lays code out, and finds fault with it, in a way of its own
BUILD = pathlib.Path(os.environ["DEMO_BUILD"])
TIDY = BUILD / "tidy"


@functools.cache
def content(name):
    """The hash of a file."""
    return hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()


def tracked(*patterns):
    """Files that are git's or about to be; in an unpacked archive, where there is no git, whatever matches."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    return [name for name in listed if (ROOT / name).is_file()]


class Style(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.nice(5)  # this takes the time that other tests, which wait most of theirs, leave
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
        once = {}
        with open(BUILD / "compile_commands.json", encoding="utf-8") as commands:
            for entry in json.load(commands):
                once.setdefault(entry["file"], entry)
        self.assertTrue(once)
        TIDY.mkdir(exist_ok=True)
        (TIDY / "compile_commands.json").write_text(json.dumps(list(once.values())))
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
        base = version + (ROOT / ".clang-tidy").read_bytes()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [pool.submit(self.tidy, entry, base) for entry in once.values()]
        results = [one.result() for one in found]
        clean = {name for name, _ in results if name is not None}
        for old in TIDY.glob("?" * 64):  # of files as they were
            if old.name not in clean:
                old.unlink()
        problems = [output for name, output in results if name is None]
        self.assertFalse(problems, "\n".join(problems))

    @staticmethod
    def tidy(entry, base):
        """Checks one file, or knows that it is clean. Returns the name of that result and "", or None and what is wrong."""
        words = shlex.split(entry["command"])
        at = words.index("-o")
        listed = subprocess.run([*words[:at], *words[at + 2:], "-M"], cwd=entry["directory"], capture_output=True, text=True,
                                check=False)
        if listed.returncode != 0:
            return None, listed.stderr
        hashed = hashlib.sha256(base + entry["command"].encode())
        for name in listed.stdout.partition(":")[2].replace("\\\n", " ").split():
            hashed.update(f"{name} {content(os.path.join(entry['directory'], name))} ".encode())
        clean = TIDY / hashed.hexdigest()
        if not clean.exists():
            done = subprocess.run(["clang-tidy", "--quiet", "-p", str(TIDY), entry["file"]], cwd=ROOT, capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                return None, done.stdout + done.stderr
            clean.touch()
        return clean.name, ""

    def test_shellcheck(self):
        self.need("shellcheck")
        scripts = [name for name in tracked() if "." not in pathlib.Path(name).name or name == ".ci/run"]
        self.check("shellcheck", "-x", *(name for name in scripts if (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash")))
        # These set or use what ./demo, which sources them, gives or takes.
        self.check("shellcheck", "-e", "SC2034,SC2154", "common/run.sh", *tracked("*/demo.sh"))


if __name__ == "__main__":
    main()
