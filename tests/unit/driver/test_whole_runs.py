"""The whole program: a script, its checks, its reports, its ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from driver_machines import start_command
from test_driver.configuration import Configuration, MachineConfiguration
from test_driver.driver import Driver
from test_driver.logger import Logger
from test_driver.sinks import Recorder

PACKAGE = Path(__file__).resolve().parents[3] / "nixpkgs/nixos/lib/test-driver"
VDE_SWITCH = """#!/bin/sh
# A switch that only says where it is.
mkdir -p "$2" && : > "$2/ctl" && exec cat
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


class Example:
    """A test in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir()
        tools = folder / "tools"
        tools.mkdir()
        (tools / "vde_switch").write_text(VDE_SWITCH)
        (tools / "vde_switch").chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(PACKAGE),
            "XDG_RUNTIME_DIR": str(folder),
        }

    def arguments(
        self, script: str, *flags: str, machines: str = "server", limit: int = 60
    ) -> list[str]:
        """The command line for `script`."""
        path = self.folder / "script.py"
        path.write_text(script)
        configuration = {
            "name": "example",
            "vms": {
                name: {"name": name, "start_script": start_command(), "host_name": f"{name}.host"}
                for name in machines.split()
            },
            "vlans": [1],
            "global_timeout": limit,
            "test_script": str(path),
        }
        file = self.folder / "test.json"
        file.write_text(json.dumps(configuration))
        flags = ("--output_directory", str(self.out), *flags)
        return [sys.executable, "-m", "test_driver", "--config", str(file), *flags]

    def run(
        self, script: str, *flags: str, machines: str = "server", limit: int = 60, typed: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `script` to its end."""
        return subprocess.run(
            self.arguments(script, *flags, machines=machines, limit=limit),
            env=self.environment,
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, script: str, *flags: str) -> subprocess.Popen[str]:
        """Run `script` without waiting for its end."""
        return subprocess.Popen(
            self.arguments(script, *flags), env=self.environment, stderr=subprocess.PIPE, text=True
        )

    def processes(self) -> list[str]:
        """The command lines of running processes that have to do with this test."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                environment = (entry / "environ").read_bytes()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
            is_inside_machine = line.startswith(("bash ", "sleep "))
            is_ours = f"XDG_RUNTIME_DIR={self.folder}".encode() in environment.split(b"\0")
            if is_ours and not is_inside_machine:
                found.append(line)
        return found

    def wait_for_no_processes(self) -> None:
        """Nothing of the test is left, very soon."""
        for _ in range(100):
            if not self.processes():
                return
            time.sleep(0.05)
        assert self.processes() == []


@pytest.fixture
def example(tmp_path: Path) -> Example:
    return Example(tmp_path)


def test_a_script_that_ends_is_a_success(example: Example) -> None:
    """Its names are there, nothing is left behind, and the log says what went on."""
    script = """
assert machines == [server] and machine is server and server_host is server and vlans == [vlan1]
start_all()
with subtest("first things first"):
    server.succeed("echo out; echo hello >/dev/null")
t.assertEqual(1, 1)
retry(lambda is_last: True)
"""
    finished = example.run(script)
    assert finished.returncode == 0, finished.stderr
    assert "server: must succeed: echo out; echo hello >/dev/null" in finished.stderr
    assert "(finished: subtest: first things first, in " in finished.stderr
    assert "server # Booting the fake kernel" in finished.stderr
    example.wait_for_no_processes()
    assert {path.name for path in example.folder.iterdir()} == {
        "out",
        "tools",
        "script.py",
        "test.json",
    }


def test_a_failure_shows_the_scripts_lines_command_and_output(example: Example) -> None:
    """And none of the driver's own."""
    script = "def check():\n    server.succeed('echo why; false')\n\ncheck()\n"
    finished = example.run(script)
    assert finished.returncode == 1
    words = finished.stderr
    assert '!!!   File "<testScript>", line 4, in <module>' in words
    assert "!!!     server.succeed('echo why; false')" in words
    assert "AssertionFailedError: command `echo why; false` failed (exit code 1)" in words
    assert "server: output: why" in words
    assert "commands.py" not in words


