"""Locks on files and paths."""

import os
import threading
from pathlib import Path

import pytest

from neve.log import SILENT
from neve.store.locks import (
    FileLock,
    LinkedLocks,
    PathLocks,
    locked_paths,
    open_lock_file,
    try_lock,
)


def test_lock_file_goes_when_the_work_succeeds(tmp_path: Path) -> None:
    """A finished path leaves no lock file; a failed one keeps it, for whoever tries next."""
    path = str(tmp_path / "a")
    with locked_paths([path], SILENT) as taken:
        assert taken
        assert os.path.exists(f"{path}.lock")
    assert not os.path.exists(f"{path}.lock")
    with pytest.raises(ZeroDivisionError), locked_paths([path], SILENT):
        raise ZeroDivisionError
    assert os.path.exists(f"{path}.lock")


def test_second_taker_is_refused_or_waits(tmp_path: Path) -> None:
    """Without waiting nothing is taken; with waiting the lock comes once the first holder is done."""
    path = str(tmp_path / "a")
    first, second = PathLocks(SILENT), PathLocks(SILENT)
    assert first.acquire([path])
    assert not second.acquire([str(tmp_path / "0"), path], wait=False)
    assert first.acquire([str(tmp_path / "0")], wait=False), "a refused taker keeps nothing"
    order: list[str] = []

    def wait_for_it() -> None:
        second.acquire([path])
        order.append("second")

    thread = threading.Thread(target=wait_for_it)
    thread.start()
    thread.join(0.05)
    order.append("first")
    first.release(delete=True)
    thread.join()
    second.release()
    assert order == ["first", "second"]


def test_waiter_notices_that_the_file_was_removed(tmp_path: Path) -> None:
    """Whoever waited on a removed lock file locks the new one, so that two cannot hold one path."""
    path = str(tmp_path / "a")
    first, second, third = PathLocks(SILENT), PathLocks(SILENT), PathLocks(SILENT)
    first.acquire([path])
    thread = threading.Thread(target=lambda: second.acquire([path]))
    thread.start()
    thread.join(0.05)
    first.release(delete=True)
    thread.join()
    assert os.path.exists(f"{path}.lock")
    assert not third.acquire([path], wait=False)
    second.release()


def test_file_lock_can_be_shared(tmp_path: Path) -> None:
    """Two readers go together, a writer does not join them."""
    path = str(tmp_path / "lock")
    with (
        FileLock(path, exclusive=False, log=SILENT, message=""),
        FileLock(path, exclusive=False, log=SILENT, message=""),
    ):
        descriptor = open_lock_file(path)
        assert not try_lock(descriptor, exclusive=True)
        os.close(descriptor)


def test_linked_locks_hold_off_whoever_takes_a_path(tmp_path: Path) -> None:
    """A name of the shared lock file is a lock like any other; its removal is noticed by those who wait."""
    linked = LinkedLocks(str(tmp_path))
    assert linked.try_lock("a")
    assert linked.try_lock("b")
    assert not linked.try_lock("a")
    other, waiting = PathLocks(SILENT), PathLocks(SILENT)
    assert not other.acquire([str(tmp_path / "b")], wait=False)
    thread = threading.Thread(target=lambda: waiting.acquire([str(tmp_path / "a")]))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    linked.release()
    thread.join(5)
    assert other.acquire([str(tmp_path / "b")], wait=False)
    assert not PathLocks(SILENT).acquire([str(tmp_path / "a")], wait=False)
    other.release(delete=True)
    waiting.release(delete=True)
    assert os.listdir(tmp_path) == []


def test_names_of_a_killed_process_do_not_lock(tmp_path: Path) -> None:
    """A name that stayed behind is an ordinary stale lock file."""
    linked = LinkedLocks(str(tmp_path))
    linked.try_lock("a")
    linked._names.clear()
    linked.release()
    os.truncate(tmp_path / "a.lock", 0)
    locks = PathLocks(SILENT)
    assert locks.acquire([str(tmp_path / "a")], wait=False)
    locks.release(delete=True)
