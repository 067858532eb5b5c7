"""Builders that misbehave: a clear error, nothing left behind, the store whole."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.functional.builder.workshop import PYTHON, Workshop, python_mounts

from neve.builder.results import FailureKind, Success

REPOSITORY = Path(__file__).parents[3]
pytestmark = pytest.mark.functional

MakeWorkshop = Callable[..., Workshop]


def test_no_output(workshop: Workshop) -> None:
    """A builder that writes nothing is told which output is missing."""
    failure = workshop.fail(workshop.derive("none", "echo > $out", outputs=["out", "dev"]))
    assert failure.kind is FailureKind.OUTPUT_REJECTED
    assert "failed to produce output path for output 'dev'" in failure.message


def test_other_paths(workshop: Workshop) -> None:
    """What is written to the store beside the outputs vanishes with the sandbox."""
    stray = f"/nix/store/{'0' * 32}-stray"
    derivation = workshop.derive("stray", f"echo > {stray}; mkdir /nix/store/.links; echo > $out")
    workshop.build(derivation)
    assert not Path(workshop.store.real_path(stray)).exists()
    assert workshop.leftovers() == []


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("fifo", "mkdir $out; mkfifo $out/f"),
        ("plain-fifo", "mkfifo $out"),
        (
            "deep-fifo",
            "mkdir -p $out/a/b/c; chmod 555 $out/a; mkfifo $out/a/b/c/f; chmod 0 $out/a/b",
        ),
    ],
)
def test_special_files(workshop: Workshop, name: str, script: str) -> None:
    """Store objects hold files, folders and links only."""
    failure = workshop.fail(workshop.derive(name, script))
    assert failure.kind is FailureKind.OUTPUT_REJECTED
    assert "unsupported type" in failure.message
    assert workshop.store.query_all_valid_paths() == {
        path for path in workshop.store.query_all_valid_paths() if path.endswith(".drv")
    }


def test_sockets(make_workshop: MakeWorkshop) -> None:
    """Neither are sockets store objects."""
    workshop = make_workshop(sandbox_paths=python_mounts())
    program = "import os, socket; socket.socket(socket.AF_UNIX).bind(os.environ['out'])"
    derivation = workshop.derive("socket", builder=PYTHON, args=["-I", "-S", "-c", program])
    assert "unsupported type" in workshop.fail(derivation).message


def test_outputs_that_others_could_change(workshop: Workshop) -> None:
    """An output that is writable for all is not trusted."""
    failure = workshop.fail(workshop.derive("open", "mkdir $out; chmod 777 $out"))
    assert failure.kind is FailureKind.OUTPUT_REJECTED
    assert "suspicious ownership or permission" in failure.message


def test_strange_trees(workshop: Workshop) -> None:
    """Folders without permissions, odd names, dangling links and hard links become a proper store object."""
    derivation = workshop.derive(
        "strange",
        r"mkdir -p $out/locked/in; echo x > $out/locked/in/f; ln $out/locked/in/f $out/same;"
        r" ln -s /nowhere $out/dangling; touch $out/'a b' $out/$'n\nl' $out/$'\xff';"
        " chmod 000 $out/locked/in/f $out/locked/in $out/locked",
    )
    path = workshop.build(derivation)
    assert (path / "locked/in/f").read_text() == "x\n"
    assert sorted(os.listdir(os.fsencode(path))) == [
        b"a b",
        b"dangling",
        b"locked",
        b"n\nl",
        b"same",
        b"\xff",
    ]
    assert workshop.store.verify(check_contents=True)


def test_processes_that_stay(workshop: Workshop) -> None:
    """Processes that outlive the builder are killed, however they hide, before the build ends."""
    script = (
        "for i in 1 2 3; do (setsid sh -c 'trap \"\" TERM HUP INT; sleep 300' >/dev/null 2>&1 &); done;"
        " sleep 300 & nohup sleep 300 >/dev/null 2>&1 & echo > $out"
    )
    started = time.monotonic()
    workshop.build(workshop.derive("stay", script))
    assert time.monotonic() - started < 30
    assert _sleepers() == []


def _sleepers() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command[:2] == [b"sleep", b"300"]:
                found.append(entry.name)
    return found


def test_endless_output(make_workshop: MakeWorkshop) -> None:
    """A builder that writes without end is stopped at the limit."""
    workshop = make_workshop(max_build_log_size=100_000)
    failure = workshop.fail(workshop.derive("yes", "yes"))
    assert failure.kind is FailureKind.LOG_LIMIT
    assert "killed after writing more than 100000 bytes of log output" in failure.message


def test_long_lines_take_no_memory(make_workshop: MakeWorkshop) -> None:
    """Output without a line end is passed on in pieces; memory stays what it was."""
    workshop = make_workshop(keep_build_log=False)
    workshop.build(workshop.derive("warm", "echo > $out"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    derivation = workshop.derive(
        "line", "dd if=/dev/zero bs=65536 count=800 2>/dev/null; echo > $out"
    )
    workshop.build(derivation)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The notes of this test keep the 50 MB themselves, twice as text at worst.
    assert after - before < 200_000
    assert max(map(len, workshop.log.lines)) <= 1 << 16


def test_a_builder_that_closes_its_output(workshop: Workshop) -> None:
    """Being silent is no end: the build goes on until the builder does."""
    derivation = workshop.derive("closed", "exec >&- 2>&-; sleep 1; echo > $out")
    workshop.build(derivation)


def test_input_is_empty(workshop: Workshop) -> None:
    """A builder that asks a question gets no answer, and does not wait for one."""
    workshop.build(workshop.derive("ask", "! read x; echo > $out"))


def test_a_full_disk(make_workshop: MakeWorkshop, tmp_path: Path, as_root: None) -> None:
    """A build that fails where there is no space left is told so, and may work another time."""
    del as_root
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(small)], check=True)
    try:
        workshop = make_workshop(build_dir=str(small))
        failure = workshop.fail(workshop.derive("fill", "dd if=/dev/zero of=big bs=1M count=100"))
        assert failure.kind is FailureKind.TRANSIENT
        assert failure.message.endswith("may have been caused by lack of free disk space")
        assert os.listdir(small) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_lying_messages(workshop: Workshop) -> None:
    """Log messages that make no sense are shown as they are; those that do are obeyed."""
    derivation = workshop.derive(
        "liar",
        """echo '@nix {broken'; echo '@nix {"action":"start"}'; echo '@nix []'; echo '@nix 5';"""
        """ echo '@nix {"action":"result","id":7,"type":105,"fields":[1,2,3,4]}';"""
        """ echo '@nix {"action":"start","id":1,"type":105,"text":"fake build","level":0,"fields":[]}';"""
        """ echo '@nix {"action":"msg","level":3,"msg":"words"}'; echo '@nix {"action":"stop","id":9}';"""
        " echo > $out",
    )
    workshop.build(derivation)
    assert workshop.log.lines[:2] == ["@nix {broken", '@nix {"action":"start"}']
    assert "words" in workshop.log.messages
    assert workshop.log.started == [f"building '{derivation}'"]


def test_wrong_attributes(workshop: Workshop) -> None:
    """Special attributes of the wrong kind are named in the error."""
    failure = workshop.fail(workshop.derive("odd", exportReferencesGraph="one"))
    assert "odd number of tokens in 'exportReferencesGraph'" in failure.message
    failure = workshop.fail(workshop.derive("name", exportReferencesGraph="../x /nix/store"))
    assert "invalid file name '../x'" in failure.message
    failure = workshop.fail(workshop.derive("bool", structured={"preferLocalBuild": "yes"}))
    assert '"preferLocalBuild"' in failure.message


def test_a_missing_shell(make_workshop: MakeWorkshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no shell can be offered, the error says what to do."""
    from neve.builder import preparation

    monkeypatch.setattr(preparation, "find_static_shell", lambda: None)
    workshop = make_workshop()
    failure = workshop.fail(workshop.derive("sh", "echo > $out"))
    assert "busybox-static" in failure.message
    assert "sandbox-paths = /bin/sh=" in failure.message


