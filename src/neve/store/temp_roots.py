"""Temporary roots: what this process is working on, and so must not be collected.

Each process keeps a file `temproots/<pid>`, locked while it lives, with the paths it works on, each followed by NUL.
`gc.lock` is held shared while a path is written there; when a collection holds it, the collector is told over its
socket instead (a line with the path, answered by `1`) and answers once it is done deleting the path.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time

from neve.errors import StoreError
from neve.store.locks import open_lock_file, try_lock, unlock, wait_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from typing import Final

    from neve.store.layout import Layout

_COLLECTOR_RETRY_SECONDS: Final = 0.1
_WRITE_PIECE: Final = 500
"""Paths written at a time: the lock is given up in between so that a collector may start."""


class TempRoots:
    """The temporary roots of this process in one store; shared by all who open that store in the process."""

    def __init__(self, layout: Layout) -> None:
        self._layout: Final = layout
        self._mutex: Final = threading.Lock()
        self._process = 0
        self._files: tuple[int, int] | None = None
        """Descriptors of the file of roots and of `gc.lock`."""
        self._collector: socket.socket | None = None
        self._known: set[str] = set()

    def add(self, paths: Iterable[str]) -> None:
        """Keeps the paths from being collected until the process ends or the store is closed."""
        with self._mutex:
            file, gc_lock = self._open()
            new = [path for path in dict.fromkeys(paths) if path not in self._known]
            for start in range(0, len(new), _WRITE_PIECE):
                self._add_piece(new[start : start + _WRITE_PIECE], file, gc_lock)

    def _add_piece(self, paths: list[str], file: int, gc_lock: int) -> None:
        data = "".join(f"{path}\0" for path in paths).encode()
        while True:
            if try_lock(gc_lock, exclusive=False):
                try:
                    _write_all(file, data)
                finally:
                    unlock(gc_lock)
                break
            if self._tell_collector(paths):
                _write_all(file, data)
                break
        self._known.update(paths)

    def _tell_collector(self, paths: list[str]) -> bool:
        """False when no collector answers: it ended, or has yet to open its socket."""
        import socket

        from neve.store.gc_server import short_address

        try:
            if self._collector is None:
                self._collector = socket.socket(
                    socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC
                )
                with short_address(self._layout.gc_socket) as address:
                    self._collector.connect(address)
            for path in paths:
                self._collector.sendall(f"{path}\n".encode())
                if self._collector.recv(1) != b"1":
                    raise ConnectionResetError
        except (ConnectionError, FileNotFoundError):
            self._hang_up()
            time.sleep(_COLLECTOR_RETRY_SECONDS)
            return False
        except OSError as error:
            self._hang_up()
            raise StoreError(
                f"telling the garbage collector of a root: {error.strerror}"
            ) from error
        return True

    def _open(self) -> tuple[int, int]:
        if self._files is not None and self._process == os.getpid():
            return self._files
        self._forget()
        gc_lock = open_lock_file(self._layout.gc_lock)
        path = self._path()
        while True:
            # Whatever is there is stale: no two processes have one number.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            file = open_lock_file(path)
            wait_lock(file, exclusive=True)
            if os.fstat(file).st_size == 0:
                break
            # A collector took the new file for a stale one and marked it before we had the lock.
            os.close(file)
        self._files = file, gc_lock
        self._process = os.getpid()
        return self._files

    def close(self) -> None:
        """Gives up all roots."""
        with self._mutex:
            if self._files is not None and self._process == os.getpid():
                with contextlib.suppress(OSError):
                    os.unlink(self._path())
            self._forget()

    def _forget(self) -> None:
        for descriptor in self._files or ():
            os.close(descriptor)
        self._hang_up()
        self._files = None
        self._process = 0
        self._known = set()

    def _hang_up(self) -> None:
        if self._collector is not None:
            self._collector.close()
            self._collector = None

    def _path(self) -> str:
        return f"{self._layout.temp_roots_dir}/{os.getpid()}"


_shared: Final[dict[str, tuple[TempRoots, int]]] = {}
_shared_mutex: Final = threading.Lock()


def open_temp_roots(layout: Layout) -> TempRoots:
    """The temporary roots of this process in a store; give them back with `close_temp_roots`."""
    with _shared_mutex:
        roots, users = _shared.get(layout.state_dir, (None, 0))
        roots = roots or TempRoots(layout)
        _shared[layout.state_dir] = (roots, users + 1)
        return roots


def close_temp_roots(layout: Layout) -> None:
    """Gives up the roots once nobody in the process uses the store any more."""
    with _shared_mutex:
        roots, users = _shared[layout.state_dir]
        if users > 1:
            _shared[layout.state_dir] = (roots, users - 1)
            return
        del _shared[layout.state_dir]
    roots.close()


def _write_all(descriptor: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError as error:
        raise StoreError(f"writing temporary roots: {error.strerror}") from error
