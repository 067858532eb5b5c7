"""Progress as a live tree at the bottom of a terminal: what builds and downloads, how fast, how long, what waits.

building hello-2.10 (installPhase) 12s
  gcc -c hello.c
downloading https://example.org/x.tar.gz 3.2/10.4 MiB 1.1 MiB/s 3s
3/12 built, 2 running, 7 waiting, 4/9 fetched 0:32
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.log import ActivityType, Level, ResultType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from neve.log import Field

_REDRAW_SECONDS: Final = 0.1
_TICK_SECONDS: Final = 1.0
"""How often it is drawn when nothing happens, so that times go on."""
_MAX_ROWS: Final = 16
_MIN_ROWS: Final = 3
_SHOWN_AFTER_SECONDS: Final = 1.0
"""From when on the time that something takes is said."""
_MEBIBYTE: Final = 1 << 20
_HASH_AND_DASH: Final = 33
_SUMS: Final = frozenset({ActivityType.REALISE, ActivityType.BUILDS, ActivityType.COPY_PATHS})
"""Activities that only count others."""
_SIZED: Final = frozenset({ActivityType.FILE_TRANSFER, ActivityType.COPY_PATH})
"""Activities whose progress is in bytes."""
_DETAILS: Final = frozenset({ResultType.BUILD_LOG_LINE, ResultType.FETCH_STATUS})


class _Running:
    """An activity that has begun and not ended."""

    __slots__ = (
        *("detail", "done", "expected", "failed", "kind"),
        *("parent", "phase", "running", "started_at", "text"),
    )

    def __init__(self, kind: ActivityType, text: str, parent: int, started_at: float) -> None:
        self.kind: Final = kind
        self.text: Final = text
        self.parent: Final = parent
        self.started_at: Final = started_at
        self.detail = ""
        self.phase = ""
        self.done = 0
        self.expected = 0
        self.running = 0
        self.failed = 0


class TreeLogger:
    """Draws a line for each thing that runs, those that belong to another below it, and a sum."""

    def __init__(self, *, shows_logs: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """With `shows_logs`, build output goes above the tree instead of its last line into it."""
        self._shows_logs: Final = shows_logs
        self._clock: Final = clock
        self._lock: Final = threading.RLock()
        self._running: Final[dict[int, _Running]] = {}
        self._begun_at: Final = clock()
        self._drawn_at = -_REDRAW_SECONDS
        self._drawn_rows = 0
        self._is_closed = threading.Event()
        self._ticker: threading.Thread | None = None
        terminal.VOICE.before = self._clear
        terminal.VOICE.after = self._draw

    def close(self) -> None:
        """Takes the tree away."""
        self._is_closed.set()
        if self._ticker is not None:
            self._ticker.join()
        with self._lock:
            self._clear()
            sys.stderr.flush()
        terminal.VOICE.before = terminal.VOICE.after = None

    # -- events

    def message(self, level: Level, text: str) -> None:
        """Says it above the tree."""
        with self._lock:
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
        """Shows what begins."""
        is_wanted = level <= terminal.VOICE.verbosity or kind in _SIZED
        with self._lock:
            shown = _describe(kind, text, fields) if is_wanted else ""
            self._running[activity] = _Running(kind, shown, parent, self._clock())
            if self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, daemon=True)
                self._ticker.start()
            self._draw()

    def stop(self, activity: int) -> None:
        """Takes out what ended."""
        with self._lock:
            self._running.pop(activity, None)
            self._draw(force=not self._running)

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Shows news: progress, phases, the last line of build output."""
        with self._lock:
            running = self._running.get(activity)
            if running is None:
                return
            if kind is ResultType.PROGRESS:
                running.done, running.expected, running.running, running.failed = (
                    int(field) for field in fields
                )
            elif kind is ResultType.BUILD_LOG_LINE and self._shows_logs:
                self.message(Level.ERROR, str(fields[0]))
            elif kind is ResultType.SET_PHASE:
                running.phase = str(fields[0])
            elif kind in _DETAILS:
                running.detail = terminal.strip_colours(str(fields[0])).strip()
            self._draw()

    # -- what is shown

    def lines(self, rows: int) -> list[str]:
        """The tree in at most so many rows, the sum last; nothing when nothing runs."""
        now = self._clock()
        with self._lock:
            body = list(self._rows(0, "", now))
            if not any(running.kind not in _SUMS for running in self._running.values()):
                return []
            total = self._total(now)
        room = max(rows, _MIN_ROWS) - 1
        if len(body) > room:
            hidden = len(body) - room + 1
            body = [*body[: room - 1], f"… and {hidden} more"]
        return [*body, total]

    def _rows(self, parent: int, indentation: str, now: float) -> Iterator[str]:
        for number, running in list(self._running.items()):
            owner = running.parent if running.parent in self._running else 0
            if owner != parent:
                continue
            if not running.text:
                yield from self._rows(number, indentation, now)
                continue
            yield indentation + _row(running, now)
            if running.detail:
                yield f"{indentation}  {terminal.FAINT}{running.detail}{terminal.NORMAL}"
            yield from self._rows(number, f"{indentation}  ", now)

    def _total(self, now: float) -> str:
        parts = []
        for kind, word in ((ActivityType.BUILDS, "built"), (ActivityType.COPY_PATHS, "fetched")):
            for running in self._running.values():
                if running.kind is kind and running.expected:
                    parts.append(f"{running.done}/{running.expected} {word}")
                    waiting = running.expected - running.done - running.running - running.failed
                    parts += [f"{running.running} running"] if running.running else []
                    parts += [f"{waiting} waiting"] if waiting > 0 else []
                    parts += [f"{running.failed} failed"] if running.failed else []
        seconds = int(now - self._begun_at)
        clock = f"{seconds // 60}:{seconds % 60:02}"
        return f"{terminal.BOLD}{', '.join([*parts, clock])}{terminal.NORMAL}"

    # -- drawing

    def _tick(self) -> None:
        while not self._is_closed.wait(_TICK_SECONDS):
            with self._lock, contextlib.suppress(OSError, ValueError):
                self._draw()

    def _clear(self) -> None:
        if self._drawn_rows:
            sys.stderr.write("\r\x1b[K" + "\x1b[1A\x1b[K" * (self._drawn_rows - 1))
            self._drawn_rows = 0

    def _draw(self, *, force: bool = False) -> None:
        now = self._clock()
        if not force and now - self._drawn_at < _REDRAW_SECONDS and self._drawn_rows:
            return
        height = min(terminal.height(sys.stderr) - 1, _MAX_ROWS)
        columns = terminal.width(sys.stderr)
        self._clear()
        lines = [terminal.truncate(line, columns - 1) for line in self.lines(height)]
        if lines:
            sys.stderr.write("\n".join(lines))
            self._drawn_rows = len(lines)
        sys.stderr.flush()
        self._drawn_at = now


