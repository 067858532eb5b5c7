"""Putting objects into a local store: texts, files and trees, archives."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import stat
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from neve import _core, interruption
from neve.errors import HashMismatchError, StoreError, UntrustedPathError
from neve.log import Level
from neve.store import paths
from neve.store.batch import Batch, NewObject, known_outputs, parse_outputs, write_file
from neve.store.info import PathInfo
from neve.store.moving import rename_tree
from neve.store.removal import remove_path
from neve.store.sizes import render_size

if TYPE_CHECKING:
    from neve.store.interface import Read
    from neve.store.local import Store

Text = tuple[str, bytes, Sequence[str]]
"""Store path, content, references."""

_MEMORY_LIMIT: Final = 32 << 20
"""Bytes of an archive that are kept in memory until its store path is known; larger ones go to the disk at once."""
_QUEUED_PIECES: Final = 64


@dataclass(frozen=True)
class Ingestion:
    """How files become store objects."""

    method: paths.IngestionMethod = "nar"
    algorithm: _core.HashAlgorithm = "sha256"
    references: frozenset[str] = frozenset()
    repair: bool = False
    keep_executable: bool = False
    """For `flat`: keep the permission to execute, which the content address does not cover."""
    kept: frozenset[bytes] | None = None
    """For `nar`: the paths below the source that are copied; all if nothing was filtered."""


def add_texts(store: Store, texts: Sequence[Text], *, repair: bool = False) -> None:
    """See `Store.add_texts`."""
    for path, content, references in texts:
        if (
            _core.make_text_path(paths.name_part(path), content, references, store.store_dir)
            != path
        ):
            raise StoreError(f"cannot write '{path}': its name does not follow from its content")
    # Roots first: a collector may take what is valid now.
    wanted = [path for path, _, _ in texts]
    store.add_temp_roots(wanted)
    valid = set() if repair else store.query_valid_paths(wanted)
    with Batch(store, repair=repair) as batch:
        for text in texts:
            if text[0] not in valid:
                batch.add(_new_text(store.store_dir, text))


def _new_text(store_dir: str, text: Text) -> NewObject:
    path, content, references = text
    # Parsed first: a derivation that is none must not stay behind.
    outputs = parse_outputs(path, content, store_dir) if paths.is_derivation(path) else None
    summary = _core.summarise_contents(content)
    info = PathInfo(
        path,
        summary.sha256,
        summary.size,
        frozenset(references),
        content_address=paths.content_address(
            "text", "sha256", _core.hash_bytes("sha256", content)
        ),
    )
    return NewObject(
        info,
        lambda real_path: write_file(real_path, content),
        None if outputs is None else lambda: outputs,
        held_bytes=len(content),
    )


def add_path(batch: Batch, source: str, name: str, how: Ingestion) -> PathInfo:
    """Copies a file or a tree into the store; see `Store.add_path`."""
    try:
        _core.check_store_path_name(name)
    except ValueError as error:
        raise StoreError(f"cannot add '{source}' to the store: {error}") from error
    if how.method == "git":
        raise StoreError(
            f"cannot add '{source}' to the store: git hashing of files is not supported"
        )
    try:
        add = _add_tree if how.method == "nar" else _add_flat
        info = add(batch, source, name, how)
    except OSError as error:
        where = f" ('{_text(error.filename)}')" if error.filename not in (None, source) else ""
        raise StoreError(f"cannot add '{source}' to the store: {error.strerror}{where}") from error
    except ValueError as error:
        raise StoreError(f"cannot add '{source}' to the store: {error}") from error
    _warn_of_size(batch.store, source, info.nar_size)
    return info


def _warn_of_size(store: Store, source: str, size: int) -> None:
    threshold = store.settings.warn_large_path_threshold
    if threshold and size >= threshold:
        store.log.message(
            Level.WARN, f"copied large path '{source}' to the store ({render_size(size)})"
        )


def _add_tree(batch: Batch, source: str, name: str, how: Ingestion) -> PathInfo:
    store = batch.store
    hasher = None if how.algorithm == "sha256" else _core.Hasher(how.algorithm)
    with _Spool(store, hasher) as spool, interruption.noticed() as stop:

        def write(piece: bytes) -> None:
            stop.check()
            spool.write(piece)

        _core.dump_path(source, write, kept=how.kept)
        summary = spool.summarise()
        digest = summary.sha256 if hasher is None else hasher.digest()
        info = _content_addressed(store.store_dir, name, how, (digest, summary))
        batch.add(NewObject(info, spool.move_to, held_bytes=spool.held_bytes))
        if spool.is_on_disk:
            batch.flush()
    return info


def _add_flat(batch: Batch, source: str, name: str, how: Ingestion) -> PathInfo:
    store = batch.store
    with contextlib.ExitStack() as cleanup:
        # Not to wait for somebody to write, should it be a pipe.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(source, flags)
        cleanup.callback(os.close, descriptor)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise StoreError(f"cannot add '{source}' to the store: it is not a regular file")
        directory = cleanup.enter_context(store.temporary_directory())
        copy = f"{directory}/x"
        digest = _copy_file(descriptor, copy, how.algorithm)
        executable = how.keep_executable and bool(status.st_mode & stat.S_IXUSR)
        os.chmod(copy, 0o555 if executable else 0o444)
        store.canonicalise(copy)
        info = _content_addressed(store.store_dir, name, how, (digest, _core.summarise_path(copy)))
        batch.add(NewObject(info, lambda real_path: move(copy, real_path)))
        batch.flush()
        return info


def move(source: str, target: str) -> None:
    """Renames a finished object; raises `FileExistsError` rather than replace what is there."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
    rename_tree(source, target)


