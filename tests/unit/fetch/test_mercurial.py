"""Mercurial repositories: commits, branches, work trees."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from neve.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.fetch.fetcher import Fetcher
    from neve.store import Store

    MakeFetcher = Callable[..., Fetcher]

pytestmark = pytest.mark.skipif(shutil.which("hg") is None, reason="needs hg")


def hg(folder: Path, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "HGUSER": "n", "HGPLAIN": ""}
    command = ["hg", "-R", str(folder), *words]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def commit(folder: Path, **files: str) -> str:
    """Writes files; the commit."""
    for name, text in files.items():
        (folder / name).write_text(text)
    hg(folder, "commit", "--addremove", "--message", "m")
    return hg(folder, "log", "-r", ".", "--template", "{node}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    hg(folder, "init", str(folder))
    commit(folder, a="1")
    return folder


def fetch(fetcher: Fetcher, repository: Path, **arguments: Any) -> dict[str, Any]:
    attributes = {"type": "hg", "url": f"file://{repository}", **arguments}
    return fetcher.fetch("fetchMercurial", attributes)


def files(store: Store, result: dict[str, Any]) -> dict[str, str]:
    root = Path(store.real_path(result["outPath"]))
    return {file.name: file.read_text() for file in root.iterdir()}


def test_a_commit(make_fetcher: MakeFetcher, store: Store, repository: Path) -> None:
    """Its files, and what is known of it; a commit that was fetched needs its source no more."""
    rev = commit(repository, b="2")
    result = fetch(make_fetcher(), repository)
    assert files(store, result) == {"a": "1", "b": "2"}
    assert (result["rev"], result["revCount"], result["ref"]) == (rev, 1, "default")
    repository.rename(repository.with_name("gone"))
    assert fetch(make_fetcher(), repository, rev=rev) == result


def test_a_dirty_work_tree(
    make_fetcher: MakeFetcher, store: Store, repository: Path, messages: Any
) -> None:
    """Taken as it is, without a revision; what is not tracked is left out."""
    (repository / "a").write_text("changed")
    (repository / "untracked").touch()
    result = fetch(make_fetcher(), repository)
    assert files(store, result) == {"a": "changed"}
    assert "rev" not in result
    assert messages.texts == [f"Mercurial tree '{repository}' is unclean"]
    with pytest.raises(FetchError, match="is unclean"):
        fetch(make_fetcher(allow_dirty=False), repository)


def test_branches(make_fetcher: MakeFetcher, store: Store, repository: Path) -> None:
    """By name; one that does not exist, and what is no name, are errors."""
    hg(repository, "branch", "other")
    commit(repository, a="other")
    assert files(store, fetch(make_fetcher(), repository, ref="other")) == {"a": "other"}
    assert files(store, fetch(make_fetcher(), repository)) == {"a": "1"}
    with pytest.raises(FetchError, match="program 'hg' failed"):
        fetch(make_fetcher(), repository, ref="absent")
    with pytest.raises(FetchError, match="is no name of a Mercurial branch"):
        fetch(make_fetcher(), repository, ref="--config=x")
