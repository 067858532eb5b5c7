"""`nix repl`: evaluate expressions interactively."""

from __future__ import annotations

import sys

from neve import terminal
from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    has_source,
    open_installables,
    selected_values,
)
from neve.cli.options import Command

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
    operands="[FILE… | ATTRIBUTE…]",
    description="""
The attributes of FILE, or of what --file or --expr names, become variables. :? lists the commands.
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

    def sources(session: Session) -> Iterator[tuple[str, Value]]:
        for what, value in selected_values(session, arguments):
            yield what, session.auto_call(value)

    repl = Repl(
        session,
        actions=repl_terminal.TerminalActions(),
        sources=sources if has_source(arguments) else lambda _: (),
        files=() if has_source(arguments) else arguments.operands,
        write=sys.stdout.write,
        has_colour=terminal.has_colour(sys.stdout),
    )
    repl_terminal.run(repl)
    return 0
