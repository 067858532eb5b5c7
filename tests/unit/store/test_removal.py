"""Removing files and trees."""

import os
from pathlib import Path

import pytest

from neve.errors import StoreError
from neve.store.removal import remove_path


def test_missing_is_fine(tmp_path: Path) -> None:
    """Nothing to remove is no error, even without the folder around it."""
    assert remove_path(str(tmp_path / "a")) == 0
    assert remove_path(str(tmp_path / "a" / "b")) == 0


def test_tree_without_permissions_goes(tmp_path: Path) -> None:
    """Folders that may not be written or read are removed; the bytes of their files are counted."""
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "file").write_bytes(b"12345")
    (tree / "link").symlink_to("/etc/passwd")
    (tree / "sub").chmod(0)
    tree.chmod(0o555)
    freed = remove_path(str(tree))
    assert not tree.exists()
    assert freed == 5 + len("/etc/passwd")


def test_link_is_removed_not_its_target(tmp_path: Path) -> None:
    """A link to a folder goes alone."""
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "kept").touch()
    (tmp_path / "link").symlink_to("target")
    remove_path(str(tmp_path / "link"))
    assert (tmp_path / "target" / "kept").exists()


def test_shared_files_free_nothing(tmp_path: Path) -> None:
    """Of three hard links the first to go frees no space, of two it is taken for the last but one of a link farm."""
    (tmp_path / "a").write_bytes(b"1234")
    os.link(tmp_path / "a", tmp_path / "b")
    os.link(tmp_path / "a", tmp_path / "c")
    assert remove_path(str(tmp_path / "a")) == 0
    assert remove_path(str(tmp_path / "b")) == 4


def test_failure_names_the_path(tmp_path: Path) -> None:
    """What cannot be removed is named."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        remove_path(str(tmp_path / "file" / "below"))
