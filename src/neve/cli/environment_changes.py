"""Options that change the environment of a program, for commands that start one."""

from __future__ import annotations

import os

from neve.cli.installables import InstallableArguments
from neve.cli.options import Group, Option, flag, repeated
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class EnvironmentArguments(InstallableArguments):
    """Arguments of a subcommand that starts a program."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.ignores_environment = False
        self.kept_variables: list[str] = []
        self.unset_variables: list[str] = []
        self.set_variables: dict[str, str] = {}


def _set_variable(arguments: EnvironmentArguments, name: str, text: str) -> None:
    if name in arguments.set_variables:
        raise UsageError(f"Duplicate definition of environment variable '{name}' with '-s'")
    arguments.set_variables[name] = text


ENVIRONMENT: Final = Group(
    "Environment",
    (
        flag(
            "-i --ignore-env --ignore-environment",
            "ignores_environment",
            "Start with no variables.",
        ),
        repeated("-k --keep-env-var --keep", "kept_variables", "NAME", "A variable that -i keeps."),
        repeated("-u --unset-env-var --unset", "unset_variables", "NAME", "Leave a variable out."),
        Option("-s --set-env-var", _set_variable, "Set a variable.", ("NAME", "VALUE")),
    ),
)


def changed_environment(arguments: EnvironmentArguments) -> dict[str, str]:
    """The environment that a program starts with; raises `UsageError` for options that contradict each other."""
    kept, unset = arguments.kept_variables, arguments.unset_variables
    if arguments.ignores_environment:
        if unset:
            raise UsageError("--unset-env-var does not make sense with --ignore-env")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
    else:
        if kept:
            raise UsageError("--keep-env-var does not make sense without --ignore-env")
        environment = {name: text for name, text in os.environ.items() if name not in unset}
    for name in arguments.set_variables:
        if name in unset or name in kept:
            raise UsageError(f"Cannot set environment variable '{name}' that is kept or unset")
    return {**environment, **arguments.set_variables}


def split_command(words: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """The words before `-c` or `--command`, and those of the command, if there is one."""
    for position, word in enumerate(words):
        if word == "--":
            break
        if word in {"-c", "--command"}:
            command = list(words[position + 1 :])
            if not command:
                raise UsageError(f"flag '{word}' requires at least one argument")
            return list(words[:position]), command
    return list(words), None
