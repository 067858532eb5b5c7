"""Objects on their way into the store: written under a lock, registered together."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from neve import _core
from neve.errors import StoreError
from neve.store import paths
from neve.store.locks import LinkedLocks, PathLocks
from neve.store.removal import remove_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from neve.store.info import PathInfo
    from neve.store.local import Store

_LIMIT: Final = 200
"""Objects written at a time; each holds a lock file open until it is registered."""
_MEMORY_LIMIT: Final = 32 << 20
"""Bytes that objects in a batch may hold."""


@dataclass(frozen=True)
class NewObject:
    """An object that is to be in the store."""

    info: PathInfo
    write: Callable[[str], None]
    """Writes it, with canonical metadata, to a file name that is free; raises `FileExistsError` when it is not."""
    outputs: Callable[[], Mapping[str, str]] | None = None
    """Of a derivation that has been written: names and paths of its outputs."""
    held_bytes: int = 0
    """Memory that it takes until it is written."""


class Batch:
    """Writes objects, several under their locks at a time, and registers them together.

    Objects are valid once the `with` block ends, or earlier. While it waits for a lock that another process holds it
    holds none itself, so two batches cannot wait for each other.
    """

    def __init__(self, store: Store, *, repair: bool = False) -> None:
        """With `repair`, valid objects are replaced."""
        self.store: Final = store
        self._repair: Final = repair
        self._waiting: Final[dict[str, NewObject]] = {}
        self._held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What came before a failure is whole and may stay.
        self.flush()

    def add(self, new: NewObject) -> None:
        """Takes an object, which those before it in the batch do not refer to."""
        if new.info.path in self._waiting:
            return
        self._waiting[new.info.path] = new
        self._held_bytes += new.held_bytes
        if len(self._waiting) >= _LIMIT or self._held_bytes > _MEMORY_LIMIT:
            self.flush()

    def flush(self) -> None:
        """Writes and registers what was taken."""
        waiting = dict(self._waiting)
        self._waiting.clear()
        self._held_bytes = 0
        if not waiting:
            return
        self.store.collect_if_full()
        self.store.add_temp_roots(waiting)
        missing = self._missing(waiting)
        todo = [waiting[path] for path in waiting if path in missing]
        while todo:
            done = self._write_run(todo)
            # Another process has the lock of the next one, and later ones may refer to that.
            for new in todo[done : done + 1]:
                self._write_run([new], wait=True)
            todo = todo[done + 1 :]

    def _missing(self, wanted: Iterable[str]) -> set[str]:
        if self._repair:
            return set(wanted)
        return set(wanted) - self.store.query_valid_paths(wanted)

    def _write_run(self, objects: list[NewObject], *, wait: bool = False) -> int:
        """Writes and registers objects up to the first whose lock somebody else holds; how many."""
        shared = LinkedLocks(self.store.layout.real_store_dir)
        single = PathLocks(self.store.log)
        try:
            locked = list(
                itertools.takewhile(
                    lambda new: (
                        shared.try_lock(paths.base_name(new.info.path))
                        or single.acquire_another(self.store.real_path(new.info.path), wait=wait)
                    ),
                    objects,
                )
            )
            # Whoever had a lock before us may have written the object.
            missing = self._missing([new.info.path for new in locked])
            self._write_locked([new for new in locked if new.info.path in missing])
        finally:
            # Each object is whole and registered, or gone.
            single.release(delete=True)
            shared.release()
        return len(locked)

    def _write_locked(self, objects: list[NewObject]) -> None:
        infos: list[PathInfo] = []
        outputs: dict[str, Mapping[str, str]] = {}
        try:
            for new in objects:
                found = _write(self.store, new)
                infos.append(new.info)
                if found is not None:
                    outputs[new.info.path] = found
        finally:
            if infos:
                self._register(infos, outputs)

    def _register(self, infos: list[PathInfo], outputs: dict[str, Mapping[str, str]]) -> None:
        try:
            self.store.records.register(infos, outputs)
        except BaseException:
            # One of them refers to what is not there, or the disk is full: none is registered.
            written = {info.path for info in infos}
            for path in written - self.store.query_valid_paths(written):
                remove_path(self.store.real_path(path))
            raise


def _write(store: Store, new: NewObject) -> Mapping[str, str] | None:
    """Writes an object, or leaves nothing behind; the outputs of a derivation."""
    real_path = store.real_path(new.info.path)
    try:
        try:
            new.write(real_path)
        except FileExistsError:
            # Something half-written lies there, or what is to be repaired.
            remove_path(real_path)
            new.write(real_path)
        store.settle_path(new.info.path)
        return None if new.outputs is None else new.outputs()
    except OSError as error:
        remove_path(real_path)
        raise StoreError(f"writing '{real_path}': {error.strerror}") from error
    except BaseException:
        remove_path(real_path)
        raise


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
    except FileExistsError:
        raise
    except OSError as error:
        remove_path(real_path)
        raise StoreError(f"writing '{real_path}': {error.strerror}") from error
