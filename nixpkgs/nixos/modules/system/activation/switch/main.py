"""`switch-to-configuration ACTION`: make the system that this belongs to the one that runs.

Actions are `switch`, `boot`, `test`, `dry-activate` and `check`. The exit status is 0; 1 for a wrong call, a failed
check or boot loader; 2 if activation failed; 4 if units failed; 100 if only a reboot makes it the running system. The
program around this sets TOPLEVEL, SYSTEMD, DISTRO_ID, INSTALL_BOOTLOADER, PRE_SWITCH_CHECK, RUNUSER and SWITCH_PROGRAM.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import IO

from switch.manager import Manager
from switch.state import State
from switch.switching import Switch

_RUN = "/run/nixos"


class Action(StrEnum):
    """What to do with the system."""

    SWITCH = "switch"
    BOOT = "boot"
    TEST = "test"
    DRY_ACTIVATE = "dry-activate"
    CHECK = "check"


class ExitStatus(IntEnum):
    """How it ended."""

    OK = 0
    FAILED = 1
    ACTIVATION_FAILED = 2
    UNITS_FAILED = 4
    REBOOT_NEEDED = 100


class SwitchError(Exception):
    """The system cannot be made the running one; the message says why."""


@dataclass(frozen=True)
class Settings:
    """What the program around this says."""

    toplevel: str
    systemd: str
    distro_id: str
    install_boot_loader: str
    pre_switch_check: str
    skips_checks: bool
    skips_sync: bool
    root: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """The settings in environment variables."""
        return cls(
            toplevel=environment["TOPLEVEL"],
            systemd=environment["SYSTEMD"],
            distro_id=environment["DISTRO_ID"],
            install_boot_loader=environment["INSTALL_BOOTLOADER"],
            pre_switch_check=environment["PRE_SWITCH_CHECK"],
            skips_checks=environment.get("NIXOS_NO_CHECK") == "1",
            skips_sync=environment.get("NIXOS_NO_SYNC") == "1",
            root=environment.get("SWITCH_ROOT", ""),
        )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _check_identity(settings: Settings) -> None:
    if os.geteuid() != 0:
        raise SwitchError("switching the system needs root: try sudo")
    root = settings.root
    if os.path.exists(f"{root}/etc/NIXOS"):
        return
    try:
        with open(f"{root}/etc/os-release", encoding="utf-8") as stream:
            ids = {line.strip() for line in stream}
    except FileNotFoundError:
        ids = set()
    if not ids & {f"ID={settings.distro_id}", f'ID="{settings.distro_id}"'}:
        raise SwitchError(
            "this is not a NixOS system: it has no /etc/NIXOS, and /etc/os-release does not say "
            f"ID={settings.distro_id}"
        )


def _lock(folder: str) -> IO[str]:
    path = f"{folder}/switch-to-configuration.lock"
    lock = open(path, "w", encoding="utf-8")  # noqa: SIM115 - held until the program ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise SwitchError(
            "the system is being switched by another process already; wait for it to end"
        ) from None
    return lock


def _run_check(settings: Settings, action: Action) -> None:
    if settings.skips_checks:
        return
    current = f"{settings.root}/run/current-system"
    command = [settings.pre_switch_check, current, settings.toplevel, action]
    if subprocess.run(command, check=False).returncode != 0:
        raise SwitchError("the checks before switching failed; NIXOS_NO_CHECK=1 skips them")


def _install_boot_loader(settings: Settings) -> None:
    command = [settings.install_boot_loader, settings.toplevel]
    if subprocess.run(command, check=False).returncode != 0:
        raise SwitchError(
            f"{settings.install_boot_loader} could not install the boot loader; nothing has been stopped"
        )


def _sync(settings: Settings) -> None:
    """Write the store's file system to disk: a boot loader's entry without its system does not boot."""
    if settings.skips_sync or settings.root:
        return
    descriptor = os.open("/nix/store", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.sync()


def _interface(system: str) -> str:
    try:
        with open(f"{system}/init-interface-version", encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def _switch(action: Action, settings: Settings, lock_folder: str) -> ExitStatus:
    _run_check(settings, action)
    if action is Action.CHECK:
        return ExitStatus.OK
    if action in {Action.SWITCH, Action.BOOT}:
        _install_boot_loader(settings)
    _sync(settings)
    if action is Action.BOOT:
        return ExitStatus.OK
    current = f"{settings.root}/run/current-system"
    if _interface(current) != _interface(settings.toplevel):
        _say(
            "warning: the new system starts differently from the running one, so it cannot be switched to; "
            "reboot into it"
        )
        return ExitStatus.REBOOT_NEEDED
    switch = Switch(
        toplevel=settings.toplevel,
        systemd=settings.systemd,
        manager=Manager(settings.systemd),
        state=State(lock_folder),
        root=settings.root,
    )
    if action is Action.DRY_ACTIVATE:
        switch.show()
        return ExitStatus.OK
    is_activated, are_units_fine = switch.run()
    if not is_activated:
        return ExitStatus.ACTIVATION_FAILED
    return ExitStatus.OK if are_units_fine else ExitStatus.UNITS_FAILED


def _parse(arguments: list[str]) -> Action:
    try:
        (word,) = arguments
        return Action(word)
    except ValueError:
        raise SwitchError(
            "usage: switch-to-configuration ACTION\n"
            "  check         run the checks before switching\n"
            "  switch        make it the running system, and the one that boots\n"
            "  boot          make it the system that boots\n"
            "  test          make it the running system\n"
            "  dry-activate  say what would be done"
        ) from None


def main(arguments: list[str]) -> int:
    """Do what `arguments` say."""
    if len(arguments) == 3 and arguments[0] == "user":
        return Switch.run_for_user(os.environ["SYSTEMD"], arguments[1], arguments[2])
    try:
        action = _parse(arguments)
        settings = Settings.from_environment(os.environ)
        os.environ["NIXOS_ACTION"] = action
        _check_identity(settings)
        folder = f"{settings.root}{_RUN}"
        os.makedirs(folder, mode=0o755, exist_ok=True)
        with _lock(folder):
            return _switch(action, settings, folder)
    except SwitchError as error:
        _say(f"error: {error}")
    except (OSError, subprocess.SubprocessError) as error:
        _say(f"error: switching the system: {error}")
    return ExitStatus.FAILED
