"""`nix repl`: evaluate expressions interactively."""

from __future__ import annotations

import os
import shlex
import sys

from neve import terminal
from neve.cli import common
from neve.cli.installables import (
    SELECTION,
    InstallableArguments,
    has_source,
    open_installables,
    selected_values,
)
from neve.cli.options import Command
from neve.errors import NeveError

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
    (SELECTION, common.EVALUATION, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
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
        actions=TerminalActions(),
        sources=sources if has_source(arguments) else lambda _: (),
        files=() if has_source(arguments) else arguments.operands,
        write=sys.stdout.write,
        has_colour=terminal.has_colour(sys.stdout),
    )
    repl_terminal.run(repl)
    return 0


class TerminalActions:
    """What the commands of the session do that reach beyond evaluation."""

    def build(self, session: Session, drv_path: str) -> dict[str, str]:
        """Builds all outputs of a derivation."""
        outputs = session.host.store.read_derivation(drv_path).outputs
        return {name: session.host.realise([(drv_path, name)])[drv_path, name] for name in outputs}

    def keep(self, session: Session, path: str, link: str) -> None:
        """Makes a link that keeps a path."""
        session.host.store.add_root(path, os.path.abspath(link))

    def run(self, arguments: Sequence[str]) -> None:
        """Runs another of our commands in the terminal."""
        from neve import process

        beside = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), arguments[0])
        program = beside if os.access(beside, os.X_OK) else arguments[0]
        process.run(
            [program, *arguments[1:]],
            environment=os.environ,
            stdin=sys.stdin.buffer,
            check=False,
        )

    def edit(self, file: str, line: int) -> None:
        """Opens a file in `$VISUAL` or `$EDITOR`, at a line where the editor knows how."""
        from neve import process

        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
        command = shlex.split(editor)
        if line > 0 and any(name in editor for name in ("emacs", "nano", "vim", "kak", "vi")):
            command.append(f"+{line}")
        process.run([*command, file], environment=os.environ, stdin=sys.stdin.buffer, check=False)

    def build_log(self, session: Session, drv_path: str) -> str:
        """The log of a build."""
        log = session.host.store.read_build_log(drv_path)
        if log is None:
            raise NeveError(f"build log of '{drv_path}' is not available")
        return log.decode(errors="replace")
