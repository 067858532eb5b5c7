"""The order in which units are stopped, the system is activated, and units are started."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterable

from switch.manager import Manager, Unit
from switch.mounts import compare_fstab
from switch.plan import Plan, Planner
from switch.state import State

_UNITS = "etc/systemd/system"
_USER_UNITS = "etc/systemd/user"
_START = (
    "import os, sys; sys.path.insert(0, os.environ['SWITCH_PROGRAM']); "
    "from switch.main import main; sys.exit(main(sys.argv[1:]))"
)
_USER_ACTIVATION = "nixos-activation.service"
_REACTIVATION = "sysinit-reactivation.target"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _say_units(text: str, units: Iterable[str]) -> None:
    names = sorted(units)
    if names:
        _say(f"{text} {', '.join(names)}")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


class Switch:
    """Makes `toplevel` the running system."""

    def __init__(
        self, *, toplevel: str, systemd: str, manager: Manager, state: State, root: str = ""
    ) -> None:
        self._toplevel = toplevel
        self._systemd = systemd
        self._manager = manager
        self._state = state
        self._root = root

    def _planner(self, loaded: dict[str, Unit]) -> Planner:
        planner = Planner(f"{self._root}/etc/systemd/system", f"{self._toplevel}/{_UNITS}", loaded)
        planner.add_units()
        planner.add_mounts(
            compare_fstab(_read(f"{self._root}/etc/fstab"), _read(f"{self._toplevel}/etc/fstab"))
        )
        return planner

    def show(self) -> None:
        """Say what would be done."""
        loaded = self._manager.units()
        planner = self._planner(loaded)
        plan = planner.plan
        _say_units("would stop the following units:", plan.stop - plan.quiet)
        _say_units("would NOT stop the following changed units:", plan.skip)
        _say("would activate the configuration...")
        subprocess.run([f"{self._toplevel}/dry-activate", self._toplevel], check=False)
        planner.add_requested(
            self._state.take("dry-activation-restart-list"),
            self._state.take("dry-activation-reload-list"),
        )
        if self._needs_reexec():
            _say("would restart systemd")
        _say_units("would reload the following units:", plan.reload - plan.quiet)
        _say_units("would restart the following units:", plan.restart - plan.quiet)
        _say_units("would start the following units:", plan.start - plan.quiet)

    def run(self) -> tuple[bool, bool]:
        """Switch; whether the activation succeeded, and whether all units did."""
        before = self._manager.units()
        planner = self._planner(before)
        plan = planner.plan
        self._state.resume(plan)
        self._state.record(plan)
        # What the old system was is not to be seen any more once the new one is active.
        reexec = self._needs_reexec()
        old_user_units = os.path.realpath(f"{self._root}/etc/systemd/user")
        _say_units("stopping the following units:", plan.stop - plan.quiet)
        self._manager.act("stop", plan.stop)
        _say_units("NOT restarting the following changed units:", plan.skip)
        _say("activating the configuration...")
        is_activated = (
            subprocess.run([f"{self._toplevel}/activate", self._toplevel], check=False).returncode
            == 0
        )
        planner.add_requested(
            self._state.take("activation-restart-list"), self._state.take("activation-reload-list")
        )
        self._state.record(plan)
        self._reload_manager(reexec=reexec)
        is_fine = self._reload_users(old_user_units, reexec=reexec)
        _say(f"restarting {_REACTIVATION}")
        is_fine &= self._manager.act("restart", [_REACTIVATION])
        is_fine &= self._start(plan)
        self._state.clear()
        return is_activated, self._report(before) and is_fine

    def _needs_reexec(self) -> bool:
        running = os.path.realpath(f"{self._root}/proc/1/exe")
        new = os.path.realpath(f"{self._systemd}/lib/systemd/systemd")
        settings = "etc/systemd/system.conf"
        return running != new or _read(f"{self._root}/{settings}") != _read(
            f"{self._toplevel}/{settings}"
        )

    def _reload_manager(self, *, reexec: bool) -> None:
        if reexec:
            _say("restarting systemd...")
            self._manager.tell("daemon-reexec")
        self._manager.tell("reset-failed")
        self._manager.tell("daemon-reload")

    def _start(self, plan: Plan) -> bool:
        """Reload, restart and start; what does not run any more cannot be reloaded."""
        loaded = self._manager.units()
        idle = {name for name in plan.reload if name not in loaded or not loaded[name].is_active}
        plan.reload -= idle
        plan.start |= {name for name in idle if not name.endswith(".mount")}
        _say_units("reloading the following units:", plan.reload - plan.quiet)
        is_fine = self._manager.act("reload", plan.reload)
        _say_units("restarting the following units:", plan.restart - plan.quiet)
        is_fine &= self._manager.act("restart", plan.restart)
        _say_units("starting the following units:", plan.start - plan.quiet)
        return self._manager.act("start", plan.start) and is_fine

    def _report(self, before: dict[str, Unit]) -> bool:
        """Say which units are new, and which have failed; whether none has."""
        after = self._manager.units()
        new = {
            name
            for name, unit in after.items()
            if unit.active_state == "active"
            and not name.endswith((".scope", ".device"))
            and not unit.following
            and (name not in before or not before[name].is_active)
        }
        started = new - self._state.read("start-list") - {_REACTIVATION}
        _say_units("the following new units were started:", started)
        failed = [name for name, unit in after.items() if unit.has_failed]
        if failed:
            _say_units("warning: the following units failed:", failed)
            self._manager.show_status(failed)
        return not failed

    def _reload_users(self, old_units: str, *, reexec: bool) -> bool:
        """Do the same for the managers of users who are logged in, if there is anything to do."""
        new_units = f"{self._toplevel}/{_USER_UNITS}"
        has_changed = os.path.realpath(new_units) != old_units
        if not (has_changed or reexec or os.path.exists(f"{new_units}/{_USER_ACTIVATION}")):
            return True
        folder = f"{self._root}/run/user"
        is_fine = True
        for uid in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            runtime = f"{folder}/{uid}"
            if not os.path.exists(f"{runtime}/systemd/private"):
                continue
            user = pwd.getpwuid(int(uid)).pw_name
            _say(f"reloading user units for {user}...")
            if reexec:
                self._tell_as(user, runtime, "daemon-reexec")
            is_fine &= self._run_as(user, runtime, old_units)
        return is_fine

    def _tell_as(self, user: str, runtime: str, word: str) -> None:
        """Give a command to the manager of a user."""
        command = [
            os.environ["RUNUSER"],
            "--user",
            user,
            "--",
            f"{self._systemd}/bin/systemctl",
            "--user",
            word,
        ]
        subprocess.run(command, check=False, env={**os.environ, "XDG_RUNTIME_DIR": runtime})

    def _run_as(self, user: str, runtime: str, old_units: str) -> bool:
        command = [
            os.environ["RUNUSER"],
            "--user",
            user,
            "--",
            sys.executable,
            "-I",
            "-c",
            _START,
            "user",
            old_units,
            f"{self._toplevel}/{_USER_UNITS}",
        ]
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        return subprocess.run(command, check=False, env=environment).returncode == 0

    @staticmethod
    def run_for_user(systemd: str, old: str, new: str) -> int:
        """Compare units of the user who runs this, and restart what has changed."""
        manager = Manager(systemd, is_user=True)
        loaded = {
            name: unit
            for name, unit in manager.units().items()
            if unit.fragment.startswith("/etc/systemd/user/")
        }
        # They were loaded by way of /etc, which is the new system's by now.
        planner = Planner(
            old, new, {name: _with_folder(unit, old) for name, unit in loaded.items()}
        )
        planner.add_units()
        plan = planner.plan
        _say_units("stopping the following user units:", plan.stop - plan.quiet)
        is_fine = manager.act("stop", plan.stop)
        manager.tell("daemon-reload")
        _say_units("reloading the following user units:", plan.reload - plan.quiet)
        is_fine &= manager.act("reload", plan.reload)
        _say_units("restarting the following user units:", plan.restart - plan.quiet)
        is_fine &= manager.act("restart", plan.restart)
        _say_units("starting the following user units:", plan.start - plan.quiet)
        is_fine &= manager.act("start", plan.start)
        if os.path.exists(f"{new}/{_USER_ACTIVATION}"):
            is_fine &= manager.act("restart", [_USER_ACTIVATION])
        return 0 if is_fine else 4


def _with_folder(unit: Unit, folder: str) -> Unit:
    """The unit as if it had been loaded from `folder`."""
    return Unit(
        name=unit.name,
        active_state=unit.active_state,
        sub_state=unit.sub_state,
        fragment=f"{folder}/{os.path.basename(unit.fragment)}",
        following=unit.following,
        sockets=unit.sockets,
        exit_status=unit.exit_status,
    )
