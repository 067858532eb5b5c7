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
    from collections.abc import Sequence
    from typing import Any, Final

    from neve.log import ActivityType, Field, Logger


def make_logger(log_format: str | None, *, is_old_command: bool = False) -> Logger:
    """The logger of a command: what `--log-format` says, else a live tree where somebody can see it."""
    if log_format is None:
        can_draw = terminal.has_colour(sys.stderr) and not is_old_command
        log_format = "bar" if can_draw else "raw-with-logs" if is_old_command else "raw"
    if log_format == "internal-json":
        return JsonLogger()
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
    """Every event as a line of JSON behind `@nix `."""

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

    def _write(self, event: dict[str, Any]) -> None:
        terminal.write_event(sys.stderr, event)
