"""`switch-to-configuration` against a systemctl that only writes down what it is asked."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from switch.main import Action, ExitStatus, main
from switch.manager import Unit
from switch.mounts import compare_fstab, escape_path
from switch.plan import Planner
from switch.units import Change, compare_units, read_unit, template_of

FAKE_SYSTEMCTL = """#!{python}
import json, os, sys
folder = {folder!r}
arguments = sys.argv[1:]
with open(folder + "/log", "a") as log:
    log.write(" ".join(arguments) + "\\n")
if arguments[0] == "show":
    with open(folder + "/state.json") as state:
        for unit in json.load(state):
            print("\\n".join(f"{{key}}={{value}}" for key, value in unit.items()) + "\\n")
"""


def service(**more: str) -> dict[str, dict[str, list[str]]]:
    return {"Service": {"ExecStart": ["/bin/a"], **{name: [value] for name, value in more.items()}}}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (service(), service(), Change.NONE),
        ({"Unit": {"Description": ["a"]}}, {"Unit": {"Description": ["b"]}}, Change.NONE),
        ({"Install": {"WantedBy": ["a"]}}, {}, Change.NONE),
        (service(), service(ExecStop="/bin/b"), Change.RESTART),
        (
            {"Unit": {"X-Reload-Triggers": ["1"]}},
            {"Unit": {"X-Reload-Triggers": ["2"]}},
            Change.RELOAD,
        ),
        (
            {"Unit": {"X-Restart-Triggers": ["1"]}},
            {"Unit": {"X-Restart-Triggers": ["2"]}},
            Change.RESTART,
        ),
        ({"Mount": {"Options": ["ro"]}}, {"Mount": {"Options": ["rw"]}}, Change.RELOAD),
        (service(ExecReload="/bin/a"), service(ExecReload="/bin/b"), Change.RELOAD),
        (service(ExecReload="/bin/a"), service(), Change.RESTART),
    ],
)
def test_only_what_matters_to_a_running_unit_is_a_change(
    old: Any, new: Any, change: Change
) -> None:
    """Texts about a unit do not matter, triggers of a reload reload it, and anything else restarts it."""
    assert compare_units(old, new) is change


def test_a_unit_is_its_file_and_its_drop_ins(tmp_path: Path) -> None:
    """Repeated settings are lists, in the order of the files; an instance has its template's too."""
    (tmp_path / "a@.service").write_text(
        "[Service]\n# a comment\nExecStart=one \\\n  two\nEnvironment=A=1\n"
    )
    (tmp_path / "a@x.service.d").mkdir()
    (tmp_path / "a@x.service.d/overrides.conf").write_text("[Service]\nEnvironment=B=2\n")
    assert template_of("a@x.service") == "a@.service"
    assert read_unit(str(tmp_path), "a@x.service") == {
        "Service": {"ExecStart": ["one  two"], "Environment": ["A=1", "B=2"]}
    }


class Units:
    """Two folders of units, and which of the first run."""

    def __init__(self, folder: Path) -> None:
        self.old, self.new = folder / "old", folder / "new"
        self.loaded: dict[str, Unit] = {}
        for place in (self.old, self.new):
            place.mkdir()

    def add(self, name: str, old: str | None, new: str | None, *, state: str = "active") -> None:
        for place, text in ((self.old, old), (self.new, new)):
            if text is not None:
                (place / name).write_text(text)
        self.loaded[name] = Unit(name, state, "running", f"{self.old}/{name}", "", (), 0)

    def plan(self) -> dict[str, set[str]]:
        planner = Planner(str(self.old), str(self.new), self.loaded)
        planner.add_units()
        return {name: value for name, value in vars(planner.plan).items() if value}


@pytest.fixture
def units(tmp_path: Path) -> Units:
    return Units(tmp_path)


ONE, TWO = "[Service]\nExecStart=/bin/one\n", "[Service]\nExecStart=/bin/two\n"


def test_a_changed_service_is_stopped_before_and_started_after(units: Units) -> None:
    """That is the rule for services; those that do not run are left alone."""
    units.add("a.service", ONE, TWO)
    units.add("idle.service", ONE, TWO, state="inactive")
    assert units.plan() == {"stop": {"a.service"}, "start": {"a.service"}}


def test_options_of_a_unit_change_the_rule(units: Units) -> None:
    """Services can ask to be restarted at the end, reloaded, or left alone."""
    units.add("late.service", ONE, f"{TWO}X-StopIfChanged=false\n")
    units.add("reload.service", ONE, f"{TWO}X-ReloadIfChanged=true\n")
    units.add("left.service", ONE, f"{TWO}X-RestartIfChanged=false\n")
    units.add("manual.service", ONE, f"[Unit]\nRefuseManualStop=yes\n{TWO}")
    assert units.plan() == {
        "restart": {"late.service"},
        "reload": {"reload.service"},
        "skip": {"left.service", "manual.service"},
    }


