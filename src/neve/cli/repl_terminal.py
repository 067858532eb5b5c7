"""The terminal of `nix repl`: editing, history, completion and colours; or plain lines from a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from neve import terminal
from neve.lang.repl import CONTINUATION, PROMPT, Outcome, Repl
from neve.lang.repl_completion import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prompt_toolkit.completion import Completer
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History

    ReadLine = Callable[[str], str]
    """Given a prompt, the next line; raises `EOFError` at the end, `KeyboardInterrupt` when it is given up."""


def run(repl: Repl) -> None:
    """Talks to the user until the end of input or `:q`."""
    read_line = _choose_reader(repl)
    repl.start()
    converse(repl, read_line)


def converse(repl: Repl, read_line: ReadLine) -> None:
    """Hands inputs over, joining lines for as long as the expression is incomplete."""
    pending = ""
    while True:
        try:
            line = read_line(CONTINUATION if pending else PROMPT)
            pending = f"{pending}\n{line}" if pending else line
            outcome = repl.handle(pending)
            sys.stdout.flush()
        except EOFError:
            sys.stdout.write("\n")
            return
        except KeyboardInterrupt:
            # While a line is typed, or in the moment between two lines.
            pending = ""
            continue
        if outcome is Outcome.QUIT:
            return
        if outcome is Outcome.PROMPT:
            pending = ""


def _choose_reader(repl: Repl) -> ReadLine:
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
