"""The standard streams as a person sees them: colours, width, and how errors and warnings look.

Data goes to standard output, words to standard error. Texts may carry colours (ANSI escapes); they are taken out
where nobody could see them: in a pipe, on a dumb terminal, under `NO_COLOR`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from io import RawIOBase
    from typing import Any, Final, TextIO

RED: Final = "\x1b[31;1m"
GREEN: Final = "\x1b[32;1m"
MAGENTA: Final = "\x1b[35;1m"
BOLD: Final = "\x1b[1m"
FAINT: Final = "\x1b[2m"
NORMAL: Final = "\x1b[0m"

WARNING: Final = 1
"""The level of warnings, as in `neve.log`."""


def has_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colours mean anything on this stream."""
    return (
        stream.isatty()
        and environment.get("TERM", "dumb") != "dumb"
        and "NO_COLOR" not in environment
        and "NOCOLOR" not in environment
    )


def width(stream: TextIO) -> int:
    """Columns of the terminal behind the stream; 80 where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def height(stream: TextIO) -> int:
    """Rows of the terminal behind the stream; 24 where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).lines or 24
    except (OSError, ValueError):
        return 24


def strip_colours(text: str) -> str:
    """The text without ANSI escapes."""
    if "\x1b" not in text:
        return text
    import re

    return re.sub(r"\x1b(?:\[[0-9;:?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))", "", text)


def truncate(text: str, columns: int) -> str:
    """The text cut to so many columns; colours count for nothing and are ended."""
    if len(strip_colours(text)) <= columns:
        return text
    import re

    kept: list[str] = []
    room = columns - 1
    for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", text, re.DOTALL):
        if not piece.startswith("\x1b"):
            if room == 0:
                break
            room -= 1
        kept.append(piece)
    return "".join(kept) + "…" + (NORMAL if "\x1b" in text else "")


class Voice:
    """What is said on standard error, and in which form; a process has one.

    Levels are those of `neve.log.Level` as numbers. With `is_json`, each message is a line of Nix's internal JSON log
    format. `before` and `after` are called around each message, for whoever keeps a progress line there.
    """

    __slots__ = ("after", "before", "is_json", "record", "verbosity")

    def __init__(self) -> None:
        self.verbosity = 3
        self.is_json = False
        self.before: Callable[[], object] | None = None
        self.after: Callable[[], object] | None = None
        self.record: Record | None = None

    def message(self, level: int, text: str, stream: TextIO | None = None) -> None:
        """Says something, unless it is less important than what the user wants to hear."""
        if level > self.verbosity:
            return
        stream = stream or sys.stderr
        if self.is_json:
            write_event(stream, {"action": "msg", "level": level, "msg": text})
            return
        if "\x1b" in text and not has_colour(stream):
            text = strip_colours(text)
        if self.before is not None:
            self.before()
        stream.write(text + "\n")
        stream.flush()
        if self.after is not None:
            self.after()


class Record:
    """What is said and done, as lines of the internal JSON log format without their `@nix `."""

    def __init__(self, stream: RawIOBase) -> None:
        self._stream: RawIOBase | None = stream

    def message(self, level: int, text: str) -> None:
        """Notes a message."""
        self.write({"action": "msg", "level": level, "msg": text})

    def write(self, event: dict[str, Any]) -> None:
        """Notes an event; the first that cannot be written is the last."""
        if self._stream is None:
            return
        try:
            self._stream.write(_render(event).encode(errors="surrogateescape"))
        except OSError as problem:
            self.close()
            warn(f"disabling JSON logger due to write errors: {problem.strerror}")

    def close(self) -> None:
        """Ends the record."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


VOICE: Final = Voice()


def write_event(stream: TextIO, event: dict[str, Any]) -> None:
    """Writes a line of the internal JSON log format."""
    stream.write(f"@nix {_render(event)}")
    stream.flush()


def _render(event: dict[str, Any]) -> str:
    import json

    return json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n"


def say(text: str, *, level: int = 2) -> None:
    """Writes a line to standard error, without colours where they would be noise."""
    if VOICE.record is not None and level <= VOICE.verbosity:
        VOICE.record.message(level, text)
    VOICE.message(level, text)


def error(text: str) -> None:
    """Says what ended the command. A trace, which begins with a line break, stands below the word."""
    separator = "" if text.startswith("\n") else " "
    say(f"{RED}error:{NORMAL}{separator}{text}", level=0)


def warn(text: str) -> None:
    """Says what is wrong but ends nothing."""
    say(labelled(WARNING, text), level=WARNING)


def labelled(level: int, text: str) -> str:
    """A message as it is said: that it is a warning is in its words."""
    return f"{MAGENTA}warning:{NORMAL} {text}" if level == WARNING else text
