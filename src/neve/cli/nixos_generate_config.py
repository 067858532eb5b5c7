"""`nixos-generate-config`: writes a configuration for this machine's hardware."""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common, program
from neve.cli.options import Arguments, Command, Group, flag, value
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings

DEFAULTS_FILE: Final = "/etc/nixos-generate-config.conf"
_KERNELS: Final = ("lts", "latest")


class GenerateArguments(Arguments):
    """What `nixos-generate-config` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.root: str | None = None
        self.directory: str | None = None
        self.is_forced = False
        self.leaves_out_file_systems = False
        self.only_shows = False
        self.writes_flake = False
        self.kernel: str | None = None


COMMAND: Final = Command(
    "nixos-generate-config",
    "write a NixOS configuration for this machine",
    (
        Group(
            "What is written",
            (
                value("--root", "root", "DIR", "The new system's root folder, such as /mnt."),
                value("--dir", "directory", "DIR", "Where to write, in place of /etc/nixos."),
                flag("--force", "is_forced", "Write configuration.nix though it exists."),
                flag("--flake", "writes_flake", "Write a flake.nix as well."),
                flag(
                    "--show-hardware-config",
                    "only_shows",
                    "Print the hardware file, write nothing.",
                ),
                flag("--no-filesystems", "leaves_out_file_systems", "Leave out disks and swap."),
                value("--kernel", "kernel", "WHICH", "lts, or latest for the newest kernel."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    description=f"""
Writes hardware-configuration.nix, always anew, and configuration.nix unless there is one, to /etc/nixos. Defaults for
--root, --dir, --kernel and --flake may stand in {DEFAULTS_FILE}, in a section [Defaults]:
RootDirectory, Directory, Kernel, Flake.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, GenerateArguments)
    if arguments is None:
        return 0
    if arguments.operands:
        raise UsageError(f"unrecognised argument '{arguments.operands[0]}'")
    _apply_defaults(arguments)
    root = _check_root(arguments.root)
    if arguments.kernel not in {None, *_KERNELS}:
        raise UsageError(f"'--kernel' is lts or latest, not '{arguments.kernel}'")
    _write(arguments, root)
    return 0


def _apply_defaults(arguments: GenerateArguments) -> None:
    """Takes what the command line leaves open from the file of defaults."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read(DEFAULTS_FILE)
        defaults = dict(parser["Defaults"]) if parser.has_section("Defaults") else {}
        if not arguments.writes_flake and defaults.get("flake"):
            arguments.writes_flake = parser.getboolean("Defaults", "flake")
    except (Error, ValueError) as error:
        raise NeveError(f"reading '{DEFAULTS_FILE}': {error}") from error
    arguments.root = arguments.root or defaults.get("rootdirectory")
    arguments.directory = arguments.directory or defaults.get("directory")
    arguments.kernel = arguments.kernel or defaults.get("kernel")


def _check_root(root: str | None) -> str:
    """The root folder as an absolute name without a slash at its end; `""` for this system's own."""
    if root is None:
        return ""
    root = os.path.abspath(root)
    if root == "/":
        raise UsageError("'--root /' makes no sense: leave it out to describe this system")
    return root


def _write(arguments: GenerateArguments, root: str) -> None:
    from neve.system import generated_configuration as texts
    from neve.system.filesystems import StorageScan
    from neve.system.hardware import Machine

    hardware = Machine().detect()
    scan = StorageScan(root, warn=terminal.warn)
    storage = scan.scan()
    shown = None if arguments.leaves_out_file_systems else storage
    hardware_text = texts.hardware_text(hardware, shown, arguments.settings.text("system"))
    if arguments.only_shows:
        sys.stdout.write(hardware_text)
        return
    folder = os.path.abspath(arguments.directory or f"{root}/etc/nixos")
    os.makedirs(folder, mode=0o755, exist_ok=True)
    _write_file(f"{folder}/hardware-configuration.nix", hardware_text)
    if arguments.writes_flake:
        _write_new(f"{folder}/flake.nix", texts.flake_text("nixos"), arguments)
    boot_loader = texts.boot_loader_lines(
        is_container=hardware.virtualisation == "systemd-nspawn", root_disk=storage.root_disk
    )
    configuration = texts.configuration_text(
        boot_loader,
        kernel=arguments.kernel or "lts",
        has_x_server=os.path.exists("/run/current-system/etc/X11/xorg.conf.d"),
    )
    _write_new(f"{folder}/configuration.nix", configuration, arguments)
    terminal.say("For settings of particular models, see https://github.com/NixOS/nixos-hardware.")


def _write_new(path: str, text: str, arguments: GenerateArguments) -> None:
    """Writes a file of the user's, unless they have it already."""
    if os.path.lexists(path) and not arguments.is_forced:
        terminal.warn(f"not overwriting existing {path}")
        return
    _write_file(path, text)


def _write_file(path: str, text: str) -> None:
    """Writes a file whole or not at all."""
    terminal.say(f"writing {path}...")
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