def test_a_unit_that_is_gone_or_masked_is_stopped(units: Units) -> None:
    """Unless it says that it wants to run on."""
    units.add("gone.service", ONE, None)
    units.add("stays.service", f"[Unit]\nX-StopOnRemoval=false\n{ONE}", None)
    units.add("masked.service", ONE, None)
    os.symlink("/dev/null", units.new / "masked.service")
    assert units.plan() == {"stop": {"gone.service", "masked.service"}}


def test_sockets_start_their_service(units: Units) -> None:
    """Of a changed service with a socket, service and socket are stopped, and the socket is started."""
    units.add("a.service", ONE, TWO)
    units.add("a.socket", "[Socket]\n", "[Socket]\n")
    assert units.plan() == {"stop": {"a.service", "a.socket"}, "start": {"a.socket"}}


def test_targets_are_started_again_without_a_word(units: Units) -> None:
    """So that units which a target wants anew are started; never one that sends the machine to sleep."""
    units.add("multi-user.target", "[Unit]\n", "[Unit]\nWants=b.service\n")
    units.add("suspend.target", "[Unit]\n", "[Unit]\nDescription=x\n")
    assert units.plan() == {"start": {"multi-user.target"}, "quiet": {"multi-user.target"}}


def test_mounts_are_restarted_but_essential_ones_are_reloaded(units: Units) -> None:
    """Nothing could bring the store back once it is unmounted."""
    units.add("mnt.mount", "[Mount]\nWhat=/a\n", "[Mount]\nWhat=/b\n")
    units.add("nix.mount", "[Mount]\nWhat=/a\n", "[Mount]\nWhat=/b\n")
    assert units.plan() == {"restart": {"mnt.mount"}, "reload": {"nix.mount"}}


def test_changes_of_fstab() -> None:
    """What is gone is unmounted, another device mounted again, other options are a reload."""
    old = "/dev/a / ext4 rw\n/dev/b /b ext4 rw\n/dev/c /c ext4 rw\n/dev/d /d ext4 rw\n/dev/s none swap sw\n"
    new = "/dev/x / ext4 rw\n/dev/b /b ext4 ro\n/dev/y /c ext4 rw\n"
    changes = compare_fstab(old, new)
    assert (changes.stop, changes.restart, changes.reload) == (["/d"], ["/c"], ["/b"])
    assert (changes.skip, changes.swap_off) == (["/"], ["/dev/s"])
    assert escape_path("/mnt/my-disk") == "mnt-my\\x2ddisk"
    assert escape_path("/") == "-"


class Machine:
    """A root folder with a running system, a new system, and the fake systemctl."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.root, self.new, self.systemd = folder / "root", folder / "new", folder / "systemd"
        for system in (self.root, self.root / "run/current-system", self.new):
            (system / "etc/systemd/system").mkdir(parents=True)
            (system / "etc/systemd/user").mkdir(parents=True)
            (system / "init-interface-version").write_text("systemd 2")
        (self.root / "etc/NIXOS").write_text("")
        self.write_program(
            self.systemd / "bin/systemctl",
            FAKE_SYSTEMCTL.format(python=sys.executable, folder=str(folder)),
        )
        self.write_program(self.new / "activate", f"#!/bin/sh\necho activate >> {folder}/log\n")
        self.write_program(
            self.new / "dry-activate", f"#!/bin/sh\necho dry-activate >> {folder}/log\n"
        )
        self.write_program(
            folder / "boot-loader", f"#!/bin/sh\necho boot-loader $1 >> {folder}/log\n"
        )
        self.write_program(folder / "check", f"#!/bin/sh\necho check $3 >> {folder}/log\n")
        self.set_state([])
        variables = {
            "TOPLEVEL": str(self.new),
            "SYSTEMD": str(self.systemd),
            "DISTRO_ID": "nixos",
            "INSTALL_BOOTLOADER": str(folder / "boot-loader"),
            "PRE_SWITCH_CHECK": str(folder / "check"),
            "SWITCH_ROOT": str(self.root),
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(os, "geteuid", lambda: 0)

    @staticmethod
    def write_program(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def set_state(self, states: list[dict[str, str]]) -> None:
        (self.folder / "state.json").write_text(json.dumps(states))

    def add_running(self, name: str, old: str, new: str | None) -> None:
        (self.root / "etc/systemd/system" / name).write_text(old)
        if new is not None:
            (self.new / "etc/systemd/system" / name).write_text(new)
        fragment = f"{self.root}/etc/systemd/system/{name}"
        state = {
            "Id": name,
            "ActiveState": "active",
            "SubState": "running",
            "FragmentPath": fragment,
        }
        states = json.loads((self.folder / "state.json").read_text())
        self.set_state([*states, state])

    def log(self) -> list[str]:
        lines = (self.folder / "log").read_text().splitlines()
        return [line for line in lines if not line.startswith("show ")]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_a_switch_does_things_in_their_order(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Checks, boot loader, stopping, activation, the manager, and then what has to run."""
    machine.add_running("a.service", ONE, TWO)
    machine.add_running("late.service", ONE, f"{TWO}X-StopIfChanged=false\n")
    assert main(["switch"]) == ExitStatus.OK
    assert machine.log() == [
        "check switch",
        f"boot-loader {machine.new}",
        "stop -- a.service",
        "activate",
        "daemon-reexec",
        "reset-failed",
        "daemon-reload",
        "restart -- sysinit-reactivation.target",
        "restart -- late.service",
        "start -- a.service",
    ]
    words = capsys.readouterr().err
    assert "stopping the following units: a.service" in words
    assert "starting the following units: a.service" in words
    assert os.listdir(machine.root / "run/nixos") == ["switch-to-configuration.lock"]


