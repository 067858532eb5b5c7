"""Copying objects from one store to another."""

from __future__ import annotations

import contextlib
import queue
import tempfile
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from neve import _core
from neve.cache.binary_cache import BinaryCache
from neve.cache.parallel import map_parallel, run_ordered
from neve.cache.ssh import SshStore
from neve.errors import InvalidPathError, StoreError
from neve.log import Activity, ActivityType, Level, Logger
from neve.store import Store
from neve.store.content import is_content_addressed
from neve.store.interface import address_of
from neve.store.paths import name_part
from neve.store.removal import remove_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from neve.store import AnyStore, PathInfo
    from neve.store.interface import Read, Write

DEFAULT_JOBS: Final = 16
_QUEUED_PIECES: Final = 64
_PROGRESS_BYTES: Final = 1 << 18


def compute_closure(
    store: AnyStore, start: Iterable[str], *, jobs: int = DEFAULT_JOBS
) -> dict[str, PathInfo]:
    """Metadata of the paths and of all that they refer to, in any store; raises `InvalidPathError`."""
    if isinstance(store, Store):
        return store.query_path_infos(store.compute_closure(start))
    if isinstance(store, SshStore):
        return store.compute_closure(start)
    known: dict[str, PathInfo] = {}
    todo = set(start)
    while todo:
        known |= map_parallel(store.query_path_info, sorted(todo), jobs=jobs)
        todo = {reference for path in todo for reference in known[path].references} - known.keys()
    return known


def query_valid_paths(
    store: AnyStore, wanted: Iterable[str], *, jobs: int = DEFAULT_JOBS
) -> set[str]:
    """Those of the paths that any store has, asking for several at a time where each is a question."""
    if not isinstance(store, BinaryCache):
        return store.query_valid_paths(wanted)
    found = map_parallel(store.is_valid_path, wanted, jobs=jobs)
    return {path for path, is_valid in found.items() if is_valid}


def substitute_in(store: AnyStore, wanted: Iterable[str]) -> None:
    """Lets a store over ssh get paths from its own caches; raises `StoreError` for other stores."""
    if not isinstance(store, SshStore):
        raise StoreError(
            f"only stores over ssh can be asked to fetch from their caches, not '{store.uri}'"
        )
    store.query_valid_paths(wanted, substitute=True)