def test_assertions_of_t_and_of_python_fail_the_test(example: Example) -> None:
    """A failed `t` is told like a failed command; another exception has its whole traceback."""
    finished = example.run("t.assertIn('x', ['y'])")
    assert finished.returncode == 1
    assert "!!! test_driver.errors.AssertionFailedError: 'x' not found in ['y']" in finished.stderr
    finished = example.run("assert 1 + 1 == 3, 'wrong'")
    assert finished.returncode == 1
    assert "!!! AssertionError: wrong" in finished.stderr
    assert "driver.py" not in finished.stderr
    finished = example.run("raise RuntimeError('not expected')")
    assert finished.returncode == 1
    assert "RuntimeError: not expected" in finished.stderr


def test_a_syntax_error_is_told_with_its_line(example: Example) -> None:
    """As Python says it."""
    finished = example.run("start_all(\n")
    assert finished.returncode == 1
    assert '!!!   File "<testScript>", line 1' in finished.stderr
    assert "SyntaxError" in finished.stderr


def test_the_time_limit_says_what_was_going_on(example: Example) -> None:
    """The script's line, the command that hung, the console's last lines; then everything ends."""
    begin = time.monotonic()
    finished = example.run("server.succeed('sleep 1000')", limit=3)
    assert finished.returncode == 1
    assert time.monotonic() - begin < 30
    words = finished.stderr
    assert "did not finish within its limit of 3 seconds (globalTimeout)" in words
    assert '!!!   File "<testScript>", line 1, in <module>' in words
    assert "server: must succeed: sleep 1000" in words.partition("under way for 3 seconds")[2]
    assert "server:   Booting the fake kernel" in words
    example.wait_for_no_processes()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_driver(example: Example, number: signal.Signals) -> None:
    """Machines and switches end with it, however it ends."""
    process = example.start("server.succeed('sleep 1000')")
    assert process.stderr is not None
    for line in process.stderr:
        if "connected to guest root shell" in line:
            break
    assert len(example.processes()) > 2
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == (-9 if number == signal.SIGKILL else 1)
    example.wait_for_no_processes()


