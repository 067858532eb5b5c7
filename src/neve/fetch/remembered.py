"""What was fetched before, kept in the user's cache folder: results by question, with the time they were found."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME: Final = "neve-fetches-v1.sqlite"
_TABLE: Final = """
create table if not exists Fetches (
    question text primary key not null,
    answer text not null,
    timestamp integer not null
);
"""


@dataclass(frozen=True)
class Remembered:
    """An earlier answer."""

    answer: dict[str, Any]
    is_fresh: bool
    """Whether it is young enough to be taken without asking again."""


class Memory:
    """Earlier answers. It is an aid only: when its file cannot be used, everything is fetched again."""

    def __init__(self, folder: str | None, ttl_seconds: int) -> None:
        """`folder`: where the file lies, nowhere if there is none; `ttl_seconds`: how long an answer is fresh."""
        self._ttl_seconds: Final = ttl_seconds
        self._connection: sqlite3.Connection | None = None
        if folder is None:
            return
        try:
            os.makedirs(folder, exist_ok=True)
            self._connection = sqlite3.connect(
                f"{folder}/{FILE_NAME}", timeout=60, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma synchronous = off")
            self._connection.executescript(_TABLE)
        except (sqlite3.Error, OSError):
            self._connection = None

    def close(self) -> None:
        """Closes the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def find(self, question: Mapping[str, Any]) -> Remembered | None:
        """The last answer to a question."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                "select answer, timestamp from Fetches where question = ?", (_key(question),)
            ).fetchone()
            if row is None:
                return None
            is_fresh = time.time() < row[1] + self._ttl_seconds
            return Remembered(dict(json.loads(row[0])), is_fresh)
        except (sqlite3.Error, ValueError, TypeError):
            return None

    def keep(self, question: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Remembers an answer, as found now."""
        if self._connection is None:
            return
        try:
            self._connection.execute(
                "insert or replace into Fetches values (?, ?, ?)",
                (_key(question), json.dumps(answer), int(time.time())),
            )
        except sqlite3.Error:
            # A full disk or a damaged file: it is asked again next time.
            self.close()


def _key(question: Mapping[str, Any]) -> str:
    return json.dumps(question, sort_keys=True)
