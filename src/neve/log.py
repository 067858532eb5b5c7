"""Messages and progress: what long work tells the person who waits.

Work is handed a `Logger` and never prints. Levels, activity and result types are those of Nix's internal JSON log
format, so that one stream of events feeds every renderer.
"""

from __future__ import annotations

import itertools
from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Final, Protocol, Self
else:
    Protocol = object

Field = int | str


class Level(IntEnum):
    """How important a message is; the lower the more."""

    ERROR = 0
    WARN = 1
    NOTICE = 2
    INFO = 3
    TALKATIVE = 4
    CHATTY = 5
    DEBUG = 6
    VOMIT = 7


class ActivityType(IntEnum):
    """Kinds of work; fields in parentheses."""

    UNKNOWN = 0
    COPY_PATH = 100
    """(store path, from, to)"""
    FILE_TRANSFER = 101
    """(URL)"""
    REALISE = 102
    COPY_PATHS = 103
    BUILDS = 104
    BUILD = 105
    """(derivation path, machine, round, rounds)"""
    OPTIMISE_STORE = 106
    VERIFY_PATHS = 107
    SUBSTITUTE = 108
    """(store path, cache)"""
    QUERY_PATH_INFO = 109
    """(store path, cache)"""
    POST_BUILD_HOOK = 110
    BUILD_WAITING = 111
    FETCH_TREE = 112


class ResultType(IntEnum):
    """What an activity reports while it runs; fields in parentheses."""

    FILE_LINKED = 100
    """(bytes, blocks)"""
    BUILD_LOG_LINE = 101
    """(line)"""
    UNTRUSTED_PATH = 102
    """(store path)"""
    CORRUPTED_PATH = 103
    """(store path)"""
    SET_PHASE = 104
    """(phase)"""
    PROGRESS = 105
    """(done, expected, running, failed)"""
    SET_EXPECTED = 106
    """(activity type, expected)"""
    POST_BUILD_LOG_LINE = 107
    """(line)"""
    FETCH_STATUS = 108
    """(text)"""


class Logger(Protocol):
    """Receives messages and progress; called from any thread."""

    def message(self, level: Level, text: str) -> None:
        """Something to be said once."""

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
        """An activity starts; `parent` is 0 for one that belongs to no other."""

    def stop(self, activity: int) -> None:
        """An activity ended."""

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """News of an activity."""


class SilentLogger:
    """Says nothing."""

    def message(self, level: Level, text: str) -> None:
        """Drops it."""

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
        """Drops it."""

    def stop(self, activity: int) -> None:
        """Drops it."""

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        """Drops it."""


SILENT: Final[Logger] = SilentLogger()

_ids = itertools.count(1)


class Activity:
    """A piece of work that is in progress while its `with` block runs."""

    def __init__(
        self,
        logger: Logger,
        kind: ActivityType = ActivityType.UNKNOWN,
        text: str = "",
        *,
        level: Level = Level.TALKATIVE,
        fields: Sequence[Field] = (),
        parent: int = 0,
    ) -> None:
        self.logger: Final = logger
        self.id: Final = next(_ids)
        logger.start(self.id, kind, text, level=level, fields=fields, parent=parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.logger.stop(self.id)

    def progress(self, done: int, expected: int, *, running: int = 0, failed: int = 0) -> None:
        """How far it is."""
        self.logger.result(self.id, ResultType.PROGRESS, (done, expected, running, failed))

    def set_expected(self, kind: ActivityType, expected: int) -> None:
        """How much work of this kind is to come below this activity."""
        self.logger.result(self.id, ResultType.SET_EXPECTED, (int(kind), expected))

    def result(self, kind: ResultType, *fields: Field) -> None:
        """Any other news."""
        self.logger.result(self.id, kind, fields)
