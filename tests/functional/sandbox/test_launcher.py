"""The process that starts builders, without a store around it."""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neve.errors import SandboxError
from neve.sandbox import operations as op
from neve.sandbox.advice import explain_forbidden
from neve.sandbox.client import LauncherClient, Report
from neve.sandbox.identity import Identity
from neve.sandbox.operations import Namespace
from neve.sandbox.plan import Command, Plan, Policy, Spec, plan_unsandboxed

pytestmark = pytest.mark.functional

OWN = Identity(os.geteuid(), os.getegid(), is_own=True)


@pytest.fixture
def launcher() -> Iterator[LauncherClient]:
    with LauncherClient() as client:
        yield client


def plan_program(program: str, folder: Path, policy: Policy | None = None) -> Plan:
    """A Python program as a builder without a sandbox."""
    spec = Spec(
        system="x86_64-linux",
        machine=os.uname().machine,
        identity=OWN,
        root="",
        store_dir="/nix/store",
        output_dir="",
        build_dir="",
        host_build_dir=str(folder),
        temporary_dir="",
        mounts={},
        policy=policy or Policy(),
    )
    arguments = ("python", "-I", "-S", "-c", program)
    return plan_unsandboxed(spec, Command(sys.executable, arguments, {"FOO": "bar"}))


def run(launcher: LauncherClient, plan: Plan) -> tuple[list[Report], str]:
    """Runs a plan to its end; the reports and what was written."""
    read_end, write_end = os.pipe()
    number = launcher.start(plan, write_end)
    os.close(write_end)
    reports: list[Report] = []
    while not reports or reports[-1].word != "gone":
        reports += launcher.read_reports()
    with open(read_end, "rb") as pipe:
        output = pipe.read().decode()
    assert {report.number for report in reports} == {number}
    return reports, output


def test_a_builder_runs_and_ends(launcher: LauncherClient, tmp_path: Path) -> None:
    """It gets its folder, its environment and nothing else, and how it ends is reported."""
    program = "import os, sys; print(os.getcwd(), dict(os.environ)); sys.exit(7)"
    reports, output = run(launcher, plan_program(program, tmp_path))
    assert [report.word for report in reports] == ["started", "ended", "gone"]
    assert os.waitstatus_to_exitcode(int(reports[1].text)) == 7
    assert output.split(" ", 1)[0] == str(tmp_path)
    assert "'FOO': 'bar'" in output
    assert "PATH" not in output


def test_several_at_once(launcher: LauncherClient, tmp_path: Path) -> None:
    """Builders run side by side and are told apart."""
    read_end, write_end = os.pipe()
    plan = plan_program("import time; time.sleep(0.5)", tmp_path)
    started = time.monotonic()
    numbers = {launcher.start(plan, write_end) for _ in range(8)}
    os.close(write_end)
    gone: set[int] = set()
    while gone != numbers:
        gone |= {report.number for report in launcher.read_reports() if report.word == "gone"}
    assert time.monotonic() - started < 3.5
    os.close(read_end)


def test_leftovers_are_killed(launcher: LauncherClient, tmp_path: Path) -> None:
    """Without a PID namespace, too, what a builder leaves behind dies before its end is reported."""
    program = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            print(os.getpid(), flush=True); time.sleep(300)\n"
        "        os._exit(0)\n"
        "time.sleep(0.5)\n"
    )
    reports, output = run(launcher, plan_program(program, tmp_path))
    assert reports[-2].text == "0"
    processes = [int(word) for word in output.split()]
    assert len(processes) == 3
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_killing(launcher: LauncherClient, tmp_path: Path) -> None:
    """A builder that ignores everything is killed on request, and reported when it is gone."""
    program = (
        "import signal, time\n"
        "for number in (1, 2, 3, 13, 15): signal.signal(number, signal.SIG_IGN)\n"
        "print('ready', flush=True); time.sleep(300)\n"
    )
    read_end, write_end = os.pipe()
    number = launcher.start(plan_program(program, tmp_path), write_end)
    os.close(write_end)
    assert os.read(read_end, 100) == b"ready\n"
    launcher.kill(number)
    reports: list[Report] = []
    while not reports or reports[-1].word != "gone":
        reports += launcher.read_reports()
    assert os.WTERMSIG(int(reports[-2].text)) == signal.SIGKILL
    launcher.kill(number)
    os.close(read_end)