def test_sigterm_ends_an_interactive_session(example: Example) -> None:
    """Also while something runs that was typed."""
    process = subprocess.Popen(
        example.arguments("", "--interactive"),
        env=example.environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write("machine.succeed('sleep 1000')\n")
    process.stdin.flush()
    for line in process.stderr:
        if "connected to guest root shell" in line:
            break
    process.send_signal(signal.SIGTERM)
    words = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert "terminated; all machines are released" in words
    example.wait_for_no_processes()


def test_two_runs_at_once_do_not_meet(example: Example) -> None:
    """The same machines, each with its own state."""
    first = example.start("server.succeed('sleep 3')")
    time.sleep(1)
    second = example.start("server.succeed('true')")
    assert second.communicate(timeout=30)[1] is not None
    assert second.returncode == 0
    first.communicate(timeout=30)
    assert first.returncode == 0


def test_reports_are_written_for_failures_too(example: Example) -> None:
    """JUnit, XML, text and HTML, with what machines print made harmless."""
    script = """
with subtest("good"):
    server.succeed(r"printf '<b>\\\\0\\\\033[1m&'")
server.send_console("\\x1b[31m</pre><script>\\x01\\n")
server.wait_for_console_text("echo")
server.screenshot("shot")
with subtest("bad"):
    server.fail("true")
"""
    example.environment["LOGFILE"] = str(example.folder / "log.xml")
    finished = example.run(
        script, "--junit-xml", "junit.xml", "--report", "report.html", "--log-file", "log.txt"
    )
    assert finished.returncode == 1, finished.stderr
    suite = ET.parse(example.out / "junit.xml").getroot()[0]
    cases = {case.get("name"): case.find("failure") is not None for case in suite}
    assert cases == {"good": False, "bad": True, "main": True}
    assert ET.parse(example.folder / "log.xml").getroot().tag == "logfile"
    assert "server: must fail: true" in (example.out / "log.txt").read_text()
    page = (example.out / "report.html").read_text()
    assert 'data-machine="server"' in page
    assert "data:image/png;base64," in page
    assert "</pre><script>" not in page
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_build_hears_what_is_going_on(example: Example) -> None:
    """As phases: the sub-test, and what each machine is doing, innermost steps only."""
    example.environment["NIX_LOG_FD"] = "2"
    finished = example.run("with subtest('greet'):\n    server.succeed('echo \"hi\"\\ntrue')")
    assert finished.returncode == 0, finished.stderr
    phases = [
        json.loads(line.removeprefix("@nix "))
        for line in finished.stderr.splitlines()
        if line.startswith("@nix ")
    ]
    assert {phase["action"] for phase in phases} == {"setPhase"}
    texts = [phase["phase"] for phase in phases]
    assert texts[0] == "greet"
    assert "greet > server: waiting for the VM to finish booting" in texts
    assert 'greet > server: must succeed: echo "hi"' in texts
    assert texts[-1] == ""


def wait_for_prompt(connection: socket.socket) -> str:
    """What the debugger says up to its prompt."""
    said = ""
    while not said.endswith("(Pdb) "):
        data = connection.recv(4096)
        assert data, said
        said += data.decode()
    return said


def attach(process: subprocess.Popen[str], port: int) -> socket.socket:
    """A connection to the debugger, when the driver says that it waits for one."""
    assert process.stderr is not None
    for line in process.stderr:
        if "Breakpoint reached; attach with: sudo attach" in line:
            break
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def test_the_debug_hook_stops_where_the_script_says(example: Example) -> None:
    """A person that attaches sees the script's variables, may change them, and goes on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = f"value = 41\ndebug.breakpoint(port={port})\nassert value == 42\n"
    process = example.start(script, "--debug-hook-attach", "sudo attach")
    with attach(process, port) as connection:
        wait_for_prompt(connection)
        connection.sendall(b"p value\n")
        assert "41" in wait_for_prompt(connection)
        connection.sendall(b"!value = 42\n")
        wait_for_prompt(connection)
        connection.sendall(b"continue\n")
        assert process.communicate(timeout=30)[1] is not None
    assert process.returncode == 0


def test_the_debug_hook_stops_at_failures(example: Example) -> None:
    """Where the error arose; then the test fails as without it."""
    try:
        socket.create_server(("127.0.0.1", 4444)).close()
    except OSError:
        pytest.skip("another program uses port 4444")
    script = "def check(number):\n    assert number == 2\ncheck(1)\n"
    process = example.start(script, "--debug-hook-attach", "sudo attach")
    with attach(process, 4444) as connection:
        wait_for_prompt(connection)
        connection.sendall(b"p number + 6\n")
        assert "7" in wait_for_prompt(connection)
        connection.sendall(b"quit\n")
        process.communicate(timeout=30)
    assert process.returncode == 1
    example.wait_for_no_processes()


@pytest.mark.parametrize("has_device", [True, False])
def test_the_ssh_backdoor_needs_the_hosts_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_device: bool
) -> None:
    """Without it the machine starts all the same, and the log says what is missing."""
    device = tmp_path / "vhost-vsock"
    if has_device:
        device.touch()
    monkeypatch.setattr("test_driver.driver._VSOCK_DEVICE", str(device))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    configuration = Configuration(
        machines=(MachineConfiguration("server", start_command()),), vsock_cids={"server": 3}
    )
    record = Recorder()
    with Driver(configuration, Logger([record]), tmp_path) as driver:
        (machine,) = driver.machines
        arguments = machine._qemu_arguments(allow_reboot=False)
        assert ("vhost-vsock-pci,guest-cid=3" in arguments) == has_device
    warnings = [event.text for event in record.events if "no ssh backdoor" in event.text]
    assert bool(warnings) != has_device


def test_a_network_that_does_not_start_is_told(example: Example) -> None:
    """With what its switch says."""
    switch = example.folder / "tools/vde_switch"
    switch.write_text("#!/bin/sh\necho no permission for that\nexit 1\n")
    finished = example.run("server.start()")
    assert finished.returncode == 1
    assert "the switch of network 1 does not start: no permission for that" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_network_that_is_not_there_is_told(example: Example) -> None:
    """As an error of the machine that wants it, with what its start script says and the script's line."""
    command = "sh -euc 'echo $QEMU_VDE_SOCKET_9' --"
    finished = example.run(f"odd = create_machine({command!r}, name='odd')\nodd.start()\n")
    assert finished.returncode == 1
    assert "!!! " in finished.stderr
    assert "odd.start()" in finished.stderr
    assert "machine odd ended: QEMU's exit status is" in finished.stderr
    assert "QEMU_VDE_SOCKET_9" in finished.stderr
    example.wait_for_no_processes()


def test_polling_conditions_watch_inside_their_block(example: Example) -> None:
    """Every call of a machine checks them; `wait` waits for one; a description comes from anywhere."""
    script = """
calls = []
@polling_condition
def is_fine():
    "all is fine"
    calls.append(1)
    return len(calls) < 2

@polling_condition(seconds_interval=0, description="never")
def never():
    return False

assert is_fine.description == "all is fine" and never.description == "never"
server.start()
with is_fine:
    server.succeed("true")
server.succeed("true")
try:
    never.wait(timeout=0.3)
except Exception as error:
    print(type(error).__name__)
with never:
    server.succeed("true")
"""
    finished = example.run(script)
    assert finished.returncode == 1
    assert "ActionTimedOutError" in finished.stdout
    assert "polling condition failed: never" in finished.stderr


def test_machines_can_be_made_in_the_script(example: Example) -> None:
    """With a name that is free; they end with the driver."""
    script = f"""
other = create_machine({start_command()!r}, name="other")
other.start()
assert other.succeed("echo x") == "x\\n" and other not in machines
create_machine({start_command()!r}, name="server")
"""
    finished = example.run(script)
    assert finished.returncode == 1
    assert "there is a machine named server already" in finished.stderr
    example.wait_for_no_processes()


def test_the_interactive_session_has_the_names(example: Example) -> None:
    """Lines from a pipe are run; leaving it ends every process."""
    typed = "machine.start()\nprint(machine.succeed('echo typed'))\ntest_script()\nprint(defined)\n"
    finished = example.run("defined = 'by the script'", "--interactive", typed=typed)
    assert finished.returncode == 0, finished.stderr
    assert "typed" in finished.stdout
    assert "by the script" in finished.stdout
    example.wait_for_no_processes()
    assert (example.folder / "vm-state-server").is_dir()


def test_state_is_kept_on_request(example: Example) -> None:
    """`-K` goes on with what the last run left."""
    keep = "import os; path = str(server.state_dir) + '/kept'; server.start()\n"
    assert example.run(keep + "open(path, 'w').close()", "-K").returncode == 0
    assert example.run(keep + "assert os.path.exists(path)", "-K").returncode == 0
    assert example.run(keep + "assert not os.path.exists(path)").returncode == 0


def test_the_log_level_leaves_messages_out(example: Example) -> None:
    """Messages below the level are not shown."""
    script = "log.debug('small'); log.info('usual'); log.warning('odd')"
    assert "small" not in example.run(script).stderr
    assert "small" in example.run(script, "--log-level", "debug").stderr
    quiet = example.run(script, "--log-level", "warning").stderr
    assert "usual" not in quiet
    assert "odd" in quiet


@pytest.mark.parametrize(
    ("machines", "flags", "words"),
    [
        ("a-b a_b", [], "the machines a-b and a_b are both called a_b"),
        ("log", [], "the machine log hides a name of the test script"),
        ("server", ["--output_directory", "/no/such/folder"], "must exist and be writable"),
        ("server", ["--config", "/no/such/file"], "cannot read /no/such/file"),
        ("server", ["--config", "/dev/null"], "is not the configuration of a test"),
        ("server", ["--junit-xml", "/no/such/folder/x", "--report", "/no/x"], "cannot write /no"),
    ],
)
def test_what_cannot_work_is_refused(
    example: Example, machines: str, flags: list[str], words: str
) -> None:
    """In one sentence, without a traceback."""
    finished = example.run("", *flags, machines=machines)
    assert finished.returncode == 1
    assert words in finished.stderr
    assert "Traceback" not in finished.stderr


def test_machines_and_networks_can_come_as_flags(example: Example) -> None:
    """As they did before there was a configuration file; names come from the scripts."""
    runner = example.folder / "run-web-vm"
    runner.write_text(f'#!/bin/sh\nexec {start_command()} "$@"\n')
    runner.chmod(0o755)
    script = example.folder / "script.py"
    script.write_text("print(web.succeed('echo from web'), vlan3)")
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "test_driver", "--start-scripts", str(runner)),
            *("--vlans", "3", "--global-timeout", "50", "--", str(script)),
        ],
        env=example.environment,
        cwd=example.out,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert "from web\n <VLan 3>" in finished.stdout


def test_machines_that_the_script_uses_boot_together(example: Example) -> None:
    """Unless it says itself what starts when."""
    script = "a.succeed('true')\nassert b.pid is None\nb.start()\n"
    finished = example.run(script, machines="a b")
    assert finished.returncode == 0, finished.stderr
    script = "a.succeed('true')\nassert 'pid' in repr(dir(b))\nb.succeed('true')\n"
    finished = example.run(script, machines="a b c")
    assert finished.stderr.index("b: QEMU running") < finished.stderr.index("a: must succeed")
    assert "c: starting vm" not in finished.stderr
