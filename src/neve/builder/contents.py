"""Whether valid paths are what the database says of them."""

import os
from typing import Final

from neve import _core
from neve.log import Level
from neve.store import Store


class ContentChecker:
    """Hashes valid paths, each once in a session."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store
        self._is_good: Final[dict[str, bool]] = {}

    def is_good(self, path: str) -> bool:
        """Whether a valid path is there and undamaged; says what it looks at and what it finds."""
        if path not in self._is_good:
            self._store.log.message(Level.INFO, f"checking path '{path}'...")
            self._is_good[path] = self._check(path)
            if not self._is_good[path]:
                self._store.log.message(
                    Level.ERROR, f"error: path '{path}' is corrupted or missing!"
                )
        return self._is_good[path]

    def mark_good(self, path: str) -> None:
        """Notes that a path was just made."""
        self._is_good[path] = True

    def _check(self, path: str) -> bool:
        info = self._store.query_path_info(path)
        real_path = self._store.real_path(path)
        if not os.path.lexists(real_path):
            return False
        try:
            return _core.summarise_path(real_path).sha256 == info.nar_sha256
        except (OSError, ValueError):
            return False
