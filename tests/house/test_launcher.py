"""The launcher, as a newcomer uses it, in a copy of the repository that holds one model only."""
import filecmp
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from pair import PATIENCE, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_PATIENCE = 40  # seconds for a release build of one small model


class Launcher(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.home = pathlib.Path(cls.directory.name, "project")
        cls.home.mkdir()
        for name in ("demo", "CMakeLists.txt", "CMakePresets.json"):
            shutil.copy(ROOT / name, cls.home)
        for name in ("common", "cmake", "collector", "socket_tcp"):
            shutil.copytree(ROOT / name, cls.home / name)
        # A package manager that notes what it is asked for and fails, as without a network.
        cls.tools = pathlib.Path(cls.directory.name, "tools")
        cls.tools.mkdir()
        cls.asked = pathlib.Path(cls.directory.name, "asked")
        for name in ("apt-get", "sudo"):
            tool = cls.tools / name
            tool.write_text(f'#!/bin/sh\necho "{name} $*" >> "{cls.asked}"\nexit 100\n')
            tool.chmod(0o755)

    def setUp(self):
        self.asked.unlink(missing_ok=True)
        for name in ("socket_tcp/demo.sh", "socket_tcp/tcp_server.c", "cmake/packages"):
            if not filecmp.cmp(ROOT / name, self.home / name, shallow=False):  # what is newer is built again
                shutil.copy(ROOT / name, self.home / name)

    def demo(self, *args, status=0, text="", cwd="/", command=None, **environment):
        done = subprocess.run([*(command or [self.home / "demo"]), *args], input=text, text=True, capture_output=True,
                              timeout=BUILD_PATIENCE, check=False, cwd=cwd,
                              env=dict(os.environ, PATH=f"{self.tools}:{os.environ['PATH']}", **environment))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def change(self, name, old, new):
        path = self.home / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def take_another_model(self, module):
        """Copies one more model into the repository, until the end of the test."""
        shutil.copytree(ROOT / module, self.home / module)
        self.addCleanup(shutil.rmtree, self.home / module)

    def keep_the_build(self):
        """What this test does to the build directory is undone at its end, so that the next test need not build anew."""
        build, kept = self.home / "build", self.home.with_name("kept")
        self.demo("build")
        shutil.copytree(build, kept)  # with the times of the files

        def restore():
            shutil.rmtree(build, ignore_errors=True)
            kept.rename(build)

        self.addCleanup(restore)

    def free_port(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return free.getsockname()[1]

    def use_port(self, port):
        """The panes of the model use this port, not the default one."""
        self.change("socket_tcp/demo.sh", "panes=('tcp_server' 'tcp_client')",
                    f"panes=('tcp_server -p {port}' 'tcp_client -p {port}')")

    def wait_until_free(self, port):
        """Until the server on this port has ended, so that another one can begin."""
        for _ in range(PATIENCE * 20):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) != 0:
                    return
            time.sleep(0.05)
        self.fail(f"there is still a server on port {port}")

    def assert_nothing_runs(self):
        for process in pathlib.Path("/proc").glob("[0-9]*/exe"):
            try:
                self.assertNotIn(str(self.home), os.readlink(process))
            except OSError:
                pass  # it ended, or another user's

    def test_every_model_is_run_and_its_result_told(self):
        output = self.demo()
        self.assertRegex(output, r"(?m)^tcp_server +listening on 127\.0\.0\.1:\d+$")
        self.assertRegex(output, r"(?m)^tcp_client +hola$")
        self.assertRegex(output, r"(?m)^model +what was exchanged +result +time$")
        self.assertRegex(output, r"(?m)^socket_tcp +2 lines, 17 bytes each way +ok +\d+\.\d s$")
        self.assertNotIn("\x1b", output)
        self.assertFalse(self.asked.exists(), "everything is installed: the package manager is not needed")
        self.assertNotIn("grep:", output)
        times = [line.split("\t") for line in (self.home / "build/logs/socket_tcp.lines.tsv").read_text().splitlines()]
        self.assertIn(["tcp_client", "stdout", "hola"], [line[1:] for line in times])
        self.assertEqual(times, sorted(times), "the lines are kept in the order in which they were written")

    def test_a_model_that_breaks_its_contract_fails_the_run_and_leaves_nothing_behind(self):
        self.change("socket_tcp/demo.sh", "expect tcp_client 'hola'", "expect tcp_client 'adiós'")
        output = self.demo(status=1)
        self.assertRegex(output, "demo: socket_tcp: tcp_client did not say: adiós")
        self.assertRegex(output, r"(?m)^socket_tcp .* FAILED ")
        self.change("socket_tcp/demo.sh", "run() {", "run() {\n    start tcp_server -p 0; start tcp_server -p 0; false; return 1")
        self.demo(status=1)
        self.assert_nothing_runs()

    def test_a_reader_that_leaves_ends_the_run(self):
        self.demo("build")
        subprocess.run(["bash", "-c", '"$0" socket_tcp | head -n 3', self.home / "demo"], capture_output=True, check=False,
                       timeout=BUILD_PATIENCE)
        self.assert_nothing_runs()

    def test_a_launcher_that_is_killed_leaves_no_collector(self):
        self.demo("build")
        self.change("socket_tcp/demo.sh", "run() {", "run() {\n    say 'it runs'\n    kill -KILL $$ $BASHPID")
        self.demo("socket_tcp", status=-signal.SIGKILL)
        for _ in range(PATIENCE * 20):
            try:
                return self.assert_nothing_runs()
            except AssertionError:
                time.sleep(0.05)
        self.assert_nothing_runs()

    def test_a_program_that_fails_fails_the_run(self):
        self.change("socket_tcp/demo.sh", "start tcp_server -p 0", "start tcp_server -p 70000")
        self.assertRegex(self.demo(status=1), "tcp_server ended without saying: ")

    def test_a_build_that_fails_shows_the_end_of_its_log(self):
        self.change("socket_tcp/tcp_server.c", "int main(", "int main[")
        output = self.demo(status=1)
        self.assertRegex(output, r"tcp_server\.c:\d+:\d+: error: ")
        self.assertRegex(output, "demo: Building .* failed; all of its output is in build/logs/build-release.log")
        self.assertRegex(output, r"(?m)^socket_tcp +- +not built: see above", "an earlier build does not count")

    def test_a_build_that_fails_in_one_model_builds_the_others(self):
        self.take_another_model("socket_udp")
        self.demo("build")
        self.change("socket_tcp/tcp_server.c", "int main(", "int main[")
        output = self.demo(status=1)
        self.assertRegex(output, "demo: not built because of errors above: tcp_server\n")
        self.assertRegex(output, r"(?m)^socket_tcp +- +not built: see above")
        self.assertRegex(output, r"(?m)^socket_udp .* ok ")
        self.assertRegex(self.demo("socket_udp"), r"(?m)^udp_client +4 answered")
        self.assertRegex(self.demo("socket_tcp", status=1), "socket_tcp was not built: see above")

    def test_a_clone_that_moved_is_configured_anew(self):
        self.keep_the_build()
        moved = self.home.with_name("moved")
        self.home.rename(moved)
        try:
            output = self.demo("socket_tcp", command=[moved / "demo"])
        finally:
            moved.rename(self.home)
        self.assertRegex(output, f"build/release was configured in {self.home}: starting it anew")
        self.assertRegex(output, r"(?m)^tcp_client +hola$")

    def test_a_clone_that_cannot_be_written_to_says_so_once(self):
        self.keep_the_build()
        self.demo("clean")
        (self.home / "build").touch()  # a file where a directory is needed: root may write anywhere
        self.addCleanup((self.home / "build").unlink)
        self.assertRegex(self.demo("build", status=1), r"^demo: cannot write to .*: this clone must belong to your user\n$")

    def test_CDPATH_and_a_terminal_without_colours(self):
        other = pathlib.Path(self.directory.name, "other", "project")
        other.mkdir(parents=True)
        listed = self.demo("list", command=["bash", "project/demo"], cwd=self.home.parent, CDPATH=str(other.parent))
        self.assertRegex(listed, "^socket_tcp ")
        told = self.demo(command=["script", "-qc", f"{self.home}/demo doctor", "/dev/null"], TERM="dumb")
        self.assertRegex(told, "Default ports")
        self.assertNotIn("\x1b", told)
        built = self.demo(command=["script", "-qc", f"{self.home}/demo build", "/dev/null"], TERM="dumb")
        self.assertRegex(built, r"(?m)^Building \(release\): done in \d+ s")
        self.assertNotIn("\x1b", built)

    def test_one_model(self):
        output = self.demo("socket_tcp")
        self.assertRegex(output, r"(?m)^tcp_client +¿qué tal\?$")

    def test_one_model_with_arguments_and_input_of_ours(self):
        self.use_port(self.free_port())
        self.assertRegex(self.demo("socket_tcp", "--quiet", text="from me\n"), r"(?m)^tcp_client +from me$")
        self.assertRegex(self.demo("socket_tcp", "-n", "7"), r"(?m)^tcp_client +7 sent, 7 received, 0 lost")

    def test_a_missing_package_is_asked_for_and_what_can_be_built_is_built(self):
        self.change("cmake/packages", "test  command git ", "build library no-such-library debian=libno-such-dev "
                    "fedora=no-such-devel arch=no-such brew=no-such\nshow command no-such-show debian=no-such-show "
                    "fedora=no-such-show arch=no-such-show brew=no-such-show\ntest module no_such_module\ntest  command git ")
        output = self.demo()
        self.assertRegex(output, "Missing on this machine: (libno-such-dev|no-such|no-such-devel) no-such-show")
        self.change("cmake/packages", "show command no-such-show", "test command no-such-show")
        if "apt-get" in output:
            self.assertRegex(self.asked.read_text(), "(apt-get update|sudo )")
            self.assertRegex(output, "to install by hand: .*apt-get install -y --no-install-recommends libno-such-dev")
            self.assertRegex(output, "Installing 2 packages")
            self.assertRegex(self.demo("build"), "Installing 1 package[ :]")
        self.assertRegex(output, r"(?m)^socket_tcp .* ok ")
        told = self.demo("doctor", status=1)
        self.assertRegex(told, "no-such-library +missing: .*no-such")
        self.assertRegex(told, "(?m)no_such_module +missing$", "what has no package has no command that installs it")

    def test_what_the_pages_type_is_installed_with_the_programs(self):
        shown = re.findall(r"(?m)^show +command (\S+)", (ROOT / "cmake/packages").read_text("utf-8"))
        self.assertEqual({"tmux", "nc", "kcat", "python3"} - set(shown), set())

    def test_doctor(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.change("socket_tcp/demo.sh", "tcp:9999", f"tcp:{port}")
            self.demo("build")
            output = self.demo("doctor")
            self.assertRegex(output, rf"tcp:{port} \(socket_tcp\) in use")
        self.assertRegex(output, r"build cmake +present")
        self.assertRegex(output, "socket_tcp: built")
        self.assertRegex(self.demo("doctor"), rf"tcp:{port} \(socket_tcp\) free")

    def test_list_help_and_words_that_are_neither(self):
        self.assertEqual(self.demo("list"), "socket_tcp           TCP: a stream of bytes over a connection\n")
        for word in ("help", "-h", "--help"):
            self.assertRegex(self.demo(word), r"\./demo test \[MODEL\]")
        self.assertRegex(self.demo("socket_tpc", status=1),
                         r"socket_tpc is no command and no model; did you mean socket_tcp\? try: ./demo help")
        self.assertRegex(self.demo("biuld", status=1), r"did you mean build\?")
        self.assertRegex(self.demo("zzz", status=1), "zzz is no command and no model; try: ./demo help")
        self.assertRegex(self.demo("test", "nothing", status=1), "nothing is no model; there are: socket_tcp")
        self.assertRegex(self.demo("--version"), r"^demo \d+\.\d+\.\d+\n$")

    def test_a_model_as_the_shell_completes_it(self):
        self.assertRegex(self.demo("socket_tcp/"), r"(?m)^tcp_client +hola$")

    def test_a_command_of_a_models_own(self):
        commands = self.home / "socket_tcp/commands"
        commands.mkdir()
        self.addCleanup(shutil.rmtree, commands)
        (commands / "wave").write_text('#!/bin/sh\n# waves\necho "waves $1 from $(pwd)"\n')
        (commands / "wave").chmod(0o755)
        self.assertEqual(self.demo("wave", "twice"), f"waves twice from {self.home}\n")
        self.assertRegex(self.demo("help"), r"\./demo wave +waves\n")

    def test_clean(self):
        self.keep_the_build()
        self.demo("clean")
        self.assertFalse((self.home / "build").exists())

    def test_side_by_side_on_a_terminal_with_tmux(self):
        if shutil.which("tmux") is None:
            self.skipTest("tmux is not installed: ./demo doctor")
        self.demo("build")
        port = self.free_port()
        self.use_port(port)
        name = f"outer-{os.getpid()}"

        def tmux(*args):
            return subprocess.run(["tmux", "-L", name, "-f", "/dev/null", *args], capture_output=True, text=True,
                                  check=False).stdout

        def screen_shows(*patterns):
            for _ in range(PATIENCE * 20):
                screen = tmux("capture-pane", "-p")
                if all(re.search(pattern, screen) for pattern in patterns):
                    return
                time.sleep(0.05)
            self.fail(f"{patterns} never appeared together on\n{screen}")

        self.addCleanup(tmux, "kill-server")
        tmux("new-session", "-d", "-x", "160", "-y", "30", f"{self.home}/demo socket_tcp; echo back in the shell with $?; exec cat")
        screen_shows(rf"listening on 127\.0\.0\.1:{port}", "welcome: every byte")
        tmux("send-keys", "hola", "Enter")
        screen_shows(r"5 bytes: hola\\n", r"│hola\s*\n.*│hola")
        tmux("send-keys", "exit", "Enter")
        screen_shows("Enter closes all sides")
        tmux("send-keys", "Enter")
        screen_shows("back in the shell with 0")
        tmux("respawn-pane", "-k", f"exec {self.home}/demo socket_tcp")
        screen_shows("welcome: every byte")
        tmux("respawn-pane", "-k", "exec cat")  # as when a window is closed: all programs end
        self.wait_until_free(port)
        tmux("respawn-pane", "-k", f"{self.home}/demo socket_tcp; echo back in the shell; exec cat")
        screen_shows("welcome: every byte")
        tmux("send-keys", "C-b", "d")  # detached: all programs end
        screen_shows("back in the shell")
        self.wait_until_free(port)
        with socket.create_server(("127.0.0.1", port)):  # another program's
            tmux("respawn-pane", "-k", f"{self.home}/demo socket_tcp; exec cat")
            screen_shows("choose one with -p")  # the line is wider than the pane
            self.change("socket_tcp/demo.sh", "tcp:9999", f"tcp:{port}")
            tmux("respawn-pane", "-k", f"{self.home}/demo socket_tcp; echo ended with $?; exec cat")
            screen_shows(f"port {port} is in use: end the program that has it", "ended with 1")
            self.assertRegex(self.demo("socket_tcp", "-n", "1", status=1), f"port {port} is in use")


if __name__ == "__main__":
    main()