def test_a_dry_activation_only_says_what_it_would_do(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is stopped, started or activated."""
    machine.add_running("a.service", ONE, TWO)
    assert main(["dry-activate"]) == ExitStatus.OK
    assert machine.log() == ["check dry-activate", "dry-activate"]
    words = capsys.readouterr().err
    assert "would stop the following units: a.service" in words
    assert "would start the following units: a.service" in words


def test_boot_installs_the_boot_loader_only(machine: Machine) -> None:
    """The running system stays as it is."""
    machine.add_running("a.service", ONE, TWO)
    assert main(["boot"]) == ExitStatus.OK
    assert machine.log() == ["check boot", f"boot-loader {machine.new}"]


def test_a_failed_boot_loader_stops_nothing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 1, before anything has happened to the running system."""
    machine.write_program(machine.folder / "boot-loader", "#!/bin/sh\nexit 1\n")
    assert main(["switch"]) == ExitStatus.FAILED
    assert machine.log() == ["check switch"]
    assert "could not install the boot loader" in capsys.readouterr().err


def test_an_activation_that_fails_is_reported_after_the_rest(machine: Machine) -> None:
    """Units are started all the same; the exit status is 2."""
    machine.add_running("a.service", ONE, TWO)
    machine.write_program(machine.new / "activate", "#!/bin/sh\nexit 1\n")
    assert main(["test"]) == ExitStatus.ACTIVATION_FAILED
    assert machine.log()[-1] == "start -- a.service"


def test_units_that_fail_are_named(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """With their status, and the exit status 4."""
    machine.set_state(
        [{"Id": "bad.service", "ActiveState": "failed", "SubState": "failed", "FragmentPath": ""}]
    )
    assert main(["test"]) == ExitStatus.UNITS_FAILED
    assert "warning: the following units failed: bad.service" in capsys.readouterr().err
    assert machine.log()[-1] == "status --no-pager --full bad.service"


def test_another_interface_needs_a_reboot(machine: Machine) -> None:
    """The boot loader is set, nothing is stopped, and the exit status is 100."""
    machine.add_running("a.service", ONE, TWO)
    (machine.new / "init-interface-version").write_text("systemd 3")
    assert main(["switch"]) == ExitStatus.REBOOT_NEEDED
    assert machine.log() == ["check switch", f"boot-loader {machine.new}"]


def test_an_interrupted_switch_is_resumed(machine: Machine) -> None:
    """What an earlier switch has stopped and not started is started."""
    folder = machine.root / "run/nixos"
    folder.mkdir(parents=True)
    (folder / "start-list").write_text("left.service\n")
    assert main(["test"]) == ExitStatus.OK
    assert machine.log()[-1] == "start -- left.service"


def test_units_that_the_activation_asks_for_are_restarted(machine: Machine) -> None:
    """Running ones by the rules for changed units, others are started."""
    machine.add_running("a.service", ONE, ONE)
    request = machine.root / "run/nixos/activation-restart-list"
    machine.write_program(
        machine.new / "activate", f"#!/bin/sh\nprintf 'a.service\\nb.service\\n' > {request}\n"
    )
    assert main(["test"]) == ExitStatus.OK
    assert machine.log()[-1] == "start -- a.service b.service"


@pytest.mark.parametrize("arguments", [[], ["fly"], ["switch", "now"]])
def test_a_wrong_call_shows_the_actions(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 1, and every action is named."""
    assert main(arguments) == ExitStatus.FAILED
    words = capsys.readouterr().err
    assert all(f"  {action} " in words for action in Action)


def test_only_one_switch_at_a_time(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """A second one ends at once, with the exit status 1."""
    folder = machine.root / "run/nixos"
    folder.mkdir(parents=True)
    lock = folder / "switch-to-configuration.lock"
    program = (
        f"import fcntl, sys; f = open({str(lock)!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert main(["test"]) == ExitStatus.FAILED
        assert "by another process" in capsys.readouterr().err
        holder.communicate()


def test_other_systems_are_refused(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    """A system that is not NixOS is left alone."""
    (machine.root / "etc/NIXOS").unlink()
    assert main(["test"]) == ExitStatus.FAILED
    assert "not a NixOS system" in capsys.readouterr().err
