"""Locks on files and on store paths, as C++ Nix takes them: `flock`, so that both can work on one store."""

from __future__ import annotations

import contextlib
import fcntl
import os

from neve.errors import StoreError
from neve.log import Level, Logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final, Self

_STALE: Final = b"d"
"""Written to a lock file that has been unlinked, so that whoever waits for it opens the new one instead."""


def open_lock_file(path: str) -> int:
    """A descriptor of a lock file, created when missing."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"opening lock file '{path}': {error.strerror}") from error


def try_lock(descriptor: int, *, exclusive: bool) -> bool:
    """Takes a lock unless somebody else has it."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, *, exclusive: bool) -> None:
    """Takes a lock, waiting for whoever has it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)


def unlock(descriptor: int) -> None:
    """Gives a lock up, keeping the file open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


class FileLock:
    """A lock on one file while a `with` block runs."""

    def __init__(self, path: str, *, exclusive: bool, log: Logger, message: str) -> None:
        """`message` is said before waiting."""
        self._descriptor: Final = open_lock_file(path)
        try:
            if not try_lock(self._descriptor, exclusive=exclusive):
                log.message(Level.INFO, message)
                wait_lock(self._descriptor, exclusive=exclusive)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


class PathLocks:
    """Locks of several files, each a file beside it that is named after it with `.lock`."""

    def __init__(self, log: Logger) -> None:
        self._log: Final = log
        self._held: Final[list[tuple[str, int]]] = []

    def acquire(
        self, paths: Iterable[str], *, wait: bool = True, message: str | None = None
    ) -> bool:
        """Locks all of the paths or, when `wait` is false and one is taken, none.

        They are taken in sorted order, so that two processes that want the same ones cannot wait for each other.
        """
        try:
            for path in sorted(set(paths)):
                descriptor = self._lock(f"{path}.lock", wait=wait, message=message)
                if descriptor is None:
                    self.release()
                    return False
                self._held.append((f"{path}.lock", descriptor))
        except BaseException:
            self.release()
            raise
        return True

    def acquire_another(self, path: str, *, wait: bool) -> bool:
        """Locks one more path; whoever waits here must hold no other lock, or take all in one order everywhere."""
        descriptor = self._lock(f"{path}.lock", wait=wait, message=None)
        if descriptor is None:
            return False
        self._held.append((f"{path}.lock", descriptor))
        return True

    def release(self, *, delete: bool = False) -> None:
        """Gives the locks up, with `delete` removing their files: right once the locked paths are finished."""
        for lock_path, descriptor in self._held:
            if delete:
                with contextlib.suppress(OSError):
                    os.unlink(lock_path)
                with contextlib.suppress(OSError):
                    os.write(descriptor, _STALE)
            os.close(descriptor)
        self._held.clear()

    def _lock(self, lock_path: str, *, wait: bool, message: str | None) -> int | None:
        while True:
            descriptor = open_lock_file(lock_path)
            try:
                if not try_lock(descriptor, exclusive=True):
                    if not wait:
                        os.close(descriptor)
                        return None
                    if message:
                        self._log.message(Level.ERROR, message)
                    wait_lock(descriptor, exclusive=True)
                if os.fstat(descriptor).st_size == 0:
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)


class LinkedLocks:
    """Locks of many paths in one folder at the cost of one: a single lock file with a name beside each path.

    Whoever opens one of the names waits for the one lock, as for any other. A process must not take two of the names
    that a killed one has left behind, as it would wait for itself; so these locks are for objects that everybody
    locks one by one (texts and sources), never for outputs of a build.
    """

    def __init__(self, directory: str) -> None:
        self._names: Final[list[str]] = []
        self._directory: Final = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._file: int | None = None
        try:
            self._file = os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError:
            # Not every file system has files without a name.
            self._close()

    def try_lock(self, name: str) -> bool:
        """Locks a path by its name in the folder unless there is a lock file already, held or not."""
        if self._file is None:
            return False
        lock_name = f"{name}.lock"
        try:
            os.link(f"/proc/self/fd/{self._file}", lock_name, dst_dir_fd=self._directory)
        except OSError:
            return False
        self._names.append(lock_name)
        return True

    def release(self) -> None:
        """Removes the names and gives the lock up."""
        for name in self._names:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=self._directory)
        self._names.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.write(self._file, _STALE)
        self._close()
        os.close(self._directory)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextlib.contextmanager
def locked_paths(
    paths: Iterable[str], log: Logger, *, wait: bool = True, message: str | None = None
) -> Iterator[bool]:
    """Holds the locks of paths while the block runs; false when they are taken and `wait` is false.

    The lock files are removed when the block ends without an exception.
    """
    locks = PathLocks(log)
    taken = locks.acquire(paths, wait=wait, message=message)
    finished = False
    try:
        yield taken
        finished = True
    finally:
        locks.release(delete=finished)