def test_closing_kills(tmp_path: Path) -> None:
    """When the client goes, so do its builders, before `close` returns."""
    read_end, write_end = os.pipe()
    launcher = LauncherClient()
    program = "import time; print('ready', flush=True); time.sleep(300)"
    launcher.start(plan_program(program, tmp_path), write_end)
    os.close(write_end)
    assert os.read(read_end, 100) == b"ready\n"
    launcher.close()
    ready, _, _ = select.select([read_end], [], [], 0)
    assert ready
    assert os.read(read_end, 1) == b""
    os.close(read_end)


def test_large_plans(launcher: LauncherClient, tmp_path: Path) -> None:
    """A plan may be larger than what a socket holds."""
    plan = plan_program("import os; print(sum(name[0] == 'V' for name in os.environ))", tmp_path)
    many = {f"V{number}": "x" * 60 for number in range(20_000)}
    command = Command(plan.command.program, plan.command.arguments, many)
    _, output = run(launcher, Plan((), plan.builder, command))
    assert output.split() == ["20000"]


def test_a_step_that_fails(launcher: LauncherClient, tmp_path: Path) -> None:
    """The report names the step and the reason; the builder does not run."""
    plan = plan_program("print('ran')", tmp_path)
    broken = Plan((), (op.EnterDirectory("/no/such/folder"), *plan.builder), plan.command)
    reports, output = run(launcher, broken)
    assert [report.word for report in reports] == ["failed", "ended", "gone"]
    assert reports[0].text == (
        "cannot enter /no/such/folder: No such file or directory (/no/such/folder)"
    )
    assert output == ""


def test_a_namespace_that_is_refused(launcher: LauncherClient, tmp_path: Path) -> None:
    """A refused namespace is reported by name, and the advice says what to do."""
    if os.geteuid() == 0:
        # What an unprivileged process may not do is tried after giving privileges up.
        steps: tuple[op.Operation, ...] = (op.BecomeUser(65534, 65534),)
    else:
        steps = ()
    plan = plan_program("print('ran')", tmp_path)
    refused = Plan((*steps, op.EnterNamespace(Namespace.MOUNT)), plan.builder, plan.command)
    reports, output = run(launcher, refused)
    assert [report.word for report in reports] == ["forbidden", "gone"]
    assert output == ""
    what, number = reports[0].text.split()
    assert what == "mnt"
    error = explain_forbidden(what, int(number))
    assert error.namespace == "mnt"
    assert "Operation not permitted" in str(error)
    assert "--cap-add SYS_ADMIN" in str(error)
    assert "--no-sandbox" in str(error)


def test_a_missing_program(launcher: LauncherClient, tmp_path: Path) -> None:
    """The builder's log says that its program does not exist."""
    plan = plan_program("", tmp_path)
    missing = Plan((), plan.builder, Command("/no/program", ("program",), {}))
    reports, output = run(launcher, missing)
    assert output == "error: executing '/no/program': No such file or directory\n"
    assert os.waitstatus_to_exitcode(int(reports[-2].text)) == 1


def test_system_calls_are_filtered(launcher: LauncherClient, tmp_path: Path) -> None:
    """The filter is there without a sandbox as well, unless the settings say otherwise."""
    program = (
        "import os\n"
        "open('f', 'w').close()\n"
        "try: os.chmod('f', 0o4755)\n"
        "except OSError as error: print(error.strerror)\n"
        "else: print('done')\n"
    )
    _, output = run(launcher, plan_program(program, tmp_path))
    assert output == "Operation not permitted\n"
    _, output = run(launcher, plan_program(program, tmp_path, Policy(filters_system_calls=False)))
    assert output == "done\n"


def test_the_death_of_the_launcher(tmp_path: Path) -> None:
    """Builders do not outlive a launcher that is killed, and the client says what happened."""
    launcher = LauncherClient()
    read_end, write_end = os.pipe()
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
    launcher.start(plan_program(program, tmp_path), write_end)
    os.close(write_end)
    builder = int(os.read(read_end, 100))
    assert launcher.read_reports()[0].word == "started"
    launcher._process.kill()
    with pytest.raises(SandboxError, match="ended unexpectedly"):
        launcher.read_reports()
    assert os.read(read_end, 1) == b""
    deadline = time.monotonic() + 5
    while Path(f"/proc/{builder}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    launcher.close()
    os.close(read_end)
