"""`nixos-version`: which NixOS this is."""

from __future__ import annotations

import os
import sys

from neve.cli import common, program
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Arguments, Command, Group, flag
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final, NoReturn

    from neve.settings import Settings

SYSTEM: Final = "/run/current-system"
_KEYS: Final = ("nixosVersion", "nixpkgsRevision", "configurationRevision")


class VersionArguments(Arguments):
    """What `nixos-version` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.shown: str | None = None
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nixos-version",
    "show which NixOS is running",
    (
        Group(
            "What is shown",
            (
                flag(
                    "--hash --revision", "shown", "The revision of nixpkgs.", to="nixpkgsRevision"
                ),
                flag(
                    "--configuration-revision",
                    "shown",
                    "That of the configuration.",
                    to="configurationRevision",
                ),
                flag("--kernel-version", "shown", "The kernel.", to="kernelVersion"),
                flag("--specialisations", "shown", "Names, one on a line.", to="specialisations"),
                flag("--json", "shown", "All of it as JSON.", to="json"),
                *PRETTY,
            ),
        ),
        common.LOGGING,
        Group("Help", (flag("--help", "action", "Show this text.", to="help"),)),
    ),
    description="Without an option: the version and its code name. An unknown revision ends with 1.",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, VersionArguments)
    if arguments is None:
        return 0
    if arguments.operands:
        raise UsageError(f"unexpected argument '{arguments.operands[0]}'")
    _become_the_system_s(words)
    _show(read_facts(SYSTEM), arguments)
    return 0


def _become_the_system_s(words: Sequence[str]) -> None:
    """Leaves the answer to the program that the running system brings: it knows what it was made from."""
    program_of_system = f"{SYSTEM}/sw/bin/nixos-version"
    own = os.path.realpath(sys.argv[0])
    if os.access(program_of_system, os.X_OK) and os.path.realpath(program_of_system) != own:
        from neve import process

        process.replace([program_of_system, *words], environment=os.environ)


def _show(facts: dict[str, Any], arguments: VersionArguments) -> None:
    shown = arguments.shown
    if shown == "json":
        known = {key: facts[key] for key in _KEYS if facts[key] is not None}
        write_json(known, arguments.pretty)
    elif shown == "specialisations":
        sys.stdout.writelines(f"{name}\n" for name in facts["specialisations"])
    elif shown is None:
        name = f" ({facts['codeName']})" if facts["codeName"] else ""
        print(f"{facts['nixosVersion']}{name}")
    elif facts[shown] is None:
        raise NeveError(f"the {_WORDS[shown]} is unknown to this system")
    else:
        print(facts[shown])


_WORDS: Final = {
    "nixpkgsRevision": "revision of nixpkgs",
    "configurationRevision": "revision of the configuration",
    "kernelVersion": "version of the kernel",
}


def read_facts(system: str) -> dict[str, Any]:
    """What a system says of itself; `None` for what it does not. Raises `NeveError` when it is no NixOS."""
    label = _first_line(f"{system}/nixos-version")
    if label is None:
        raise NeveError(
            f"this is not NixOS: there is no '{system}/nixos-version'; nixos-version tells of a running NixOS system"
        )
    release = _read_release(f"{system}/etc/os-release")
    return {
        "nixosVersion": release.get("BUILD_ID", label),
        "codeName": release.get("VERSION_CODENAME", "").capitalize(),
        "nixpkgsRevision": None,
        "configurationRevision": None,
        "kernelVersion": next(iter(_names(f"{system}/kernel-modules/lib/modules")), None),
        "specialisations": _names(f"{system}/specialisation"),
    }


def _first_line(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return None


def _read_release(path: str) -> dict[str, str]:
    import shlex

    try:
        with open(path, encoding="utf-8") as file:
            pairs = [line.strip().partition("=") for line in file if "=" in line]
        return {name: "".join(shlex.split(text)) for name, _, text in pairs}
    except (OSError, ValueError):
        return {}


def _names(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []
