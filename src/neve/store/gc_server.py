"""The socket on which programs tell a running garbage collection what they work on."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING, Final, Self

from neve.errors import BadStorePathError, StoreError
from neve.log import Level, Logger
from neve.store import paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neve.store.layout import Layout

_SOCKET_MODE: Final = 0o666
"""Every user of the store may announce roots."""


class RootServer:
    """Listens while its `with` block runs; each line it receives is a store path, each is answered by `1`.

    Roots are known by their hash part alone, so that lock files and other leftovers beside a path are kept with it.
    """

    def __init__(self, layout: Layout, log: Logger) -> None:
        self._layout: Final = layout
        self._log: Final = log
        self._changed: Final = threading.Condition()
        self._announced: Final[set[str]] = set()
        self._deleting: set[str] = set()
        self._clients: Final[set[socket.socket]] = set()
        self._is_closed = False

    def __enter__(self) -> Self:
        self._socket = _listen(self._layout.gc_socket)
        self._thread = threading.Thread(target=self._accept, name="gc roots", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_closed = True
            self._deleting = set()
            self._changed.notify_all()
            clients = list(self._clients)
        # A shutdown wakes the threads that wait for input; closing alone would not.
        for connection in (self._socket, *clients):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def add(self, hash_parts: Iterable[str]) -> None:
        """Counts paths as announced."""
        with self._changed:
            self._announced.update(hash_parts)

    @contextlib.contextmanager
    def deleting(self, hash_parts: set[str]) -> Iterator[set[str]]:
        """Whoever announces one of these paths waits while the block runs; the value is what was announced before."""
        with self._changed:
            announced = set(self._announced)
            self._deleting = hash_parts - announced
        try:
            yield announced
        finally:
            with self._changed:
                self._deleting = set()
                self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with self._changed:
                if self._is_closed:
                    client.close()
                    return
                self._clients.add(client)
            threading.Thread(
                target=self._serve, args=(client,), name="gc root client", daemon=True
            ).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, client.makefile("rb") as lines:
                for line in lines:
                    self._announce(os.fsdecode(line.rstrip(b"\n")))
                    client.sendall(b"1")
        except OSError:
            # The client went away, or the collection ended.
            return
        finally:
            with self._changed:
                self._clients.discard(client)

    def _announce(self, text: str) -> None:
        try:
            path = paths.parse_store_path(text, self._layout.store_dir)
        except BadStorePathError:
            self._log.message(Level.ERROR, "received garbage instead of a root from client")
            return
        hash_part = paths.hash_part(path)
        with self._changed:
            self._announced.add(hash_part)
            self._changed.wait_for(lambda: hash_part not in self._deleting)


def _listen(path: str) -> socket.socket:
    """A listening socket at `path`, which may be longer than the kernel allows for an address."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with short_address(path) as address:
            listener.bind(address)
        os.chmod(path, _SOCKET_MODE)
        listener.listen(5)
    except OSError as error:
        listener.close()
        raise StoreError(f"listening on '{path}': {error.strerror or error}") from error
    return listener


@contextlib.contextmanager
def short_address(path: str) -> Iterator[str]:
    """A name for a socket that fits into an address, whatever the length of `path`."""
    directory, _, name = path.rpartition("/")
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)
