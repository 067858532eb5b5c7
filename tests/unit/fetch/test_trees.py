"""Trees of every type, references to them, and the registry of short names."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neve import _core
from neve.errors import FetchError, HashMismatchError, RestrictedError
from neve.fetch.fetcher import Fetcher
from neve.fetch.trees import archive_url, newest_url, parse_reference
from neve.store import Store

MakeFetcher = Callable[..., Fetcher]

REV = "0123456789abcdef0123456789abcdef01234567"


def make_archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("top/x")
        info.mtime = 86400
        archive.addfile(info)
    return gzip.compress(out.getvalue(), mtime=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nixpkgs", {"type": "indirect", "id": "nixpkgs"}),
        ("flake:nixpkgs/main", {"type": "indirect", "id": "nixpkgs", "ref": "main"}),
        ("github:o/r", {"type": "github", "owner": "o", "repo": "r"}),
        ("github:o/r/a/b", {"type": "github", "owner": "o", "repo": "r", "ref": "a/b"}),
        (f"gitlab:o/r/{REV}", {"type": "gitlab", "owner": "o", "repo": "r", "rev": REV}),
        (
            "sourcehut:~o/r?host=h.org",
            {"type": "sourcehut", "owner": "~o", "repo": "r", "host": "h.org"},
        ),
        (
            "git+https://h/r?ref=x&submodules=1",
            {"type": "git", "url": "https://h/r", "ref": "x", "submodules": True},
        ),
        ("git://h/r", {"type": "git", "url": "git://h/r"}),
        ("path:/a/b", {"type": "path", "path": "/a/b"}),
        ("https://h/a.tar.gz", {"type": "tarball", "url": "https://h/a.tar.gz"}),
        ("https://h/a?b=c", {"type": "file", "url": "https://h/a?b=c"}),
        ("tarball+http://h/a?narHash=x", {"type": "tarball", "url": "http://h/a", "narHash": "x"}),
        ("file+file:///a.zip", {"type": "file", "url": "file:///a.zip"}),
    ],
)
def test_references(text: str, expected: dict[str, object]) -> None:
    """Each form stands for the attributes that a set would have."""
    assert parse_reference(text) == expected


@pytest.mark.parametrize("text", ["", "a/b/c/d", "github:o", "gopher://h", "weird+https://h/x"])
def test_bad_references(text: str) -> None:
    """The message names what was given."""
    with pytest.raises(FetchError, match=r"unsupported|invalid"):
        parse_reference(text)


@pytest.mark.parametrize(
    ("reference", "archive", "newest"),
    [
        (
            "github:o/r/x",
            f"https://github.com/o/r/archive/{REV}.tar.gz",
            "https://api.github.com/repos/o/r/commits/x",
        ),
        (
            "github:o/r?host=g.org",
            f"https://g.org/o/r/archive/{REV}.tar.gz",
            "https://g.org/api/v3/repos/o/r/commits/HEAD",
        ),
        (
            "gitlab:o/r/x",
            f"https://gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?sha={REV}",
            "https://gitlab.com/api/v4/projects/o%2Fr/repository/commits?ref_name=x",
        ),
        (
            "sourcehut:~o/r",
            f"https://git.sr.ht/~o/r/archive/{REV}.tar.gz",
            "https://git.sr.ht/~o/r/info/refs",
        ),
    ],
)
def test_addresses_of_forges(reference: str, archive: str, newest: str) -> None:
    """Where each serves archives and says what is newest."""
    arguments = parse_reference(reference)
    assert archive_url(arguments, REV) == archive
    assert newest_url(arguments) == newest


@pytest.mark.parametrize(
    "arguments",
    [
        {"type": "github", "owner": "o", "repo": "r", "host": "h/../x"},
        {"type": "github", "owner": "o", "repo": "r", "ref": "../../x y"},
        {"type": "github", "owner": "o"},
    ],
)
def test_forges_are_not_led_astray(arguments: dict[str, str]) -> None:
    """Hosts, references and names that would change the address are refused."""
    with pytest.raises(FetchError):
        newest_url(arguments)


def test_a_tarball(site: Any, make_fetcher: MakeFetcher, store: Store) -> None:
    """Its tree, its hash, and when its newest entry was changed."""
    site.files["/x.tar.gz"] = make_archive()
    arguments = {"type": "tarball", "url": f"{site.url}/x.tar.gz"}
    result = make_fetcher().fetch("fetchTree", arguments)
    info = store.query_path_info(result["outPath"])
    assert result == {
        "outPath": info.path,
        "narHash": _core.encode_hash(info.nar_sha256, "sha256", "sri"),
        "lastModified": 86400,
        "lastModifiedDate": "19700102000000",
    }
    by_reference = make_fetcher().fetch("fetchTree", {"url": f"{site.url}/x.tar.gz"})
    assert by_reference == result
    pinned = {**arguments, "narHash": result["narHash"]}
    assert make_fetcher().fetch("fetchTree", pinned) == result
    wrong = _core.encode_hash(bytes(32), "sha256", "sri")
    with pytest.raises(HashMismatchError) as caught:
        make_fetcher().fetch("fetchTree", {**arguments, "narHash": wrong})
    assert str(caught.value).endswith(f"expected '{wrong}' but got '{result['narHash']}'")
    assert caught.value.exit_status == 102


def test_a_file_and_a_path(
    site: Any, make_fetcher: MakeFetcher, store: Store, tmp_path: Path
) -> None:
    """A file is not unpacked; a path is copied."""
    site.files["/x.tar.gz"] = b"data"
    found = make_fetcher().fetch("fetchTree", {"type": "file", "url": f"{site.url}/x.tar.gz"})
    assert Path(store.real_path(found["outPath"])).read_bytes() == b"data"
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a").write_text("1")
    copied = make_fetcher().fetch("fetchTree", {"url": f"path:{tmp_path}/tree"})
    assert Path(store.real_path(copied["outPath"]), "a").read_text() == "1"
    with pytest.raises(FetchError, match="does not exist"):
        make_fetcher().fetch("fetchTree", {"type": "path", "path": "/nowhere/x"})
    with pytest.raises(FetchError, match="is not absolute"):
        make_fetcher().fetch("fetchTree", {"type": "path", "path": "x"})


def test_the_registry(make_fetcher: MakeFetcher, tmp_path: Path) -> None:
    """A short name stands for what the registry says; one that it lacks is named."""
    (tmp_path / "tree").mkdir()
    registry = tmp_path / "registry.json"
    to = {"type": "path", "path": f"{tmp_path}/tree"}
    registry.write_text(
        json.dumps({"flakes": [{"from": {"type": "indirect", "id": "mine"}, "to": to}]})
    )
    fetcher = make_fetcher(flake_registry=str(registry))
    assert fetcher.fetch("fetchTree", {"url": "mine"})["outPath"].endswith("-source")
    with pytest.raises(FetchError, match="cannot find flake 'flake:other' in the flake registry"):
        fetcher.fetch("fetchTree", {"type": "indirect", "id": "other"})
    registry.write_text("no json")
    with pytest.raises(FetchError, match="cannot read the flake registry"):
        fetcher.fetch("fetchTree", {"url": "mine"})


def test_the_own_package_set_is_for_what_is_not_pinned(
    make_fetcher: MakeFetcher, store: Store, tmp_path: Path
) -> None:
    """`github:NixOS/nixpkgs` without a revision is answered here; with one, it is fetched."""
    (tmp_path / "own").mkdir()
    own = store.add_path(str(tmp_path / "own")).path
    fetcher = make_fetcher(provide=lambda: own, restrict_eval=True)
    assert fetcher.fetch("fetchTree", {"url": "nixpkgs"})["outPath"] == own
    assert fetcher.fetch("fetchTree", {"url": "github:NixOS/nixpkgs/master"})["outPath"] == own
    with pytest.raises(RestrictedError):
        fetcher.fetch("fetchTree", {"url": f"github:NixOS/nixpkgs/{REV}"})


@pytest.mark.parametrize(
    "arguments",
    [
        {"type": "hg", "url": "x"},
        {"owner": "x", "repo": "y"},
        {"type": "git"},
        {"type": "file", "url": "x", "name": "y"},
    ],
)
def test_bad_arguments(make_fetcher: MakeFetcher, arguments: dict[str, str]) -> None:
    """An unknown type, none, and a missing address."""
    with pytest.raises(FetchError, match=r"supported|'type' is missing|'url' is missing"):
        make_fetcher().fetch("fetchTree", arguments)
