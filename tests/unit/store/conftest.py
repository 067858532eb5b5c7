"""A store in a temporary folder, and a log that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neve.store import Layout, Store, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from neve.log import ActivityType, Field, Level, ResultType


class RecordingLogger:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.activities: list[ActivityType] = []
        self.results: list[tuple[ResultType, tuple[Field, ...]]] = []

    def message(self, level: Level, text: str) -> None:
        del level
        self.messages.append(text)

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
        del activity, text, level, fields, parent
        self.activities.append(kind)

    def stop(self, activity: int) -> None:
        pass

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        del activity
        self.results.append((kind, tuple(fields)))


@pytest.fixture
def log() -> RecordingLogger:
    return RecordingLogger()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.below(tmp_path / "root")


@pytest.fixture
def open_store(layout: Layout, log: RecordingLogger) -> Iterator[Callable[..., Store]]:
    """Opens the store in the temporary folder with settings; closed in the end."""
    opened: list[Store] = []

    def open_one(**settings: object) -> Store:
        values: dict[str, object] = {"gc_reserved_space": 0, **settings}
        opened.append(Store(layout, StoreSettings(**values), log))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()
