"""Git repositories: work trees, commits, references, submodules."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neve.errors import FetchError
from neve.fetch.fetcher import Fetcher
from neve.fetch.git import GitInput
from neve.store import Store

MakeFetcher = Callable[..., Fetcher]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

DATE = "2024-05-06T07:08:09+00:00"


def git(folder: Path, *words: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nowhere",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
    }
    options = ("-c", "user.name=n", "-c", "user.email=e", "-c", "protocol.file.allow=always")
    command = ["git", "-C", str(folder), *options, *words]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def commit(folder: Path, **files: str) -> str:
    """Writes files, `__` standing for `/` and `_dot_` for `.`; the commit."""
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "m")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, a="1")
    return folder


@pytest.fixture
def remote(tmp_path: Path, repository: Path) -> str:
    """The address of a bare copy."""
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "bare.git")
    return f"file://{tmp_path}/bare.git"


def fetch(fetcher: Fetcher, url: object, **arguments: Any) -> dict[str, Any]:
    attributes = {"type": "git", "url": str(url), "exportIgnore": True, **arguments}
    return fetcher.fetch("fetchGit", attributes)


def files(store: Store, result: dict[str, Any]) -> dict[str, str]:
    root = Path(store.real_path(result["outPath"]))
    return {
        str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()
    }


def test_a_clean_work_tree(make_fetcher: MakeFetcher, store: Store, repository: Path) -> None:
    """All attributes of a commit; what git does not track is left out."""
    rev = commit(repository, b="2")
    (repository / "untracked").write_text("x")
    result = fetch(make_fetcher(), repository)
    assert files(store, result) == {"a": "1", "b": "2"}
    assert result.pop("outPath").endswith("-source")
    assert result.pop("narHash").startswith("sha256-")
    assert result == {
        "rev": rev,
        "ref": "refs/heads/main",
        "revCount": 2,
        "lastModified": 1714979289,
    }


def test_a_dirty_work_tree(
    make_fetcher: MakeFetcher, store: Store, repository: Path, messages: Any
) -> None:
    """Taken as it is, without a revision and with a warning; refused where the settings say so."""
    head = git(repository, "rev-parse", "HEAD")
    (repository / "a").write_text("changed")
    result = fetch(make_fetcher(), repository)
    assert files(store, result) == {"a": "changed"}
    assert "rev" not in result
    assert result["dirtyRev"] == f"{head}-dirty"
    assert messages.texts == [f"Git tree '{repository}' is dirty"]
    with pytest.raises(FetchError, match="is dirty"):
        fetch(make_fetcher(allow_dirty=False), repository)


def test_deleted_files_and_links(make_fetcher: MakeFetcher, store: Store, repository: Path) -> None:
    """A deletion that git was not told of is one; a link stays what it is."""
    (repository / "link").symlink_to("/nowhere")
    (repository / "run").write_text("#!")
    (repository / "run").chmod(0o755)
    commit(repository)
    (repository / "a").unlink()
    root = Path(store.real_path(fetch(make_fetcher(), repository)["outPath"]))
    assert sorted(os.listdir(root)) == ["link", "run"]
    assert os.readlink(root / "link") == "/nowhere"
    assert os.access(root / "run", os.X_OK)


def test_a_commit_and_a_work_tree_give_the_same(
    make_fetcher: MakeFetcher, repository: Path, remote: str
) -> None:
    """One path for one state, whichever way it came."""
    rev = git(repository, "rev-parse", "HEAD")
    results = [
        fetch(make_fetcher(), repository),
        fetch(make_fetcher(), repository, ref="main"),
        fetch(make_fetcher(), repository, rev=rev),
        fetch(make_fetcher(), remote),
        fetch(make_fetcher(), remote, ref="refs/heads/main"),
        fetch(make_fetcher(cache_dir=None), remote, rev=rev),
    ]
    assert results[0].pop("ref") == "refs/heads/main"
    assert all(result == results[0] for result in results)


def test_a_revision_is_fetched_once(
    make_fetcher: MakeFetcher, tmp_path: Path, repository: Path, remote: str
) -> None:
    """With `rev`, the remote repository may be gone the second time."""
    rev = git(repository, "rev-parse", "HEAD")
    first = fetch(make_fetcher(), remote, rev=rev)
    (tmp_path / "bare.git/HEAD").rename(tmp_path / "gone")
    (tmp_path / "bare.git/HEAD").write_text("broken")
    assert fetch(make_fetcher(), remote, rev=rev) == first


def test_a_reference_is_fresh_for_a_while(
    make_fetcher: MakeFetcher, store: Store, repository: Path, remote: str
) -> None:
    """Within `tarball-ttl` nobody is asked, later the new commit is found."""
    assert files(store, fetch(make_fetcher(), remote)) == {"a": "1"}
    commit(repository, a="2")
    git(repository, "push", "--quiet", remote, "main")
    assert files(store, fetch(make_fetcher(), remote)) == {"a": "1"}
    assert files(store, fetch(make_fetcher(tarball_ttl=0), remote)) == {"a": "2"}


def test_commits_beside_the_reference(
    make_fetcher: MakeFetcher, store: Store, repository: Path, remote: str
) -> None:
    """A commit of another branch is found, by its hash or with `allRefs`; one that does not exist is named."""
    git(repository, "checkout", "--quiet", "-b", "other")
    rev = commit(repository, a="other")
    git(repository, "push", "--quiet", remote, "other")
    assert files(store, fetch(make_fetcher(), remote, rev=rev)) == {"a": "other"}
    result = fetch(make_fetcher(cache_dir=None), remote, rev=rev, allRefs=True)
    assert files(store, result) == {"a": "other"}
    absent = "1" * 40
    with pytest.raises(FetchError, match=f"Cannot find Git revision '{absent}' in ref 'HEAD'"):
        fetch(make_fetcher(), remote, rev=absent)
    with pytest.raises(FetchError, match="absent"):
        fetch(make_fetcher(), remote, ref="absent")


def test_shallow(make_fetcher: MakeFetcher, tmp_path: Path, repository: Path, remote: str) -> None:
    """Without history there is no count; a repository without it has to be allowed."""
    commit(repository, a="2")
    git(repository, "push", "--quiet", remote, "main")
    assert "revCount" not in fetch(make_fetcher(), remote, shallow=True)
    git(tmp_path, "clone", "--quiet", "--depth=1", remote, "shallow")
    with pytest.raises(FetchError, match="is a shallow Git repository"):
        fetch(make_fetcher(), tmp_path / "shallow")
    assert "revCount" not in fetch(make_fetcher(), tmp_path / "shallow", shallow=True)


def test_what_is_not_exported(
    make_fetcher: MakeFetcher, store: Store, repository: Path, remote: str
) -> None:
    """`export-ignore` leaves files and folders out of all kinds of fetches, unless told not to."""
    attributes = "out export-ignore\ndir export-ignore\n"
    commit(repository, _dot_gitattributes=attributes, out="x", dir__x="y")
    git(repository, "push", "--quiet", remote, "main")
    for url in (str(repository), remote):
        kept = files(store, fetch(make_fetcher(), url))
        assert kept == {"a": "1", ".gitattributes": attributes}
        everything = files(store, fetch(make_fetcher(), url, exportIgnore=False))
        assert set(everything) == {"a", ".gitattributes", "out", "dir/x"}


def test_contents_are_those_of_the_commit(
    make_fetcher: MakeFetcher, store: Store, repository: Path, remote: str
) -> None:
    """No line ending is converted and no keyword replaced."""
    text = "* text eol=crlf\n* export-subst\n"
    commit(repository, _dot_gitattributes=text, b="x\n$Format:%H$\n")
    git(repository, "push", "--quiet", remote, "main")
    assert files(store, fetch(make_fetcher(), remote))["b"] == "x\n$Format:%H$\n"


def test_submodules(make_fetcher: MakeFetcher, store: Store, tmp_path: Path, remote: str) -> None:
    """Empty folders, or with `submodules` what they stand for."""
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet", "--initial-branch=main")
    git(outer, "submodule", "--quiet", "add", remote, "inner")
    commit(outer, b="2")
    git(tmp_path, "clone", "--quiet", "--bare", str(outer), "outer.git")
    url = f"file://{tmp_path}/outer.git"
    without = fetch(make_fetcher(), url)
    assert set(files(store, without)) == {"b", ".gitmodules"}
    assert os.listdir(f"{store.real_path(without['outPath'])}/inner") == []
    result = fetch(make_fetcher(), url, submodules=True, exportIgnore=False)
    assert set(files(store, result)) == {"b", ".gitmodules", "inner/a"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rev": "main"}, "is no Git revision"),
        ({"ref": "--upload-pack=touch x"}, "invalid Git branch/tag name"),
        ({"ref": "a..b"}, "invalid Git branch/tag name"),
        ({"verifyCommit": True}, "not supported"),
        ({"url": "ext::sh -c touch"}, "cannot read the Git repository"),
        ({"url": "/nowhere/at/all"}, "is no Git repository"),
    ],
)
def test_bad_arguments(make_fetcher: MakeFetcher, arguments: dict[str, Any], words: str) -> None:
    """Nothing that looks like an option or a helper program reaches git."""
    with pytest.raises(FetchError, match=words):
        fetch(make_fetcher(), **{"url": "file:///nowhere", **arguments})


@pytest.mark.parametrize(
    ("url", "fixed"),
    [
        ("git@github.com:a/b.git", "ssh://git@github.com/a/b.git"),
        ("/a b", "file:///a%20b"),
        ("https://h/a.git", "https://h/a.git"),
        ("git+ssh://h/a", "ssh://h/a"),
    ],
)
def test_addresses(url: str, fixed: str) -> None:
    """Paths and the short form of ssh become addresses."""
    assert GitInput.parse({"url": url}).url == fixed
