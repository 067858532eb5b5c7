"""Progress as people and programs see it: renderers of the events of `neve.log`.

`RawLogger` writes a line for each thing that begins, `JsonLogger` Nix's internal JSON log format, and the `TreeLogger`
of `neve.progress_tree` draws what runs at the bottom of a terminal.
"""

from __future__ import annotations

import sys

from neve import terminal
from neve.log import Level, ResultType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from neve.log import ActivityType, Field, Logger


def make_logger(log_format: str | None, *, is_old_command: bool = False) -> Logger:
    """The logger of a command: what `--log-format` says, else a live tree where somebody can see it.

    What it is told goes into `terminal.VOICE.record` too, where there is one.
    """
    shown = _make_shown(log_format, is_old_command=is_old_command)
    record = terminal.VOICE.record
    return shown if record is None else TeeLogger(shown, JsonLogger(record.write))


def _make_shown(log_format: str | None, *, is_old_command: bool) -> Logger:
    if log_format is None:
        can_draw = terminal.has_colour(sys.stderr) and not is_old_command
        log_format = "bar" if can_draw else "raw-with-logs" if is_old_command else "raw"
    if log_format == "internal-json":
        return JsonLogger(lambda event: terminal.write_event(sys.stderr, event))
    shows_logs = log_format.endswith("-with-logs")
    if log_format.startswith("bar"):
        from neve.progress_tree import TreeLogger

        return TreeLogger(shows_logs=shows_logs)
    return RawLogger(shows_logs=shows_logs)


class RawLogger:
    """A line for each message, for each activity that begins, and, if wanted, of build output."""

    def __init__(self, *, shows_logs: bool) -> None:
        self._shows_logs: Final = shows_logs

    def message(self, level: Level, text: str) -> None:
        """Says it."""
        terminal.VOICE.message(level, terminal.labelled(level, text))

    def start(
        self,
        activity: int,
        kind: ActivityType,
        text: str,
        *,
        level: Level,
        fields: Sequence[Field],
        parent: int,
    ) -> None:
        """Says what begins."""
        del activity, kind, fields, parent
        if text:
            terminal.VOICE.message(level, f"{text}...")

    def stop(self, activity: int) -> None:
        """Is silent: that it ended shows in what begins next."""

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Passes build output on."""
        del activity
        if self._shows_logs and kind in {ResultType.BUILD_LOG_LINE, ResultType.POST_BUILD_LOG_LINE}:
            terminal.VOICE.message(Level.ERROR, str(fields[0]))


class JsonLogger:
    """Every event in the internal JSON log format."""

    def __init__(self, write: Callable[[dict[str, Any]], None]) -> None:
        self._write: Final = write

    def message(self, level: Level, text: str) -> None:
        """Writes a message."""
        if level <= terminal.VOICE.verbosity:
            words = terminal.labelled(level, text)
            self._write({"action": "msg", "level": int(level), "msg": words})

    def start(
        self,
        activity: int,
        kind: ActivityType,
        text: str,
        *,
        level: Level,
        fields: Sequence[Field],
        parent: int,
    ) -> None:
        """Writes that an activity begins."""
        event: dict[str, Any] = {
            "action": "start",
            "id": activity,
            "level": int(level),
            "parent": parent,
            "text": text,
            "type": int(kind),
        }
        if fields:
            event["fields"] = list(fields)
        self._write(event)

    def stop(self, activity: int) -> None:
        """Writes that it ended."""
        self._write({"action": "stop", "id": activity})

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Writes news of it."""
        self._write({"action": "result", "fields": list(fields), "id": activity, "type": int(kind)})


class TeeLogger:
    """Tells several loggers."""

    def __init__(self, *loggers: Logger) -> None:
        self._loggers: Final = loggers

    def message(self, level: Level, text: str) -> None:
        """Passes it on."""
        for logger in self._loggers:
            logger.message(level, text)

    def start(
        self,
        activity: int,
        kind: ActivityType,
        text: str,
        *,
        level: Level,
        fields: Sequence[Field],
        parent: int,
    ) -> None:
        """Passes it on."""
        for logger in self._loggers:
            logger.start(activity, kind, text, level=level, fields=fields, parent=parent)

    def stop(self, activity: int) -> None:
        """Passes it on."""
        for logger in self._loggers:
            logger.stop(activity)

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Passes it on."""
        for logger in self._loggers:
            logger.result(activity, kind, fields)