def _describe(kind: ActivityType, text: str, fields: Sequence[Field]) -> str:
    """What runs, in few words; empty for what only counts other things."""
    if kind in _SUMS:
        return ""
    named = str(fields[0]) if fields else ""
    if kind is ActivityType.BUILD and named:
        verb = text.partition(" ")[0]
        return f"{verb} {_short(named).removesuffix('.drv')}"
    if kind in {ActivityType.COPY_PATH, ActivityType.SUBSTITUTE} and named:
        source = f" from {fields[1]}" if len(fields) > 1 and fields[1] else ""
        return f"fetching {_short(named)}{source}"
    return text.replace("\n", " ")


def _short(path: str) -> str:
    """The name of a store path without its hash."""
    return path.rpartition("/")[2][_HASH_AND_DASH:]


def _row(running: _Running, now: float) -> str:
    elapsed = now - running.started_at
    parts = [running.text]
    if running.phase:
        parts.append(f"({running.phase})")
    if running.kind in _SIZED and running.done:
        parts.append(_sizes(running.done, running.expected))
        if elapsed >= _SHOWN_AFTER_SECONDS:
            parts.append(f"{running.done / elapsed / _MEBIBYTE:.1f} MiB/s")
    elif running.expected > 1:
        parts.append(f"{100 * running.done // running.expected}%")
    if elapsed >= _SHOWN_AFTER_SECONDS:
        seconds = int(elapsed)
        parts.append(f"{seconds // 60}m{seconds % 60:02}s" if seconds >= 60 else f"{seconds}s")
    return " ".join(parts)


def _sizes(done: int, expected: int) -> str:
    whole = f"/{expected / _MEBIBYTE:.1f}" if expected else ""
    return f"{done / _MEBIBYTE:.1f}{whole} MiB"