def test_an_impossible_sandbox(
    make_workshop: MakeWorkshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a step of the plan fails, the error says which and why."""
    from neve.sandbox import plan

    monkeypatch.setattr(plan, "BUILDER_UID", -1)
    workshop = make_workshop()
    failure = workshop.fail(workshop.derive("any", "echo > $out"))
    assert "while setting up the build environment" in failure.message


def test_the_death_of_the_parent(workshop: Workshop, tmp_path: Path) -> None:
    """When Neve is killed without warning, builders die at once, and the next run finishes the work."""
    derivation = workshop.derive("orphan", "echo > /build/started; sleep 301; echo > $out")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        f"sys.path[:0] = {[str(REPOSITORY), *sys.path]!r}\n"
        "from pathlib import Path\n"
        "from tests.functional.builder.workshop import PYTHON, Workshop, python_mounts\n"
        f"workshop = Workshop(Path({str(workshop.root)!r}))\n"
        f"workshop.run({derivation!r})\n"
    )
    child = subprocess.Popen([sys.executable, str(program)])
    folder = Path(workshop.store.layout.builds_dir)
    deadline = time.monotonic() + 30
    while not list(folder.glob("*/build/started")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    while any("301" in text for text in _commands()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    quick = workshop.derive("quick", "echo > $out")
    workshop.build(quick)
    for leftover in folder.iterdir():
        subprocess.run(["rm", "-rf", str(leftover)], check=True)
    failure = workshop.fail(derivation, timeout=1)
    assert failure.kind is FailureKind.TIMED_OUT
    assert workshop.store.verify(check_contents=True)


def _commands() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return [text for text in found if text.startswith("sleep ")]


def test_interruption(workshop: Workshop, tmp_path: Path) -> None:
    """Ctrl-C ends builders in an orderly way: nothing runs on, nothing is left, the lock is free."""
    derivation = workshop.derive("interrupted", "sleep 302; echo > $out")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        f"sys.path[:0] = {[str(REPOSITORY), *sys.path]!r}\n"
        "from pathlib import Path\n"
        "from tests.functional.builder.workshop import PYTHON, Workshop, python_mounts\n"
        f"workshop = Workshop(Path({str(workshop.root)!r}))\n"
        "try:\n"
        f"    workshop.run({derivation!r})\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(42)\n"
    )
    child = subprocess.Popen([sys.executable, str(program)])
    deadline = time.monotonic() + 30
    while not any("302" in text for text in _commands()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 42
    assert not any("302" in text for text in _commands())
    assert workshop.leftovers() == []


def test_threads_and_descriptors_do_not_leak(workshop: Workshop) -> None:
    """After a session there are as many open files and threads as before."""
    workshop.build(workshop.derive("warm", "echo > $out"))
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for number in range(5):
        workshop.build(workshop.derive(f"good{number}", "echo > $out"))
        workshop.fail(workshop.derive(f"bad{number}", "exit 1"))
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir("/proc/self/fd")) == files
    assert threading.active_count() <= threads


def test_one_failure_among_many(workshop: Workshop) -> None:
    """Without `keep-going` the others are killed; with it they are built."""
    slow = [workshop.derive(f"slow{n}", "sleep 2; echo > $out") for n in range(2)]
    bad = workshop.derive("bad", "exit 1")
    started = time.monotonic()
    outcomes = workshop.run(bad, *slow, max_jobs=3)
    assert time.monotonic() - started < 1.9
    assert not any(isinstance(outcome, Success) for outcome in outcomes.values())
    outcomes = workshop.run(bad, *slow, max_jobs=3, keep_going=True)
    assert [isinstance(outcomes[path], Success) for path in (bad, *slow)] == [False, True, True]
