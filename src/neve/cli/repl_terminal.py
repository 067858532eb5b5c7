"""The terminal of `nix repl`: editing, history, completion and colours; or plain lines from a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from neve import terminal
from neve.errors import NeveError
from neve.lang.repl import CONTINUATION, PROMPT, Outcome, Repl
from neve.lang.repl_completion import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from prompt_toolkit.completion import Completer
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History

    from neve._core import Value
    from neve.lang.session import Session

    ReadLine = Callable[[str], str]
    """Given a prompt, the next line; raises `EOFError` at the end, `KeyboardInterrupt` when it is given up."""


def run(repl: Repl) -> None:
    """Talks to the user until the end of input or `:q`."""
    read_line = choose_reader(repl)
    repl.start()
    converse(repl, read_line)


def converse(repl: Repl, read_line: ReadLine) -> Outcome:
    """Hands inputs over, joining lines for as long as the expression is incomplete; how the session ends."""
    pending = ""
    while True:
        try:
            line = read_line(CONTINUATION if pending else PROMPT)
            pending = f"{pending}\n{line}" if pending else line
            outcome = repl.handle(pending)
            sys.stdout.flush()
        except EOFError:
            sys.stdout.write("\n")
            return Outcome.QUIT
        except KeyboardInterrupt:
            # While a line is typed, or in the moment between two lines.
            pending = ""
            continue
        if outcome is Outcome.PROMPT:
            pending = ""
        elif outcome is not Outcome.MORE:
            return outcome


def choose_reader(repl: Repl) -> ReadLine:
    """Where lines come from: an editor on a terminal, standard input as it is elsewhere."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _read_plain
    # A terminal that cannot move its cursor edits lines by itself.
    is_dumb = repl.session.settings.environment.get("TERM", "dumb") == "dumb"
    return input if is_dumb else _editor(repl)


def _read_plain(prompt: str) -> str:
    sys.stdout.write(prompt)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    # The line is repeated, so that what a pipe holds reads like a session.
    sys.stdout.write(line if line.endswith("\n") else line + "\n")
    sys.stdout.flush()
    return line.removesuffix("\n")


def _editor(repl: Repl) -> ReadLine:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.lexers import PygmentsLexer
    from prompt_toolkit.output.vt100 import Vt100_Output
    from prompt_toolkit.shortcuts import CompleteStyle
    from pygments.lexers.nix import NixLexer

    has_colour = terminal.has_colour(sys.stdout)
    output = Vt100_Output.from_pty(sys.stdout, term=repl.session.settings.environment.get("TERM"))
    # Completions are listed as by a shell, so there is no need to ask the terminal where its cursor is.
    output.enable_cpr = False
    session: PromptSession[str] = PromptSession(
        history=open_history(repl.session.settings.environment),
        completer=make_completer(repl),
        complete_while_typing=False,
        complete_style=CompleteStyle.READLINE_LIKE,
        lexer=PygmentsLexer(NixLexer) if has_colour else None,
        enable_open_in_editor=True,
        enable_history_search=True,
        output=output,
    )

    def read_line(prompt: str) -> str:
        return session.prompt([("ansiblue", prompt)] if has_colour else prompt)

    return read_line


def history_file(environment: Mapping[str, str]) -> str:
    """Where the lines of earlier sessions are kept."""
    data = environment.get("XDG_DATA_HOME") or os.path.join(
        environment.get("HOME") or "/", ".local/share"
    )
    return os.path.join(data, "neve", "repl-history")


def open_history(environment: Mapping[str, str]) -> History:
    """The history of earlier sessions; one in memory where no file can be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    file = history_file(environment)
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        with open(file, "ab"):
            return FileHistory(file)
    except OSError:
        return InMemoryHistory()


def make_completer(repl: Repl) -> Completer:
    """What Tab offers, in the terminal library's terms."""
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from typing_extensions import override

    class ReplCompleter(Completer):
        @override
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterator[Completion]:
            length, found = complete(repl, document.text_before_cursor)
            for text in found:
                yield Completion(text, start_position=-length)

    return ReplCompleter()


class TerminalActions:
    """What the commands of the session do that reach beyond evaluation."""

    def build(self, session: Session, drv_path: str) -> dict[str, str]:
        """Builds all outputs of a derivation."""
        outputs = session.host.store.read_derivation(drv_path).outputs
        return {name: session.host.realise([(drv_path, name)])[drv_path, name] for name in outputs}

    def keep(self, session: Session, path: str, link: str) -> None:
        """Makes a link that keeps a path."""
        session.host.store.add_root(path, os.path.abspath(link))

    def run(self, session: Session, arguments: Sequence[str]) -> None:
        """Runs another of our commands in the terminal, with the settings of this one."""
        from neve import process

        beside = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), arguments[0])
        program = beside if os.access(beside, os.X_OK) else arguments[0]
        process.run(
            [program, *arguments[1:]],
            environment={**os.environ, "NIX_CONFIG": session.settings.to_configuration()},
            stdin=sys.stdin.buffer,
            check=False,
        )

    def edit(self, file: str, line: int) -> None:
        """Opens a file in the user's editor."""
        from neve.cli import editor

        editor.edit(file, line)

    def page(self, text: str) -> None:
        """Shows a text in the user's pager where it does not fit on the terminal."""
        from neve.cli import pager

        pager.show(text)

    def open_flake(self, session: Session, reference: str) -> Value:
        """The outputs of a flake, with its own attributes."""
        from neve.cli.flakes import evaluate_flake_alone

        return evaluate_flake_alone(session, reference)

    def build_log(self, session: Session, drv_path: str) -> str:
        """The log of a build."""
        log = session.host.store.read_build_log(drv_path)
        if log is None:
            raise NeveError(f"build log of '{drv_path}' is not available")
        return log.decode(errors="replace")
