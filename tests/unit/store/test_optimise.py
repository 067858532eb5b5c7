"""Hard links between equal files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from neve.log import ResultType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Layout, Store


@pytest.fixture
def twins(tmp_path: Path) -> list[str]:
    """Two trees with an equal file each, which is executable in a third."""
    for name, mode in (("a", 0o644), ("b", 0o644), ("c", 0o755)):
        folder = tmp_path / name / "sub"
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"same content")
        (folder / "file").chmod(mode)
        (folder / "own").write_text(name)
    return [str(tmp_path / name) for name in ("a", "b", "c")]


def inode(store: Store, path: str) -> int:
    return os.stat(f"{store.real_path(path)}/sub/file").st_ino


def test_equal_files_become_one(store: Store, twins: list[str], log: RecordingLogger) -> None:
    """The content is kept once; what differs in permission stays apart; folders keep their metadata."""
    a, b, c = (store.add_path(source).path for source in twins)
    report = store.optimise()
    assert inode(store, a) == inode(store, b) != inode(store, c)
    assert (report.files_linked, report.bytes_freed) == (1, len("same content"))
    assert [kind for kind, _ in log.results].count(ResultType.FILE_LINKED) == 1
    assert log.messages[-1] == "0.0 KiB freed by hard-linking 1 files"
    status = os.stat(f"{store.real_path(b)}/sub")
    assert (status.st_mode & 0o777, status.st_mtime) == (0o555, 1)
    assert store.verify(check_contents=True)


def test_new_objects_are_linked_by_a_setting(
    open_store: Callable[..., Store], twins: list[str]
) -> None:
    """With `auto-optimise-store` nothing is left for a later run."""
    store = open_store(auto_optimise_store=True)
    a, b, _ = (store.add_path(source).path for source in twins)
    assert inode(store, a) == inode(store, b)
    assert store.optimise().files_linked == 0


def test_damaged_link_is_replaced(
    store: Store, twins: list[str], layout: Layout, log: RecordingLogger
) -> None:
    """A link of the wrong size is not handed on."""
    store.add_path(twins[0])
    store.optimise()
    [link] = [
        f"{layout.links_dir}/{name}"
        for name in os.listdir(layout.links_dir)
        if os.stat(f"{layout.links_dir}/{name}").st_size == len("same content")
    ]
    os.unlink(link)
    with open(link, "wb") as file:
        file.write(b"damaged")
    path = store.add_path(twins[1]).path
    store.optimise()
    with open(f"{store.real_path(path)}/sub/file", "rb") as file:
        assert file.read() == b"same content"
    assert any("removing corrupted link" in message for message in log.messages)


def test_writable_file_is_suspicious(store: Store, twins: list[str], log: RecordingLogger) -> None:
    """A file that somebody has made writable may be changed, and is not shared."""
    path = store.add_path(twins[0]).path
    os.chmod(f"{store.real_path(path)}/sub/file", 0o644)
    store.optimise()
    assert any("suspicious writable file" in message for message in log.messages)
