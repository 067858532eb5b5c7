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
from neve.errors import FetchError, HashMismatchError
from neve.fetch.fetcher import Fetcher, Services
from neve.fetch.registry import Entry, Registries
from neve.fetch.trees import archive_url, newest_url
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
    ("reference", "archive", "newest"),
    [
        (
            "github:o/r/x",
            f"https://github.com/o/r/archive/{REV}.tar.gz",
            "https://api.github.com/repos/o/r/commits/x",
        ),
        (
            "github:o/r?host=g.org",
            f"https://g.org/api/v3/repos/o/r/tarball/{REV}",
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
    arguments = _core.parse_flake_ref(reference)
    assert archive_url(arguments, REV) == archive
    assert newest_url(arguments) == newest


def test_github_serves_private_archives_elsewhere() -> None:
    """The address for browsers takes no token."""
    arguments = _core.parse_flake_ref("github:o/r")
    found = archive_url(arguments, REV, has_token=True)
    assert found == f"https://api.github.com/repos/o/r/tarball/{REV}"


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
    }
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
    copied = make_fetcher().fetch("fetchTree", {"type": "path", "path": f"{tmp_path}/tree"})
    assert Path(store.real_path(copied["outPath"]), "a").read_text() == "1"
    with pytest.raises(FetchError, match="does not exist"):
        make_fetcher().fetch("fetchTree", {"type": "path", "path": "/nowhere/x"})
    with pytest.raises(FetchError, match="is not absolute"):
        make_fetcher().fetch("fetchTree", {"type": "path", "path": "x"})


def indirect(name: str, **more: str) -> dict[str, str]:
    return {"type": "indirect", "id": name, **more}


def write_registry(file: Path, **names: object) -> str:
    """A registry in which each name stands for attributes."""
    entries = [{"from": indirect(name), "to": to} for name, to in names.items()]
    file.write_text(json.dumps({"version": 2, "flakes": entries}))
    return str(file)


def test_the_registry(make_fetcher: MakeFetcher, tmp_path: Path) -> None:
    """A short name stands for what the registry says; one that it lacks is named."""
    (tmp_path / "tree").mkdir()
    to = {"type": "path", "path": f"{tmp_path}/tree"}
    registry = write_registry(tmp_path / "registry.json", mine=to, chain=indirect("mine"))
    fetcher = make_fetcher(flake_registry=registry)
    for name in ("mine", "chain"):
        assert fetcher.fetch("fetchTree", indirect(name))["outPath"].endswith("-source")
    with pytest.raises(FetchError, match="cannot find flake 'flake:other' in the flake registries"):
        fetcher.fetch("fetchTree", indirect("other"))
    Path(registry).write_text("no json")
    with pytest.raises(FetchError, match="cannot read the flake registry"):
        fetcher.fetch("fetchTree", indirect("mine"))
    with pytest.raises(FetchError, match="registry lookups are not allowed"):
        make_fetcher(use_registries=False).fetch("fetchTree", indirect("mine"))


def test_registries_of_the_user_come_first(make_fetcher: MakeFetcher, tmp_path: Path) -> None:
    """But not for what a flake asks for, which is the same for everybody."""
    for name in ("own", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    own, shared = ({"type": "path", "path": f"{tmp_path}/{name}"} for name in ("own", "shared"))
    fetcher = make_fetcher(
        registry_files=(write_registry(tmp_path / "user.json", x=own), f"{tmp_path}/none.json"),
        flake_registry=write_registry(tmp_path / "global.json", x=shared),
    )
    assert Path(fetcher.fetch_tree(indirect("x")).folder, "own").exists()
    assert Path(fetcher.fetch_tree(indirect("x"), is_limited=True).folder, "shared").exists()


def test_entries_of_registries() -> None:
    """A name with a version keeps it; an exact entry means nothing else; a circle is found."""
    target = {"type": "github", "owner": "o", "repo": "r", "ref": "main"}
    plain = Entry(indirect("x"), target)
    assert plain.apply(indirect("x")) == target
    assert plain.apply(indirect("x", ref="b")) == {**target, "ref": "b"}
    assert plain.apply(indirect("y")) is None
    exact = Entry(indirect("x", ref="a"), target, is_exact=True)
    assert exact.apply(indirect("x", ref="a")) == target
    assert exact.apply(indirect("x")) is None
    circle = {"version": 2, "flakes": [{"from": indirect("x"), "to": indirect("x")}]}
    registries = Registries(read_global=lambda: json.dumps(circle))
    with pytest.raises(FetchError, match="cycle detected in flake registry for 'flake:x'"):
        registries.resolve(indirect("x"))


def test_the_own_package_set_is_for_what_is_not_pinned(
    make_fetcher: MakeFetcher, store: Store, tmp_path: Path
) -> None:
    """`github:NixOS/nixpkgs` without a revision is answered here; with one, it is fetched."""
    (tmp_path / "own").mkdir()
    own = store.add_path(str(tmp_path / "own")).path
    fetcher = make_fetcher(services=Services(provide=lambda: own))
    assert fetcher.fetch("fetchTree", indirect("nixpkgs"))["outPath"] == own
    upstream = {"type": "github", "owner": "NixOS", "repo": "nixpkgs"}
    assert fetcher.fetch("fetchTree", {**upstream, "ref": "master"})["outPath"] == own
    wrong = {**upstream, "rev": "no revision"}
    with pytest.raises(FetchError, match="is no Git revision"):
        fetcher.fetch("fetchTree", wrong)


def test_a_final_tree_needs_its_source_last(
    make_fetcher: MakeFetcher, store: Store, tmp_path: Path
) -> None:
    """What a lock file pins is taken from the store, then from a binary cache, and only then from where it came."""
    (tmp_path / "tree").mkdir()
    info = store.add_path(str(tmp_path / "tree"), name="source")
    digest = _core.encode_hash(info.nar_sha256, "sha256", "sri")
    final = {"type": "path", "path": "/nowhere", "narHash": digest, "__final": True}
    assert make_fetcher().fetch("fetchTree", final)["outPath"] == info.path
    absent = {**final, "narHash": _core.encode_hash(bytes(32), "sha256", "sri")}
    cached = make_fetcher(services=Services(substitute=lambda path: path.endswith("-source")))
    assert cached.fetch("fetchTree", absent)["outPath"] != info.path
    without = make_fetcher(services=Services(substitute=lambda _: False))
    with pytest.raises(FetchError, match="does not exist"):
        without.fetch("fetchTree", absent)
