"""Downloads whose hash is to be found out."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve import _core
from neve.errors import FetchError, HashMismatchError
from neve.fetch.addresses import url_opener
from neve.fetch.prefetch import Prefetch, prefetch

if TYPE_CHECKING:
    from neve.store import Store

OPEN = url_opener(None)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of a file."""
    (tmp_path / "file").write_bytes(b"hello")
    return f"file://{tmp_path}/file"


def archive(target: Path, *names: str) -> str:
    """The address of an archive of empty files."""
    with tarfile.open(target, "w") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    return f"file://{target}"


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_file_is_hashed_by_its_bytes(
    store: Store, file: str, algorithm: _core.HashAlgorithm
) -> None:
    """And called after its address."""
    path, digest = prefetch(store, OPEN, Prefetch(file, algorithm=algorithm))
    assert path.endswith("-file")
    assert digest == _core.hash_bytes(algorithm, b"hello")
    assert Path(store.real_path(path)).read_bytes() == b"hello"


def test_a_program_is_hashed_as_an_archive(store: Store, file: str) -> None:
    """So that the permission to run it counts."""
    path, digest = prefetch(store, OPEN, Prefetch(file, is_executable=True))
    assert Path(store.real_path(path)).stat().st_mode & 0o111
    assert digest == _core.summarise_path(store.real_path(path)).sha256


def test_archives_are_unpacked(store: Store, tmp_path: Path) -> None:
    """One entry is the result itself, several are a folder; none is an error."""
    for names, expected in ((("one",), None), (("a", "b"), {"a", "b"}), (("top/x",), {"x"})):
        wanted = Prefetch(archive(tmp_path / "x.tar", *names), must_unpack=True)
        tree = Path(store.real_path(prefetch(store, OPEN, wanted)[0]))
        assert ({entry.name for entry in tree.iterdir()} if tree.is_dir() else None) == expected
    with pytest.raises(FetchError, match="is empty"):
        prefetch(store, OPEN, Prefetch(archive(tmp_path / "x.tar"), must_unpack=True))


def test_what_is_expected(store: Store, file: str) -> None:
    """What is there is not downloaded again; another file is refused."""
    path, digest = prefetch(store, OPEN, Prefetch(file))
    gone = Prefetch("file:///none/file", expected=digest)
    assert prefetch(store, OPEN, gone) == (path, digest)
    with pytest.raises(HashMismatchError, match=f"hash mismatch for '{file}'"):
        prefetch(store, OPEN, Prefetch(file, expected=bytes(32)))


@pytest.mark.parametrize(
    ("url", "words"),
    [("https://h/", "cannot figure out file name"), ("https://h/a b", "--name")],
)
def test_addresses_without_a_name(store: Store, url: str, words: str) -> None:
    """They say which option gives one."""
    with pytest.raises(FetchError, match=words):
        prefetch(store, OPEN, Prefetch(url))
