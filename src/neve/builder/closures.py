"""Closures of many paths, asking the database about each path once."""

from collections.abc import Iterable
from typing import Final

from neve.errors import InvalidPathError
from neve.store import Store


class ClosureCache:
    """What valid paths refer to, which never changes; to be used by one thread."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store
        self._references: Final[dict[str, frozenset[str]]] = {}

    def closure(self, start: Iterable[str]) -> set[str]:
        """The paths and everything that they refer to; raises `InvalidPathError`."""
        found: set[str] = set()
        todo = set(start)
        while todo:
            self._learn(todo)
            found |= todo
            todo = {path for known in todo for path in self._references[known]} - found
        return found

    def _learn(self, wanted: set[str]) -> None:
        unknown = wanted - self._references.keys()
        if not unknown:
            return
        infos = self._store.query_path_infos(unknown)
        for path in unknown:
            if path not in infos:
                raise InvalidPathError(path)
            self._references[path] = infos[path].references
