"""Objects on their way into the store: written under a lock, registered together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Self

from neve import _core
from neve.errors import StoreError
from neve.store import paths
from neve.store.locks import PathLocks
from neve.store.removal import remove_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from neve.store.info import PathInfo
    from neve.store.local import Store

_LIMIT: Final = 200
"""Objects registered at a time; each holds a lock file open until then."""


class Batch:
    """Collects finished objects; those are valid once the `with` block ends, or earlier.

    For each object: `begin` says where to write it, or that there is nothing to do; then `finish` hands in what is
    known of it. Locks are given up after registration, so nobody sees a half-written object. While it waits for a lock
    that another process holds it holds none itself, so two batches cannot wait for each other.
    """

    def __init__(self, store: Store, *, repair: bool = False) -> None:
        """With `repair`, valid objects are replaced."""
        self.store: Final = store
        self._repair: Final = repair
        self._locks: Final = PathLocks(store.log)
        self._pending: Final[dict[str, PathInfo]] = {}
        self._outputs: Final[dict[str, Mapping[str, str]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # What was finished before the failure is whole and may stay.
            self.flush()
        finally:
            self._locks.release()

    def begin(self, path: str) -> str | None:
        """The file name to write the object to, free and locked; nothing when the object is there already."""
        if path in self._pending:
            return None
        self.store.add_temp_root(path)
        if self._is_done(path):
            return None
        real_path = self.store.real_path(path)
        if not self._locks.acquire([real_path], wait=False):
            self.flush()
            self._locks.acquire([real_path])
        if self._is_done(path):
            return None
        remove_path(real_path)
        self.store.collect_if_full()
        return real_path

    def finish(self, info: PathInfo, outputs: Mapping[str, str] | None = None) -> None:
        """Hands in a written object; `outputs` are names and paths of a derivation's outputs."""
        self._pending[info.path] = info
        if outputs is not None:
            self._outputs[info.path] = outputs
        if len(self._pending) >= _LIMIT:
            self.flush()

    def flush(self) -> None:
        """Registers what is finished and gives its locks up."""
        if self._pending:
            self.store.records.register(list(self._pending.values()), self._outputs)
        self._pending.clear()
        self._outputs.clear()
        self._locks.release(delete=True)

    def _is_done(self, path: str) -> bool:
        return not self._repair and self.store.is_valid_path(path)


def parse_outputs(path: str, text: bytes, store_dir: str) -> dict[str, str]:
    """Names and known paths of the outputs of the derivation whose file's text this is."""
    name = paths.name_part(path).removesuffix(paths.DERIVATION_SUFFIX)
    try:
        return known_outputs(_core.Derivation.parse(text, name, store_dir))
    except ValueError as error:
        raise StoreError(f"error parsing derivation '{path}': {error}") from error


def known_outputs(derivation: _core.Derivation) -> dict[str, str]:
    """Names and paths of a derivation's outputs, as far as it knows them."""
    outputs = derivation.outputs.items()
    return {output: value.path for output, value in outputs if value.path is not None}


def write_file(real_path: str, content: bytes, *, executable: bool = False) -> None:
    """Writes a new file with the metadata of a store object."""
    mode = 0o555 if executable else 0o444
    try:
        descriptor = os.open(real_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fchmod(descriptor, mode)
            os.utime(descriptor, (1, 1))
        finally:
            os.close(descriptor)
    except OSError as error:
        remove_path(real_path)
        raise StoreError(f"writing '{real_path}': {error.strerror}") from error
