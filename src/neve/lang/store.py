"""The store that expressions see and write sources and derivations to."""

from __future__ import annotations

import os

from neve.errors import StoreError
from neve.progress import make_logger
from neve.store import Store, StoreSettings
from neve.store.opening import apply_parameters, find_layout
from neve.store.paths import name_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve import _core
    from neve.settings import Settings
    from neve.store import Ingestion


class EvaluationStore:
    """A store as the evaluator needs it. One that is only read, and does not exist, is empty."""

    def __init__(self, store_dir: str, store: Store | None) -> None:
        self.store_dir: Final = store_dir
        self._store: Final = store

    def close(self) -> None:
        """Closes the store behind it."""
        if self._store is not None:
            self._store.close()

    def is_valid_path(self, path: str) -> bool:
        """Whether the store has the path."""
        return self._store is not None and self._store.is_valid_path(path)

    def query_references(self, path: str) -> frozenset[str]:
        """What a valid path refers to."""
        return self._writable().query_references(path)

    def add_path(self, path: str, how: Ingestion, expected: str) -> None:
        """Copies a source, whose store path is known already."""
        added = self._writable().add_path(path, name=name_part(expected), how=how)
        if added.path != expected:
            raise StoreError(f"'{path}' changed while it was copied to the store as '{expected}'")

    def keep_paths(self, paths: Sequence[str]) -> set[str]:
        """Keeps paths from being collected; those that are not valid."""
        store = self._writable()
        store.add_temp_roots(paths)
        return set(paths) - store.query_valid_paths(paths)

    def add_texts(
        self, texts: Sequence[tuple[str, bytes, Sequence[str]]], *, repair: bool = False
    ) -> None:
        """Writes derivations and other texts, inputs before users."""
        self._writable().add_texts(texts, repair=repair)

    def read_build_log(self, path: str) -> bytes | None:
        """The log of a derivation; nothing when there is none."""
        return self._writable().read_build_log(path)

    def add_root(self, path: str, link: str) -> str:
        """Makes a link that keeps a path from garbage collection; its absolute name."""
        return self._writable().add_permanent_root(path, link)

    def read_derivation(self, path: str) -> _core.Derivation:
        """A derivation in the store."""
        return self._writable().read_derivation(path)

    def show_derivation(self, path: str) -> dict[str, Any]:
        """A derivation in its JSON form."""
        return self.read_derivation(path).to_json()

    def find_deriver(self, path: str) -> str | None:
        """The derivation that a path was built by, as far as the store has it."""
        derivers = self._writable().query_valid_derivers(path)
        return min(derivers, default=None)

    def compute_closure(self, paths: Sequence[str]) -> set[str]:
        """Everything that the paths refer to."""
        return self._writable().compute_closure(paths)

    def parse_path(self, text: str) -> str:
        """The store path that a text or a link names."""
        return self._writable().follow_links(text)

    def _writable(self) -> Store:
        if self._store is None:
            raise StoreError("there is no store here yet, and this command does not create one")
        return self._store


def open_store(uri: str, settings: Settings, *, is_read_only: bool) -> EvaluationStore:
    """Opens the store at an address. A store that is only read is not created."""
    wanted = StoreSettings.from_settings(settings)._replace(read_only=is_read_only)
    store_settings = apply_parameters(wanted, uri)
    layout = find_layout("auto" if uri == "daemon" else uri, settings.environment)
    if is_read_only and not os.path.exists(layout.database_dir):
        return EvaluationStore(layout.store_dir, None)
    return EvaluationStore(layout.store_dir, Store(layout, store_settings, make_logger("raw")))
