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


def test_messages_lose_colours_in_a_pipe() -> None:
    """What is read by a program holds no escapes, links included."""
    stream = io.StringIO()
    text = f"{terminal.RED}error:{terminal.NORMAL} \x1b]8;;http://a\x1b\\x\x1b]8;;\x1b\\"
    terminal.Voice().message(0, text, stream)
    assert stream.getvalue() == "error: x\n"


def test_verbosity_decides_what_is_said() -> None:
    """A message counts when its level is at most the verbosity."""
    stream, voice = io.StringIO(), terminal.Voice()
    voice.verbosity = 1
    voice.message(1, "heard", stream)
    voice.message(2, "not heard", stream)
    assert stream.getvalue() == "heard\n"


def test_json_messages_are_lines_of_the_log_format() -> None:
    """Programs that read Nix's log understand ours."""
    stream, voice = io.StringIO(), terminal.Voice()
    voice.is_json = True
    voice.message(0, "é", stream)
    assert stream.getvalue() == '@nix {"action":"msg","level":0,"msg":"é"}\n'


def test_a_progress_line_makes_room_for_messages() -> None:
    """Whoever keeps a line at the bottom is told before and after."""
    stream, voice = io.StringIO(), terminal.Voice()
    voice.before = lambda: stream.write("<")
    voice.after = lambda: stream.write(">")
    voice.message(0, "x", stream)
    assert stream.getvalue() == "<x\n>"


def test_error_and_warning_are_prefixed(capsys: pytest.CaptureFixture[str]) -> None:
    """The words that scripts look for; a trace stands below them."""
    terminal.error("it broke")
    terminal.error("\n       … while breaking")
    terminal.warn("it may break")
    assert capsys.readouterr().err == (
        "error: it broke\nerror:\n       … while breaking\nwarning: it may break\n"
    )


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