def _copy_file(source: int, target: str, algorithm: _core.HashAlgorithm) -> bytes:
    hasher = _core.Hasher(algorithm)
    with open(target, "xb") as file, interruption.noticed() as stop:
        while data := os.read(source, 1 << 20):
            stop.check()
            hasher.update(data)
            file.write(data)
    return hasher.digest()


def compute_path(source: str, name: str, how: Ingestion, store_dir: str) -> str:
    """Where a file or a tree would be copied to."""
    try:
        _core.check_store_path_name(name)
        if how.method == "nar":
            hasher = _core.Hasher(how.algorithm)
            _core.dump_path(source, hasher.update, kept=how.kept)
            digest = hasher.digest()
        else:
            digest = _core.hash_file(how.algorithm, source)
        return _content_path(name, how, digest, store_dir)
    except OSError as error:
        raise StoreError(f"cannot hash '{source}': {error.strerror}") from error
    except ValueError as error:
        raise StoreError(f"cannot hash '{source}': {error}") from error


def _content_path(name: str, how: Ingestion, digest: bytes, store_dir: str) -> str:
    references = sorted(how.references)
    if how.method != "text":
        return _core.make_fixed_output_path(
            name, how.method, how.algorithm, digest, references, store_dir
        )
    if how.algorithm != "sha256":
        raise StoreError(f"cannot add '{name}' to the store: texts are hashed with sha256 only")
    return _core.make_store_path(":".join(["text", *references]), digest, name, store_dir)


def _content_addressed(
    store_dir: str, name: str, how: Ingestion, found: tuple[bytes, _core.NarSummary]
) -> PathInfo:
    digest, summary = found
    path = _content_path(name, how, digest, store_dir)
    address = paths.content_address(how.method, how.algorithm, digest)
    return PathInfo(path, summary.sha256, summary.size, how.references, content_address=address)


class _Spool:
    """An archive on its way: in memory while it is small, else unpacked to a temporary folder as it comes."""

    def __init__(self, store: Store, hasher: _core.Hasher | None) -> None:
        self._store: Final = store
        self._hasher: Final = hasher
        self._pieces: list[bytes] = []
        self._size = 0
        self._unpacking: _Unpacking | None = None
        self._cleanup: Final = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def write(self, piece: bytes) -> None:
        if self._hasher is not None:
            self._hasher.update(piece)
        if self._unpacking is not None:
            self._unpacking.write(piece)
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > _MEMORY_LIMIT:
            directory = self._cleanup.enter_context(self._store.temporary_directory())
            self._unpacking = _Unpacking(f"{directory}/x")
            self._cleanup.callback(self._unpacking.abandon)
            for saved in self._pieces:
                self._unpacking.write(saved)
            self._pieces.clear()

    def summarise(self) -> _core.NarSummary:
        if self._unpacking is not None:
            return self._unpacking.finish()
        return _core.summarise_nar(_reader(self._pieces))

    @property
    def is_on_disk(self) -> bool:
        return self._unpacking is not None

    @property
    def held_bytes(self) -> int:
        return 0 if self.is_on_disk else self._size

    def move_to(self, real_path: str) -> None:
        if self._unpacking is not None:
            move(self._unpacking.target, real_path)
        else:
            _core.restore_path(real_path, _reader(self._pieces), canonical=True)


