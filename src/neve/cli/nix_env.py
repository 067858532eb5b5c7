"""`nix-env`: what is installed in a profile."""

from __future__ import annotations

from neve import terminal
from neve.cli import common, program
from neve.cli.options import Command, Group, Option
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve.cli.nix_env_operations.arguments import Operation

NAME: Final = "nix-env"


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, NAME)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.nix_env_operations.arguments import EnvArguments

    operation = find_operation(words)
    arguments = common.read(make_command(operation), words, EnvArguments)
    if arguments is None:
        return 0
    if operation is None:
        raise UsageError("no operation specified")
    if arguments.is_dry_run:
        terminal.say("(dry run; not doing anything)", level=3)
    operation.run(arguments)
    return 0


def operations() -> tuple[Operation, ...]:
    """All operations, in the order of the manual."""
    from neve.cli.nix_env_operations import changing, generations, querying

    return (*changing.OPERATIONS, *querying.OPERATIONS, *generations.OPERATIONS)


def find_operation(words: Sequence[str]) -> Operation | None:
    """The operation that a command line names, which decides what its other options mean.

    Raises `UsageError` when there are several.
    """
    by_name = {name: operation for operation in operations() for name in operation.names.split()}
    found: list[Operation] = []
    for word in words:
        if word == "--":
            break
        for name in _spell(word):
            operation = by_name.get(name)
            if operation is not None and operation not in found:
                found.append(operation)
    if len(found) > 1:
        raise UsageError("only one operation may be specified")
    return found[0] if found else None


def _spell(word: str) -> list[str]:
    """The options in a word: `-qaP` is three."""
    if word.startswith("--") or not word.startswith("-"):
        return [word]
    return [f"-{letter}" for letter in word[1:]]


def make_command(operation: Operation | None) -> Command:
    """The options of an operation; without one, the operations themselves."""
    from neve.cli.nix_env_operations.arguments import COMMON

    chosen = operations() if operation is None else (operation,)
    names = Group("Operations", tuple(Option(item.names, _nothing, item.text) for item in chosen))
    return Command(
        NAME,
        "install, upgrade and query packages of a profile",
        (
            names,
            *(() if operation is None else operation.groups),
            COMMON,
            common.EVALUATION,
            common.BUILDING,
            common.LOGGING,
            common.MISCELLANEOUS,
        ),
        operands="OPERATION" if operation is None else operation.operands,
        description="" if operation is not None else _DESCRIPTION,
        refusal="no arguments expected",
    )


def _nothing(_: object) -> None:
    """The operation was found before."""


_DESCRIPTION: Final = """
PACKAGE is a name, perhaps with a version (regular expressions: 'python3.*', hello-2.10), an attribute path with -A, or
a store path. Packages come from ~/.nix-defexpr unless -f names another expression. More about one operation:
nix-env OPERATION --help
"""
