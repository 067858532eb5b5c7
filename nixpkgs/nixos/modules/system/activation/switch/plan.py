"""Which units have to be stopped, started, restarted and reloaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from switch.manager import Unit
from switch.mounts import MountChanges, escape_path
from switch.units import (
    Change,
    Settings,
    compare_units,
    is_true,
    read_unit,
    switch_option,
    unit_file,
)

# They run through the whole life of a system.
_LASTING: Final = frozenset(
    {"sysinit.target", "basic.target", "multi-user.target", "graphical.target"}
)
# Starting these would put the machine to sleep.
_SLEEP: Final = frozenset(
    {"suspend.target", "hibernate.target", "hybrid-sleep.target", "suspend-then-hibernate.target"}
)
_RELOADED_MOUNTS: Final = frozenset({"-.mount", "nix.mount"})


@dataclass
class Plan:
    """Names of units by what happens to them; `quiet` are those of them that are not printed."""

    stop: set[str] = field(default_factory=set)
    start: set[str] = field(default_factory=set)
    restart: set[str] = field(default_factory=set)
    reload: set[str] = field(default_factory=set)
    skip: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)


class Planner:
    """Compares units in the folder `old` with those in `new`, for a manager that has loaded `loaded`."""

    def __init__(self, old: str, new: str, loaded: Mapping[str, Unit]) -> None:
        self._old = old
        self._new = new
        self._loaded = loaded
        self.plan = Plan()

    def add_units(self) -> None:
        """Decide about all units that run."""
        for unit in self._loaded.values():
            if unit.is_active and not unit.following and unit.fragment.startswith(f"{self._old}/"):
                self._add_unit(unit)

    def _add_unit(self, unit: Unit) -> None:
        name = unit.name
        old = read_unit(self._old, name)
        if unit_file(self._new, name) is None:
            if is_true(old, "Unit", "X-StopOnRemoval", default=True):
                self.plan.stop.add(name)
            return
        new = read_unit(self._new, name)
        if name.endswith(".target"):
            self._add_target(name, new)
            return
        change = compare_units(old, new)
        if change is Change.RESTART:
            self.add_changed(name, new)
        elif change is Change.RELOAD:
            self.plan.reload.add(name)

    def _add_target(self, name: str, new: Settings) -> None:
        refuses = is_true(new, "Unit", "RefuseManualStart", default=False)
        manual = is_true(new, "Unit", "X-OnlyManualStart", default=False)
        if name not in _SLEEP and not refuses and not manual:
            # So that what it wants anew is started.
            self.plan.start.add(name)
            self.plan.quiet.add(name)
        if is_true(new, "Unit", "X-StopOnReconfiguration", default=False):
            self.plan.stop.add(name)

    def add_changed(self, name: str, new: Settings) -> None:
        """Decide about a unit whose definition, `new`, has changed."""
        plan = self.plan
        if name in _LASTING or name.endswith((".path", ".slice", ".socket")):
            # A socket is handled with its service.
            return
        if name.endswith(".mount"):
            (plan.reload if name in _RELOADED_MOUNTS else plan.restart).add(name)
        elif (
            switch_option(new, "X-ReloadIfChanged", default=False)
            and name not in plan.restart | plan.stop
        ):
            plan.reload.add(name)
        elif self._is_left_alone(new):
            plan.skip.add(name)
        elif not switch_option(new, "X-StopIfChanged", default=True) or not name.endswith(
            ".service"
        ):
            plan.restart.add(name)
        else:
            self._stop_and_start(name, new)

    @staticmethod
    def _is_left_alone(new: Settings) -> bool:
        return (
            not switch_option(new, "X-RestartIfChanged", default=True)
            or is_true(new, "Unit", "RefuseManualStop", default=False)
            or is_true(new, "Unit", "X-OnlyManualStart", default=False)
        )

    def _stop_and_start(self, name: str, new: Settings) -> None:
        plan = self.plan
        plan.stop.add(name)
        sockets = (
            []
            if switch_option(new, "X-NotSocketActivated", default=False)
            else self._sockets(name, new)
        )
        active = [
            socket
            for socket in sockets
            if socket in self._loaded and self._loaded[socket].is_active
        ]
        kept = [socket for socket in active if unit_file(self._new, socket) is not None]
        if kept:
            plan.stop.update(active)
            # The sockets start the service when somebody asks for it.
            plan.start.update(kept)
        else:
            plan.start.add(name)

    @staticmethod
    def _sockets(name: str, new: Settings) -> list[str]:
        named = [
            part for value in new.get("Service", {}).get("Sockets", []) for part in value.split()
        ]
        return named or [f"{name.removesuffix('.service')}.socket"]

    def add_mounts(self, changes: MountChanges) -> None:
        """Decide about mount units that systemd makes from /etc/fstab."""
        plan = self.plan
        for place in changes.stop:
            stem = escape_path(place)
            automount = self._loaded.get(f"{stem}.automount")
            plan.stop.add(
                f"{stem}.automount" if automount and automount.is_active else f"{stem}.mount"
            )
        plan.restart.update(f"{escape_path(place)}.mount" for place in changes.restart)
        plan.reload.update(f"{escape_path(place)}.mount" for place in changes.reload)
        plan.skip.update(f"{escape_path(place)}.mount" for place in changes.skip)
        plan.stop.update(f"{escape_path(device)}.swap" for device in changes.swap_off)

    def add_requested(self, restart: set[str], reload: set[str]) -> None:
        """Decide about units that the activation has asked for: those that do not run are started."""
        for name in restart:
            unit = self._loaded.get(name)
            if unit is None or not unit.is_active:
                self.plan.start.add(name)
            else:
                self.add_changed(name, read_unit(self._new, name))
        for name in reload:
            unit = self._loaded.get(name)
            if unit is None or not unit.is_active:
                self.plan.start.add(name)
            elif name not in self.plan.restart | self.plan.stop:
                self.plan.reload.add(name)