class _Unpacking:
    """Unpacks an archive on a thread of its own while it is still being made."""

    def __init__(self, target: str) -> None:
        self.target: Final = target
        self._queue: Final[queue.Queue[bytes]] = queue.Queue(_QUEUED_PIECES)
        self._rest = b""
        self._is_at_end = False
        self._outcome: _core.NarSummary | BaseException = StoreError("nothing was unpacked")
        self._thread: Final = threading.Thread(target=self._run, name="unpack", daemon=True)
        self._thread.start()

    def write(self, piece: bytes) -> None:
        if piece:
            self._queue.put(piece)

    def finish(self) -> _core.NarSummary:
        self._end()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def abandon(self) -> None:
        if self._thread.is_alive():
            self._end()

    def _end(self) -> None:
        self._queue.put(b"")
        self._thread.join()

    def _run(self) -> None:
        try:
            self._outcome = _core.restore_path(self.target, self._read, canonical=True)
        except BaseException as error:  # noqa: BLE001 - it is raised on the thread that waits
            self._outcome = error
        while not self._is_at_end:
            # Whoever writes must not block on a queue that nobody empties.
            self._next()

    def _next(self) -> bytes:
        piece = b"" if self._is_at_end else self._queue.get()
        self._is_at_end = not piece
        return piece

    def _read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = self._next()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def _reader(pieces: Iterable[bytes]) -> Read:
    iterator = iter(pieces)
    rest = memoryview(b"")

    def read(size: int) -> bytes:
        nonlocal rest
        if not rest:
            rest = memoryview(next(iterator, b""))
        piece, rest = rest[:size], rest[size:]
        return bytes(piece)

    return read


def add_nar(
    store: Store, info: PathInfo, read: Read, *, repair: bool, check_signatures: bool
) -> None:
    """See `Store.add_nar`."""
    if check_signatures and store.settings.require_sigs and not store.is_trusted(info):
        raise UntrustedPathError(
            f"cannot add path '{info.path}' because it lacks a signature by a trusted key"
        )
    new = NewObject(
        info,
        lambda real_path: _restore(store, info, read, real_path),
        (lambda: read_outputs(store, info.path)) if paths.is_derivation(info.path) else None,
    )
    with Batch(store, repair=repair) as batch:
        batch.add(new)


def _restore(store: Store, info: PathInfo, read: Read, real_path: str) -> None:
    if os.path.lexists(real_path):
        # Found out before anything is read from a stream that cannot be read twice.
        remove_path(real_path)
    try:
        summary = _core.restore_path(real_path, read, canonical=True)
    except (OSError, ValueError) as error:
        raise StoreError(f"unpacking the archive of '{info.path}': {error}") from error
    _check_summary(info, summary)
    if info.content_address is not None:
        _check_content_address(store, info, info.content_address)


def _check_summary(info: PathInfo, summary: _core.NarSummary) -> None:
    if summary.sha256 != info.nar_sha256:
        got = _core.encode_hash(summary.sha256, "sha256", "nix32", prefix=True)
        raise HashMismatchError(
            f"hash mismatch importing path '{info.path}';\n  specified: {info.nar_hash}\n  got:       {got}"
        )
    if summary.size != info.nar_size:
        raise HashMismatchError(
            f"size mismatch importing path '{info.path}';\n  specified: {info.nar_size}\n  got:       {summary.size}"
        )


def _check_content_address(store: Store, info: PathInfo, address: str) -> None:
    method, algorithm, digest = _core.parse_content_address(address)
    real_path = store.real_path(info.path)
    if method == "git":
        raise StoreError(f"cannot add path '{info.path}': git hashing of files is not supported")
    if method == "nar" and info.path not in info.references and algorithm == "sha256":
        actual = info.nar_sha256
    else:
        actual = _core.hash_path_modulo(real_path, method, algorithm, paths.hash_part(info.path))
    if actual != digest:
        specified, got = (
            _core.encode_hash(value, algorithm, "nix32", prefix=True) for value in (digest, actual)
        )
        raise HashMismatchError(
            f"ca hash mismatch importing path '{info.path}';\n  specified: {specified}\n  got:       {got}"
        )


def read_outputs(store: Store, path: str) -> dict[str, str]:
    """Names and known paths of the outputs of a derivation that lies in the store.

    Raises `StoreError` when a path is not the one that the derivation gives the output.
    """
    derivation = store.read_derivation(path)
    try:
        _core.DerivationHashes(store.read_derivation, store.store_dir).check(derivation)
    except ValueError as error:
        raise StoreError(f"derivation '{path}' cannot be taken: {error}") from error
    return known_outputs(derivation)


def flush_tree(real_path: str) -> None:
    """Waits until an object and its name are on the disk."""
    for directory, _, files in os.walk(real_path):
        for name in files:
            _flush(f"{directory}/{name}")
        _flush(directory)
    if not os.path.isdir(real_path):
        _flush(real_path)
    _flush(os.path.dirname(real_path))


def _flush(path: str) -> None:
    if os.path.islink(path):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else str(name)