def copy_closure(
    source: AnyStore,
    target: AnyStore,
    start: Iterable[str],
    *,
    log: Logger,
    check_signatures: bool = True,
    repair: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> dict[str, str]:
    """Copies the paths and all that they refer to; see `copy_paths`."""
    infos = compute_closure(source, start, jobs=jobs)
    return _Copy(source, target, log, check_signatures=check_signatures, repair=repair).run(
        infos, jobs
    )


def copy_paths(
    source: AnyStore,
    target: AnyStore,
    wanted: Iterable[str],
    *,
    log: Logger,
    check_signatures: bool = True,
    repair: bool = False,
    jobs: int = DEFAULT_JOBS,
) -> dict[str, str]:
    """Copies paths, those that others refer to first; their names in the target.

    The names differ where the stores are named differently: only content-addressed objects without references can be
    copied between such. Raises `UntrustedPathError` for what carries no trusted signature, with `check_signatures`.
    """
    infos = map_parallel(source.query_path_info, wanted, jobs=jobs)
    return _Copy(source, target, log, check_signatures=check_signatures, repair=repair).run(
        infos, jobs
    )


class _Copy:
    def __init__(
        self,
        source: AnyStore,
        target: AnyStore,
        log: Logger,
        *,
        check_signatures: bool,
        repair: bool,
    ) -> None:
        self._source: Final = source
        self._target: Final = target
        self._log: Final = log
        self._check_signatures: Final = check_signatures
        self._repair: Final = repair

    def run(self, infos: dict[str, PathInfo], jobs: int) -> dict[str, str]:
        names = {path: self._name_in_target(info) for path, info in infos.items()}
        if isinstance(self._target, Store):
            # What is there already must stay until what needs it has come.
            self._target.add_temp_roots(names.values())
        valid = (
            set() if self._repair else query_valid_paths(self._target, names.values(), jobs=jobs)
        )
        missing = {path: info for path, info in infos.items() if names[path] not in valid}
        with Activity(
            self._log, ActivityType.COPY_PATHS, f"copying {len(missing)} paths", level=Level.INFO
        ) as activity:
            activity.set_expected(
                ActivityType.COPY_PATH, sum(info.nar_size for info in missing.values())
            )
            done = 0
            mutex = threading.Lock()

            def work(path: str) -> None:
                nonlocal done
                self._copy_one(missing[path], names[path], activity)
                with mutex:
                    done += 1
                    activity.progress(done, len(missing))

            run_ordered(work, {path: info.references for path, info in missing.items()}, jobs=jobs)
        return names

    def _name_in_target(self, info: PathInfo) -> str:
        if self._source.store_dir == self._target.store_dir:
            return info.path
        if (
            info.content_address is None
            or info.references
            or not is_content_addressed(info, self._source.store_dir)
        ):
            raise StoreError(
                f"cannot copy '{info.path}' to a store named '{self._target.store_dir}': "
                "only content-addressed objects without references may change their names"
            )
        method, algorithm, digest = _core.parse_content_address(info.content_address)
        if method == "text":
            return _core.make_store_path(
                "text", digest, name_part(info.path), self._target.store_dir
            )
        return _core.make_fixed_output_path(
            name_part(info.path), method, algorithm, digest, (), self._target.store_dir
        )

    def _copy_one(self, info: PathInfo, name: str, parent: Activity) -> None:
        source, target = address_of(self._source), address_of(self._target)
        with Activity(
            self._log,
            ActivityType.COPY_PATH,
            _describe_copy(info.path, source, target),
            level=Level.INFO,
            fields=(info.path, source, target),
            parent=parent.id,
        ) as activity:
            copied = replace(info, path=name, is_ultimate=False, registration_time=0)
            with opened_nar(self._source, info.path) as read:
                self._target.add_nar(
                    copied,
                    counting(read, activity, info.nar_size),
                    repair=self._repair,
                    check_signatures=self._check_signatures,
                )


def _describe_copy(path: str, source: str, target: str) -> str:
    if source.startswith(("local", "daemon")):
        return f"copying path '{path}' to '{target}'"
    if target.startswith(("local", "daemon")):
        return f"copying path '{path}' from '{source}'"
    return f"copying path '{path}' from '{source}' to '{target}'"


def counting(read: Read, activity: Activity, expected: int) -> Read:
    """Reports what passes through."""
    total = 0
    reported = 0

    def count(size: int) -> bytes:
        nonlocal total, reported
        piece = read(size)
        total += len(piece)
        if total - reported >= _PROGRESS_BYTES or (not piece and total > reported):
            reported = total
            activity.progress(total, expected)
        return piece

    return count


@contextlib.contextmanager
def opened_nar(store: AnyStore, path: str) -> Iterator[Read]:
    """An object's plain archive as a stream; whoever reads it checks its hash."""
    if isinstance(store, BinaryCache):
        narinfo = store.query_path_info(path)
        with store.open_nar(narinfo) as read:
            yield store.unpacking(narinfo, read)
        return
    with opened_pipe(lambda write: store.dump_nar(path, write)) as read:
        yield read


@contextlib.contextmanager
def opened_pipe(produce: Callable[[Write], object]) -> Iterator[Read]:
    """What a function writes, to be read; the function runs on a thread of its own."""
    with _Pipe(produce) as pipe:
        yield pipe.read


@contextlib.contextmanager
def opened_tree(store: AnyStore, path: str) -> Iterator[str]:
    """Where an object lies, or a copy of it that lasts as long as the block."""
    if isinstance(store, Store):
        if not store.is_valid_path(path):
            raise InvalidPathError(path)
        yield store.real_path(path)
        return
    folder = tempfile.mkdtemp(prefix="neve-")
    try:
        with opened_nar(store, path) as read:
            unpack(f"{folder}/x", read)
        yield f"{folder}/x"
    finally:
        remove_path(folder)


def unpack(target: str, read: Read) -> None:
    """Unpacks an archive; raises `StoreError` for a damaged one."""
    try:
        _core.restore_path(target, read)
    except ValueError as error:
        raise StoreError(f"cannot unpack the archive: {error}") from error


class _Pipe:
    """Turns a function that writes into one that reads, by a thread and a short queue."""

    def __init__(self, produce: Callable[[Write], object]) -> None:
        self._produce: Final = produce
        self._queue: Final[queue.Queue[bytes | BaseException]] = queue.Queue(_QUEUED_PIECES)
        self._rest = b""
        self._is_over = False
        self._is_abandoned = False
        self._thread: Final = threading.Thread(target=self._run, name="pipe", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_abandoned = True
        while self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._queue.get(timeout=0.01)
        self._thread.join()

    def read(self, size: int) -> bytes:
        """Up to that many bytes, none at the end; raises what the producer raised."""
        if not self._rest and not self._is_over:
            piece = self._queue.get()
            if isinstance(piece, BaseException):
                self._is_over = True
                raise piece
            self._is_over = not piece
            self._rest = piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def _run(self) -> None:
        try:
            self._produce(self._put)
            self._queue.put(b"")
        except _Abandoned:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised on the thread that reads
            self._queue.put(error)

    def _put(self, piece: bytes) -> None:
        if self._is_abandoned:
            raise _Abandoned
        if piece:
            self._queue.put(piece)


class _Abandoned(Exception):  # noqa: N818 - no error, nobody reads any more
    pass
