"""`nixos-install`: installs a NixOS system to mounted disks."""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.options import Command, Group, flag, value
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings


class InstallArguments(EvaluationArguments):
    """What `nixos-install` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.root = "/mnt"
        self.system: str | None = None
        self.flake: str | None = None
        self.file: str | None = None
        self.attr_path: str | None = None
        self.channel: str | None = None
        self.copies_channel = True
        self.asks_password = True
        self.installs_bootloader = True


COMMAND: Final = Command(
    "nixos-install",
    "install NixOS to mounted disks",
    (
        Group(
            "What is installed",
            (
                value("--root", "root", "DIR", "Where the disks are mounted (/mnt)."),
                value("--system --closure", "system", "PATH", "A system that is built already."),
                value("--flake", "flake", "REF#NAME", "nixosConfigurations.NAME of a flake."),
                value("-f --file", "file", "FILE", "A Nix file that describes systems."),
                value("-A --attr", "attr_path", "PATH", "The system in it."),
                value("--channel", "channel", "PATH", "The package set for root's channel."),
                flag("--no-channel-copy", "copies_channel", "Install no channel.", to=False),
            ),
        ),
        Group(
            "What is done",
            (
                flag(
                    "--no-root-password --no-root-passwd",
                    "asks_password",
                    "Do not ask for root's password.",
                    to=False,
                ),
                flag("--no-bootloader", "installs_bootloader", "No boot loader.", to=False),
            ),
        ),
        common.EVALUATION,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    description="""
Builds the system of DIR/etc/nixos/configuration.nix, copies it to DIR/nix/store, makes it the default, and installs its
boot loader. It can be run again: what is done already is not done twice.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InstallArguments)
    if arguments is None:
        return 0
    if arguments.operands:
        raise UsageError(f"unexpected argument '{arguments.operands[0]}'")
    root = os.path.abspath(arguments.root)
    check_root(root)
    system = _build(arguments, root)
    terminal.say("copying the system...")
    _copy(root, system)
    _copy_channel(arguments, root)
    _make_default(root, system)
    if arguments.installs_bootloader:
        _install_bootloader(root)
    if arguments.asks_password and sys.stdin.isatty():
        _ask_password(root)
    terminal.say("installation finished!")
    return 0


def check_root(root: str) -> None:
    """Raises `NeveError` unless everybody may pass through a folder and those above it."""
    if not os.path.isdir(root):
        raise NeveError(f"'{root}' is no folder: mount the disks of the new system there first")
    folder = root
    while folder != "/":
        mode = os.stat(folder).st_mode
        if mode & 0o005 != 0o005:
            raise NeveError(
                f"others must be able to enter and read '{folder}': chmod o+rx '{folder}'"
            )
        folder = os.path.dirname(folder)


def _build(arguments: InstallArguments, root: str) -> str:
    """The system, which is then in this machine's store."""
    from neve.cli.system_sources import build_part, choose_source

    if arguments.system is not None:
        return os.path.realpath(arguments.system)
    if arguments.flake is not None and "#" not in arguments.flake:
        raise UsageError("'--flake' must name the system: REF#NAME")
    if arguments.flake is None and arguments.file is None:
        _choose_configuration(arguments, root)
    source = choose_source(
        file=arguments.file,
        attr_path=arguments.attr_path,
        flake=arguments.flake,
        ignores_system_flake=True,
    )
    return build_part(arguments, source, "config.system.build.toplevel")


def _copy(root: str, path: str) -> None:
    """Puts a store path and all that it refers to into the new system's store."""
    from neve.cli.nix_commands import copy

    if copy.run(["--to", root, "--no-check-sigs", path]) != 0:
        raise NeveError(f"'{path}' could not be copied to '{root}'")


def _choose_configuration(arguments: InstallArguments, root: str) -> None:
    """Makes `<nixos-config>` the configuration of the new system, unless something says otherwise."""
    named = os.environ.get("NIXOS_CONFIG")
    file = named or f"{root}/etc/nixos/configuration.nix"
    if any(include.startswith("nixos-config=") for include in arguments.includes):
        return
    if not os.path.isabs(file):
        raise NeveError(f"the configuration '{file}' of $NIXOS_CONFIG must be an absolute name")
    if not os.access(file, os.R_OK):
        raise NeveError(
            f"there is no configuration at '{file}'; nixos-generate-config --root {root} writes one"
        )
    arguments.includes.insert(0, f"nixos-config={file}")


def _copy_channel(arguments: InstallArguments, root: str) -> None:
    """Gives root of the new system the package set that it was made from."""
    if not arguments.copies_channel or arguments.flake is not None:
        return
    channel = arguments.channel
    if channel is None:
        profile = "/nix/var/nix/profiles/per-user/root/channels"
        channel = os.path.realpath(profile) if os.path.lexists(profile) else None
    if channel is None:
        return
    terminal.say("copying channel...")
    _copy(root, channel)
    target = f"{root}/nix/var/nix/profiles/per-user/root/channels"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    _set_profile(root, target, channel)


def _set_profile(root: str, profile: str, path: str) -> None:
    """Makes a generation of a profile in the new system; links inside mean what they will mean there."""
    from neve.cli import nix_env

    nix_env.run(["--store", root, "-p", profile, "--set", path])


def _make_default(root: str, system: str) -> None:
    profiles = f"{root}/nix/var/nix/profiles"
    os.makedirs(profiles, exist_ok=True)
    _set_profile(root, f"{profiles}/system", system)
    os.makedirs(f"{root}/etc", mode=0o755, exist_ok=True)
    with open(f"{root}/etc/NIXOS", "a", encoding="utf-8"):
        pass


def _install_bootloader(root: str) -> None:
    from neve.system.entering import Visit, visit_apart

    terminal.say("installing the boot loader...")
    if not os.path.lexists(f"{root}/etc/mtab"):
        os.symlink("/proc/mounts", f"{root}/etc/mtab")
    command = (
        "export NIXOS_INSTALL_BOOTLOADER=1; "
        "/nix/var/nix/profiles/system/bin/switch-to-configuration boot"
    )
    status = visit_apart(Visit(root, command=command, is_silent=True))
    if status != 0:
        raise NeveError(
            f"the boot loader could not be installed: its installer ended with {status}"
        )


def _ask_password(root: str) -> None:
    from neve.system.entering import Visit, visit_apart

    terminal.say("setting root password...")
    command = "/nix/var/nix/profiles/system/sw/bin/passwd"
    if visit_apart(Visit(root, command=command, is_silent=True)) != 0:
        terminal.warn(
            f"no root password was set; `nixos-enter --root '{root}' -c passwd` sets one, or `nixos-install` again"
        )
