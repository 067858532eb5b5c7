"""How words reach a person."""

import io

import pytest
from typing_extensions import override

from neve import terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    @override
    def isatty(self) -> bool:
        return True


def test_colours_need_a_terminal_and_nobody_against_them() -> None:
    """A pipe, a dumb terminal and NO_COLOR switch colours off."""
    assert terminal.has_colour(Screen(), {"TERM": "xterm"})
    assert not terminal.has_colour(io.StringIO(), {"TERM": "xterm"})
    assert not terminal.has_colour(Screen(), {"TERM": "dumb"})
    assert not terminal.has_colour(Screen(), {"TERM": "xterm", "NO_COLOR": ""})


def test_say_strips_colours_in_a_pipe() -> None:
    """What is read by a program holds no escapes, links included."""
    stream = io.StringIO()
    terminal.say(
        f"{terminal.RED}error:{terminal.NORMAL} \x1b]8;;http://a\x1b\\x\x1b]8;;\x1b\\", stream
    )
    assert stream.getvalue() == "error: x\n"


def test_error_and_warning_are_prefixed(capsys: pytest.CaptureFixture[str]) -> None:
    """The words that scripts look for."""
    terminal.error("it broke")
    terminal.warn("it may break")
    assert capsys.readouterr().err == "error: it broke\nwarning: it may break\n"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("short", "short"),
        ("exactly 10", "exactly 10"),
        ("more than ten", "more than…"),
        ("\x1b[31mmore than ten", "\x1b[31mmore than…\x1b[0m"),
    ],
)
def test_truncate_counts_what_is_seen(text: str, cut: str) -> None:
    """Escapes take no room."""
    assert terminal.truncate(text, 10) == cut


def test_width_without_a_terminal_is_eighty() -> None:
    """Progress can be laid out anywhere."""
    assert terminal.width(io.StringIO()) == 80
