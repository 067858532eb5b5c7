"""Moving store objects."""

import os
from pathlib import Path

import pytest

from neve.store.moving import rename_tree


def test_read_only_folder_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that its owner may not write is made writable for the move, and is as before afterwards."""
    source, parent = tmp_path / "source", tmp_path / "other"
    source.mkdir()
    (source / "file").touch()
    source.chmod(0o555)
    parent.mkdir()
    seen: list[int] = []
    rename = os.rename

    def watched(old: str, new: str) -> None:
        seen.append(os.stat(old).st_mode & 0o777)
        rename(old, new)

    monkeypatch.setattr("os.rename", watched)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    rename_tree(str(source), str(parent / "moved"))
    assert seen == [0o755]
    assert (parent / "moved").stat().st_mode & 0o777 == 0o555
    assert (parent / "moved/file").exists()
    (parent / "moved").chmod(0o755)
