"""Temporary roots: files that C++ Nix reads, and the socket of a running collection."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

from neve.store.gc_server import RootServer, short_address
from neve.store.locks import open_lock_file, try_lock, unlock
from neve.store.roots import find_temp_roots

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Layout, Store

A = f"/nix/store/{'a' * 32}-a"
B = f"/nix/store/{'b' * 32}-b"


def roots_file(layout: Layout) -> str:
    return f"{layout.temp_roots_dir}/{os.getpid()}"


def test_roots_are_written_one_after_another(store: Store, layout: Layout) -> None:
    """The file is named after the process; each path is followed by NUL, and written once."""
    store.add_temp_root(A)
    store.add_temp_roots([A, B])
    with open(roots_file(layout), "rb") as file:
        assert file.read() == f"{A}\0{B}\0".encode()


def test_file_is_locked_while_the_process_lives(store: Store, layout: Layout) -> None:
    """A collector must not take the file for a stale one; closing the store removes it."""
    store.add_temp_root(A)
    descriptor = open_lock_file(roots_file(layout))
    assert not try_lock(descriptor, exclusive=True)
    os.close(descriptor)
    assert find_temp_roots(store, censor=False) == {A: {f"{{temp:{os.getpid()}}}"}}
    store.close()
    assert not os.path.exists(roots_file(layout))


def test_two_stores_of_a_process_share_the_roots(open_store: Callable[..., Store]) -> None:
    """Opening a store once more does not lose what the first has announced; nor does closing it."""
    first, second = open_store(), open_store()
    first.add_temp_root(A)
    second.add_temp_root(B)
    second.close()
    assert find_temp_roots(first, censor=True).keys() == {A, B}


def test_stale_file_is_removed_and_marked(store: Store, layout: Layout) -> None:
    """Of a process that is gone nothing is kept; whoever had just opened its file sees that."""
    stale = f"{layout.temp_roots_dir}/999999999"
    with open(stale, "wb") as file:
        file.write(f"{A}\0".encode())
    descriptor = os.open(stale, os.O_RDONLY)
    assert find_temp_roots(store, censor=False) == {}
    assert not os.path.exists(stale)
    assert os.read(descriptor, 1) == b"d"
    os.close(descriptor)


def test_unfinished_entry_does_not_count(store: Store, layout: Layout) -> None:
    """What follows the last NUL is still being written."""
    store.add_temp_root(A)
    with open(roots_file(layout), "ab") as file:
        file.write(B[:20].encode())
    assert find_temp_roots(store, censor=False).keys() == {A}


def test_running_collector_is_told(store: Store, layout: Layout, log: RecordingLogger) -> None:
    """While `gc.lock` is taken a root goes over the socket, and into the file as well."""
    descriptor = open_lock_file(layout.gc_lock)
    assert try_lock(descriptor, exclusive=True)
    with RootServer(layout, log) as server:
        store.add_temp_root(A)
        with server.deleting(set()) as announced:
            assert announced == {"a" * 32}
    unlock(descriptor)
    os.close(descriptor)
    assert find_temp_roots(store, censor=True).keys() == {A}


def test_collector_answers_once_the_path_is_deleted(
    store: Store, layout: Layout, log: RecordingLogger
) -> None:
    """Whoever wants a path that is being deleted waits for the end of that."""
    descriptor = open_lock_file(layout.gc_lock)
    try_lock(descriptor, exclusive=True)
    with RootServer(layout, log) as server:
        thread = threading.Thread(target=store.add_temp_root, args=(A,))
        with server.deleting({"a" * 32}):
            thread.start()
            thread.join(0.1)
            assert thread.is_alive()
        thread.join(5)
        assert not thread.is_alive()
    os.close(descriptor)


def test_collector_that_ends_is_not_waited_for(store: Store, layout: Layout) -> None:
    """A socket that nobody listens on any more means to try the lock again."""
    descriptor = open_lock_file(layout.gc_lock)
    try_lock(descriptor, exclusive=True)
    os.makedirs(os.path.dirname(layout.gc_socket))
    with socket.socket(socket.AF_UNIX) as stale, short_address(layout.gc_socket) as address:
        stale.bind(address)
    thread = threading.Thread(target=store.add_temp_root, args=(A,))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    os.close(descriptor)
    thread.join(5)
    assert not thread.is_alive()


def test_garbage_on_the_socket_is_answered(
    layout: Layout, store: Store, log: RecordingLogger
) -> None:
    """A client that sends no store path is told so in the log, and not left waiting."""
    del store
    with (
        RootServer(layout, log),
        socket.socket(socket.AF_UNIX) as client,
        short_address(layout.gc_socket) as address,
    ):
        client.connect(address)
        client.sendall(b"nonsense\n")
        assert client.recv(1) == b"1"
    assert log.messages == ["received garbage instead of a root from client"]
