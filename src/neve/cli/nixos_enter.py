"""`nixos-enter`: a shell, or a command, in an installed NixOS system."""

from __future__ import annotations

import os
import shlex

from neve.cli import common, program
from neve.cli.options import Arguments, Command, Group, flag, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.settings import Settings


class EnterArguments(Arguments):
    """What `nixos-enter` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.root = "/mnt"
        self.system: str | None = None
        self.shell_command: str | None = None
        self.is_silent = False


COMMAND: Final = Command(
    "nixos-enter",
    "run a shell or a command in an installed NixOS system",
    (
        Group(
            "What is entered",
            (
                value("--root", "root", "DIR", "The system's root folder (/mnt)."),
                value("--system", "system", "PATH", "One of its systems, in place of the current."),
            ),
        ),
        Group(
            "What runs",
            (
                value("-c --command", "shell_command", "COMMAND", "A line for a shell."),
                flag("--silent", "is_silent", "Show nothing of the activation."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[-- PROGRAM [ARGUMENT…]]",
    description="Ends as what ran did; with 126 when there is no NixOS in DIR.",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.system.entering import CURRENT, Visit, visit

    arguments = common.read(COMMAND, words, EnterArguments)
    if arguments is None:
        return 0
    command = arguments.shell_command
    if arguments.operands:
        if command is not None:
            raise UsageError("a command is given by '--command' or behind '--', not by both")
        command = shlex.join(arguments.operands)
    root = os.path.abspath(arguments.root)
    return visit(Visit(root, arguments.system or CURRENT, command, arguments.is_silent))
