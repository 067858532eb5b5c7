"""What a builder writes: kept in a file, passed on line by line, and understood where it speaks to us.

A line `@nix {json}` is a message of Nix's internal JSON log format: a phase, a download in progress, something to say.
"""

from __future__ import annotations

import bz2
import contextlib
import json
import os
from collections import deque
from typing import IO, TYPE_CHECKING, Any, Final, Self

from neve.errors import StoreError
from neve.log import Activity, ActivityType, Level, ResultType

if TYPE_CHECKING:
    from neve.builder.job import Job
    from neve.builder.settings import BuildSettings
    from neve.log import Field

_MESSAGE_PREFIX: Final = b"@nix "
_MAX_LINE_BYTES: Final = 1 << 16
"""A longer line is passed on in pieces, so that a builder cannot fill our memory."""


class BuildLog:
    """The lines of one build, on their way to an activity."""

    def __init__(self, activity: Activity, tail_lines: int) -> None:
        """Remembers the last `tail_lines` lines."""
        self.activity: Final = activity
        """Where the lines go."""
        self._unfinished = b""
        self._children: Final[dict[int, Activity]] = {}
        self.tail: Final[deque[str]] = deque(maxlen=tail_lines)

    def feed(self, data: bytes) -> None:
        """Takes what the builder wrote."""
        lines = (self._unfinished + data).split(b"\n")
        self._unfinished = lines.pop()
        for line in lines:
            self._take_line(line)
        while len(self._unfinished) > _MAX_LINE_BYTES:
            self._take_line(self._unfinished[:_MAX_LINE_BYTES])
            self._unfinished = self._unfinished[_MAX_LINE_BYTES:]

    def close(self) -> None:
        """Takes a last line without an end, and ends what the builder began."""
        if self._unfinished:
            self._take_line(self._unfinished)
            self._unfinished = b""
        for child in self._children.values():
            child.__exit__(None, None, None)
        self._children.clear()

    def _take_line(self, raw: bytes) -> None:
        # A carriage return starts the line again, as on a terminal; one at the end belongs to the line's end.
        line = raw.removesuffix(b"\r").rpartition(b"\r")[2]
        if line.startswith(_MESSAGE_PREFIX) and self._take_message(line):
            return
        text = line.decode(errors="replace")
        self.activity.result(ResultType.BUILD_LOG_LINE, text)
        self.tail.append(text)

    def _take_message(self, line: bytes) -> bool:
        """Obeys a message; false when it is none, so that it is shown as it is."""
        try:
            message = json.loads(line.removeprefix(_MESSAGE_PREFIX))
        except ValueError as error:
            self._say(f"bad JSON log message from the derivation builder: {error}", Level.ERROR)
            return False
        try:
            self._obey(message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._say(
                f"Unable to handle a JSON message from the derivation builder: {error!r}",
                Level.WARN,
            )
            return False
        return True

    def _obey(self, message: dict[str, Any]) -> None:
        match message["action"]:
            case "start":
                # Builders are not trusted to speak of anything but their own downloads.
                if message["type"] == ActivityType.FILE_TRANSFER:
                    self._children[int(message["id"])] = Activity(
                        self.activity.logger,
                        ActivityType.FILE_TRANSFER,
                        str(message["text"]),
                        level=Level(message["level"]),
                        fields=_fields(message),
                        parent=self.activity.id,
                    )
            case "stop":
                child = self._children.pop(int(message["id"]), None)
                if child is not None:
                    child.__exit__(None, None, None)
            case "result":
                child = self._children.get(int(message["id"]))
                if child is not None:
                    child.result(ResultType(message["type"]), *_fields(message))
            case "setPhase":
                self.activity.result(ResultType.SET_PHASE, str(message["phase"]))
            case "msg":
                self._say(str(message["msg"]), Level(message["level"]))

    def _say(self, text: str, level: Level) -> None:
        self.activity.logger.message(level, text)


def _fields(message: dict[str, Any]) -> list[Field]:
    fields = message.get("fields", [])
    if not all(isinstance(field, int | str) for field in fields):
        raise ValueError("fields must be numbers and strings")
    return list(fields)


class LogFile:
    """The file of a build's log: as the builder wrote it, compressed if wanted."""

    def __init__(self, path: str | None, *, compress: bool = True) -> None:
        """Without a path nothing is kept; raises `StoreError` when it cannot be written."""
        self._file: IO[bytes] | None = None
        if path is None:
            return
        self._path: Final = path if compress else path.removesuffix(".bz2")
        self._other: Final = path.removesuffix(".bz2") if compress else path
        self._temporary: Final = f"{self._path}.tmp.{os.getpid()}"
        self._compressor: Final = bz2.BZ2Compressor() if compress else None
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._file = open(self._temporary, "wb")  # noqa: SIM115 - see `close`
        except OSError as error:
            raise StoreError(f"creating log file '{self._path}': {error.strerror}") from error

    @classmethod
    def for_job(cls, job: Job, settings: BuildSettings) -> Self:
        """The file of a build, if the settings want one."""
        path = job.store.build_log_path(job.path) if settings.keep_build_log else None
        return cls(path, compress=settings.compress_build_log)

    def write(self, data: bytes) -> None:
        """Adds to it; raises `StoreError` once, and keeps nothing then."""
        if self._file is None:
            return
        if self._compressor is not None:
            data = self._compressor.compress(data)
        try:
            self._file.write(data)
        except OSError as error:
            self._discard()
            raise StoreError(f"writing log file '{self._path}': {error.strerror}") from error

    def close(self) -> None:
        """Finishes it, in place of an older one. A full disk loses the log, not the build."""
        if self._file is None:
            return
        try:
            if self._compressor is not None:
                self._file.write(self._compressor.flush())
            self._file.close()
            os.rename(self._temporary, self._path)
        except OSError:
            self._discard()
            return
        self._file = None
        with contextlib.suppress(OSError):
            os.unlink(self._other)

    def _discard(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            self._file = None
