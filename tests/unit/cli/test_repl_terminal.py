"""The conversation around an interactive session."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from neve.cli import repl_terminal
from neve.lang.repl import CONTINUATION, PROMPT, Outcome, Repl


class FakeRepl:
    """Takes `(` for the beginning of something and `q` for the end of everything."""

    def __init__(self) -> None:
        self.inputs: list[str] = []

    def handle(self, text: str) -> Outcome:
        self.inputs.append(text)
        if text == "q":
            return Outcome.QUIT
        return Outcome.MORE if text.count("(") > text.count(")") else Outcome.PROMPT


class Keyboard:
    """Gives the lines, or raises what stands in their place; notes the prompts."""

    def __init__(self, *lines: str | type[BaseException]) -> None:
        self.lines: Iterator[str | type[BaseException]] = iter(lines)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self.lines, EOFError)
        if isinstance(line, str):
            return line
        raise line


def converse(*lines: str | type[BaseException]) -> tuple[FakeRepl, Keyboard]:
    repl, keyboard = FakeRepl(), Keyboard(*lines)
    repl_terminal.converse(cast(Repl, repl), keyboard)
    return repl, keyboard


def test_incomplete_inputs_are_joined() -> None:
    """The whole input is handed over again with each line, under another prompt."""
    repl, keyboard = converse("(a", "b", "c)", "d")
    assert repl.inputs == ["(a", "(a\nb", "(a\nb\nc)", "d"]
    assert keyboard.prompts == [PROMPT, CONTINUATION, CONTINUATION, PROMPT, PROMPT]


def test_an_interrupt_drops_the_input() -> None:
    """And asks anew."""
    repl, keyboard = converse("(a", KeyboardInterrupt, "b")
    assert repl.inputs == ["(a", "b"]
    assert keyboard.prompts == [PROMPT, CONTINUATION, PROMPT, PROMPT]


def test_quitting_and_the_end_of_input(capsys: pytest.CaptureFixture[str]) -> None:
    """`:q` ends at once, the end of input with a line break."""
    assert converse("q", "never")[0].inputs == ["q"]
    assert capsys.readouterr().out == ""
    converse()
    assert capsys.readouterr().out == "\n"


def test_history_is_kept_in_a_file_where_that_is_possible(tmp_path: Path) -> None:
    """Below XDG_DATA_HOME; in memory where nothing can be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    environment = {"XDG_DATA_HOME": str(tmp_path)}
    history = repl_terminal.open_history(environment)
    assert isinstance(history, FileHistory)
    history.append_string("1 + 1")
    assert "1 + 1" in Path(repl_terminal.history_file(environment)).read_text()
    (tmp_path / "file").touch()
    assert isinstance(
        repl_terminal.open_history({"XDG_DATA_HOME": str(tmp_path / "file")}), InMemoryHistory
    )
    assert repl_terminal.history_file({"HOME": "/h"}) == "/h/.local/share/neve/repl-history"
