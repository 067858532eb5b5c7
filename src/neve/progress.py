"""Progress as people and programs see it: three renderers of the events of `neve.log`.

`RawLogger` writes a line for each thing that begins, `JsonLogger` Nix's internal JSON log format, `BarLogger` keeps one
line at the bottom of a terminal that says what runs and how far it is.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from neve import terminal
from neve.log import ActivityType, Level, ResultType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.log import Field, Logger


_REDRAW_SECONDS: Final = 0.05


def make_logger(log_format: str | None, *, is_old_command: bool = False) -> Logger:
    """The logger of a command: what `--log-format` says, else a bar where somebody can see it."""
    if log_format is None:
        can_draw = terminal.has_colour(sys.stderr) and not is_old_command
        log_format = "bar" if can_draw else "raw-with-logs" if is_old_command else "raw"
    if log_format == "internal-json":
        return JsonLogger()
    shows_logs = log_format.endswith("-with-logs")
    return (
        BarLogger(shows_logs=shows_logs)
        if log_format.startswith("bar")
        else RawLogger(shows_logs=shows_logs)
    )


class RawLogger:
    """A line for each message, for each activity that begins, and, if wanted, of build output."""

    def __init__(self, *, shows_logs: bool) -> None:
        self._shows_logs: Final = shows_logs

    def message(self, level: Level, text: str) -> None:
        """Says it."""
        terminal.VOICE.message(level, text)

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
            self._write({"action": "msg", "level": int(level), "msg": text})

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


class _Running:
    """An activity that has begun and not ended."""

    __slots__ = ("detail", "done", "expected", "kind", "level", "text")

    def __init__(self, kind: ActivityType, level: Level, text: str) -> None:
        self.kind = kind
        self.level = level
        self.text = text
        self.detail = ""
        self.done = 0
        self.expected = 0


class BarLogger:
    """One line that is drawn again and again: counts of what is done, then the newest activity."""

    def __init__(self, *, shows_logs: bool) -> None:
        self._shows_logs: Final = shows_logs
        self._lock: Final = threading.RLock()
        self._running: Final[dict[int, _Running]] = {}
        self._finished: Final[dict[ActivityType, int]] = {}
        self._drawn_at = 0.0
        self._is_drawn = False
        terminal.VOICE.before = self._clear
        terminal.VOICE.after = self._draw

    def close(self) -> None:
        """Takes the line away."""
        self._clear()
        terminal.VOICE.before = terminal.VOICE.after = None

    def message(self, level: Level, text: str) -> None:
        """Says it above the line."""
        with self._lock:
            terminal.VOICE.message(level, text)

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
        """Shows what begins."""
        del fields, parent
        with self._lock:
            self._running[activity] = _Running(kind, level, text)
            self._draw()

    def stop(self, activity: int) -> None:
        """Counts what ended."""
        with self._lock:
            ended = self._running.pop(activity, None)
            if ended is not None:
                self._finished[ended.kind] = self._finished.get(ended.kind, 0) + 1
            self._draw(force=not self._running)

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Shows news: progress, phases, the last line of build output."""
        with self._lock:
            running = self._running.get(activity)
            if running is None:
                return
            if kind is ResultType.PROGRESS:
                running.done, running.expected = int(fields[0]), int(fields[1])
            elif kind is ResultType.BUILD_LOG_LINE and self._shows_logs:
                self.message(Level.ERROR, str(fields[0]))
            elif kind in {ResultType.BUILD_LOG_LINE, ResultType.SET_PHASE, ResultType.FETCH_STATUS}:
                running.detail = str(fields[0])
            self._draw()

    def line(self) -> str:
        """What the line says now; empty when nothing runs."""
        if not self._running:
            return ""
        newest = list(self._running.values())[-1]
        parts = []
        for kind, word in _COUNTED.items():
            done = self._finished.get(kind, 0)
            total = done + sum(running.kind is kind for running in self._running.values())
            if total:
                parts.append(f"{done}/{total} {word}")
        if newest.expected > 0:
            parts.append(f"{100 * newest.done // newest.expected}%")
        head = f"[{', '.join(parts)}] " if parts else ""
        tail = f": {newest.detail}" if newest.detail else ""
        return f"{head}{newest.text}{tail}"

    def _clear(self) -> None:
        if self._is_drawn:
            sys.stderr.write("\r\x1b[K")
            self._is_drawn = False

    def _draw(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if not force and now - self._drawn_at < _REDRAW_SECONDS and self._is_drawn:
            return
        self._clear()
        line = self.line()
        if line:
            columns = terminal.width(sys.stderr)
            sys.stderr.write(terminal.truncate(line.replace("\n", " "), columns - 1))
            self._is_drawn = True
        sys.stderr.flush()
        self._drawn_at = now


_COUNTED: Final = {
    ActivityType.BUILD: "built",
    ActivityType.SUBSTITUTE: "fetched",
    ActivityType.COPY_PATH: "copied",
    ActivityType.FILE_TRANSFER: "downloaded",
}
