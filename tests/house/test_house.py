"""What the house promises: a small common header, modules that stand alone, an installation, modules that are skipped."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from pair import main

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["DEMO_BUILD"])
SYSTEM = {"Threads::Threads", "m", "xmlrpc", "xmlrpc_server", "xmlrpc_util"}  # without a pkg-config file


def programs():
    """(name, sources, libraries) of every program of every module, as add_demo() noted them."""
    for line in (BUILD / "programs.txt").read_text().splitlines():
        name, rest = line.split(": ", 1)
        sources, libraries = rest.split(" |", 1)
        yield name, sources.split(), libraries.split()


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


class House(unittest.TestCase):
    def test_the_common_header_is_small(self):
        self.assertLessEqual(len((ROOT / "common/demo.h").read_text().splitlines()), 160)

    def test_a_program_is_small(self):
        for name, sources, _ in programs():
            for source in sources:
                self.assertLessEqual(len((ROOT / source).read_text().splitlines()), 330, source)

    def test_what_names_its_interpreter_can_be_started(self):
        ours = [path for path in ROOT.iterdir() if path.name not in ("build", ".git")]
        files = [path for top in ours for path in (top, *top.rglob("*")) if path.is_file()]
        scripts = [path for path in files if path.read_bytes().startswith(b"#!")]
        self.assertIn(ROOT / "demo", scripts)
        for script in scripts:
            self.assertTrue(os.access(script, os.X_OK), script)

    def test_names_of_programs_are_unique_and_those_of_their_sources(self):
        names = [name for name, _, _ in programs()]
        self.assertEqual(len(names), len(set(names)))
        for name, sources, _ in programs():
            self.assertEqual(pathlib.Path(sources[0]).stem, name)

    def test_a_module_compiles_alone_beside_common_with_plain_cc(self):
        for name, sources, libraries in programs():
            with self.subTest(program=name), tempfile.TemporaryDirectory() as alone:
                modules = {source.split("/")[0] for source in sources}
                for directory in modules | {"common"}:
                    shutil.copytree(ROOT / directory, pathlib.Path(alone, directory))
                flags = []
                for library in libraries:
                    flags += ["-pthread"] if library == "Threads::Threads" else ["-l" + library] if library in SYSTEM else \
                        run("pkg-config", "--cflags", "--libs", library).stdout.split()
                compiled = run("cc", "-o", name, *sources, *flags, cwd=alone)
                self.assertEqual((compiled.returncode, compiled.stderr), (0, ""))

    def test_install(self):
        with tempfile.TemporaryDirectory() as prefix:
            installed = run("cmake", "--install", str(BUILD), "--prefix", prefix)
            self.assertEqual(installed.returncode, 0, installed.stderr)
            self.assertEqual(sorted(os.listdir(pathlib.Path(prefix, "bin"))), sorted(name for name, _, _ in programs()))
            for name, _, _ in programs():
                version = run(pathlib.Path(prefix, "bin", name), "--version")
                self.assertRegex(version.stdout, rf"^{name} \d+\.\d+\.\d+\n$", version.stderr)

    def configure_without_libraries(self, *options):
        with tempfile.TemporaryDirectory() as build:
            return run("cmake", "-S", str(ROOT), "-B", build, "-DBUILD_TESTING=OFF", *options,
                       env=dict(os.environ, PKG_CONFIG_LIBDIR="/nonexistent", PKG_CONFIG_PATH=""))

    def test_a_module_without_its_library_is_skipped_with_one_line_that_names_the_package(self):
        configured = self.configure_without_libraries()
        self.assertEqual(configured.returncode, 0, configured.stderr)
        skipped = [line for line in configured.stdout.splitlines() if line.startswith("-- skipped ")]
        with_libraries = {sources[0].split("/")[0] for _, sources, libraries in programs() if set(libraries) - SYSTEM}
        self.assertEqual({line.split()[2].rstrip(":") for line in skipped}, with_libraries)
        self.assertEqual(len(skipped), len(with_libraries))
        for line in skipped:
            self.assertRegex(line, r"^-- skipped \w+: needs [\w.+-]+: install [\w.+-]+$")

    def test_everything_can_be_required(self):
        configured = self.configure_without_libraries("-DDEMO_REQUIRE_ALL=ON")
        self.assertNotEqual(configured.returncode, 0)
        self.assertRegex(configured.stderr, r"needs [\w.+-]+: install [\w.+-]+")


if __name__ == "__main__":
    main()
