"""`nix repl`: evaluate expressions interactively."""

from __future__ import annotations

import os
import sys

from neve import _core, terminal
from neve.cli import common
from neve.cli.flakes import PACKAGES, parse_reference, select_output
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    has_source,
    open_installables,
    selected_values,
)
from neve.cli.options import Command
from neve.lang.lookup import is_pseudo_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings


class ReplArguments(InstallableArguments):
    """What `nix repl` was asked to do; impure, as a person at a terminal is."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        settings.set("pure-eval", "false")


COMMAND: Final = Command(
    "nix repl",
    "evaluate expressions interactively",
    (
        SELECTION,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[FILE… | REF#ATTRIBUTE… | ATTRIBUTE…]",
    description="""
The attributes of FILE, of a flake's outputs, or of what --file or --expr names, become variables. :? lists the
commands.
""",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ReplArguments)
    if arguments is None:
        return 0
    from neve.cli import repl_terminal
    from neve.lang.repl import Repl

    session = open_installables(arguments)

    files, flakes = _sort_operands(arguments)

    def sources(session: Session) -> Iterator[tuple[str, Value]]:
        if has_source(arguments):
            for what, value in selected_values(session, arguments):
                yield what, session.auto_call(value)
        for operand in flakes:
            yield _open_flake(session, arguments, operand)

    repl = Repl(
        session,
        actions=repl_terminal.TerminalActions(),
        sources=sources,
        files=files,
        write=sys.stdout.write,
        has_colour=terminal.has_colour(sys.stdout),
    )
    repl_terminal.run(repl)
    return 0


def _sort_operands(arguments: ReplArguments) -> tuple[list[str], list[str]]:
    """The operands that are files, and those that are flakes."""
    files: list[str] = []
    flakes: list[str] = []
    if not has_source(arguments):
        for operand in arguments.operands:
            (files if _is_file(operand) else flakes).append(operand)
    return files, flakes


def _is_file(operand: str) -> bool:
    """Whether an operand is what `--file` takes, rather than a flake."""
    if operand.startswith("<") or is_pseudo_url(operand) or os.path.isfile(operand):
        return True
    return os.path.exists(f"{operand}/default.nix") and not os.path.exists(f"{operand}/flake.nix")


def _open_flake(session: Session, arguments: ReplArguments, operand: str) -> tuple[str, Value]:
    """What a flake's output is called in words, and its value; the outputs themselves when none is named."""
    reference, _, attr_path = operand.partition("#")
    _, value = select_output(session, arguments, operand, (PACKAGES[0], ("",)))
    return f"{_core.show_flake_ref(parse_reference(reference or '.'))}#{attr_path}", value
