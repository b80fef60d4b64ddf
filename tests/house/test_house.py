"""The rules of docs/architecture.md: who includes whom, how large a file may be, heads, modules that compile alone, the
installation, modules that are skipped."""
import os
import pathlib
import re
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


# Directories with C code. A room knows no model; each may use common/ and the rooms that stand here before it.
ROOMS = ["common", "units", "http", "faulty_link", "collector"]
# One module may extend another through one header of it.
EXTENDS = {"rmi_xmlrpc": "rpc_xml/rpc_xml.h", "p2p_files": "rpc_onc/onc_log.h"}
LINES_OF_A_PROGRAM, LINES_OF_A_FILE, LINES_OF_THE_COMMON_HEADER = 200, 300, 160


def directories():
    return sorted({path.parent.name for path in ROOT.glob("*/*.[ch]") if path.parent.name not in ("build", "tests")})


def sources(directory="*"):
    return sorted(path for path in ROOT.glob(f"{directory}/*.[ch]") if path.parent.name not in ("build", "tests"))


def lines_of(path):
    return len(path.read_text().splitlines())


class House(unittest.TestCase):
    def test_the_common_header_is_small(self):
        self.assertLessEqual(lines_of(ROOT / "common/demo.h"), LINES_OF_THE_COMMON_HEADER)

    def test_a_file_is_small_and_a_program_smaller(self):
        programs_of = {str(path): LINES_OF_A_PROGRAM for path in sources() if re.search(r"^int main\(", path.read_text(), re.M)}
        too_long = {str(path.relative_to(ROOT)): lines_of(path) for path in sources()
                    if lines_of(path) > programs_of.get(str(path), LINES_OF_A_FILE)}
        self.assertEqual(too_long, {})

    def test_every_file_begins_with_a_head_that_says_what_it_is_for(self):
        for path in sources():
            head = re.match(r"/\* (\S+) - (.*?)\*/", path.read_text(), re.S)
            self.assertIsNotNone(head, f"{path}: begins with /* {path.name} - what it is for */")
            self.assertIn(head[1], (path.name, path.stem), path)
            self.assertGreaterEqual(len(head[2].split()), 5, f"{path}: its head says too little")
        for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("*/*.sh"), *ROOT.glob("*/commands/*")]:
            text = re.sub(r"^#!.*\n", "", path.read_text())
            self.assertRegex(text, r'^("""|# )\w*', f"{path}: begins with what it is for")

    def test_who_includes_whom(self):
        for directory in directories():
            before = ROOMS[:ROOMS.index(directory)] if directory in ROOMS else ROOMS
            for path in sources(directory):
                for included in re.findall(r'^#include "(.*)"', path.read_text(), re.M):
                    if "/" not in included:
                        self.assertTrue((path.parent / included).exists(), f"{path} includes {included}")
                        continue
                    self.assertTrue(included.startswith("../"), f"{path} includes {included}: of other directories as ../ROOM/HEADER")
                    allowed = included[3:].split("/")[0] in before or included[3:] == EXTENDS.get(directory)
                    self.assertTrue(allowed, f"{path.relative_to(ROOT)} includes {included}: docs/architecture.md does not allow that")

    def test_no_program_is_made_of_another_modules_sources(self):
        for name, files, _ in programs():
            own = files[0].split("/")[0]
            for file in files:
                directory = file.split("/")[0]
                extended = EXTENDS.get(own, "").split("/")[0]
                self.assertIn(directory, {own, extended, *ROOMS}, f"{name}: {file}")

    def test_the_page_about_the_house_names_every_directory(self):
        page = (ROOT / "docs/architecture.md").read_text()
        for directory in {*directories(), *ROOMS} - {path.parent.name for path in ROOT.glob("*/demo.sh")}:
            if (ROOT / directory).exists():
                self.assertRegex(page, rf"(?m)^\| `{directory}/` \|", f"docs/architecture.md has no row for {directory}/")

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
                compiled = run("cc", "-o", "program", *sources, *flags, cwd=alone)
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
