"""Files and archives from a web server, with and without hashes."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neve import _core
from neve.errors import FetchError, HashMismatchError, TransferError
from neve.fetch.fetcher import Fetcher, Services
from neve.fetch.provider import stands_for_nixpkgs
from neve.store import Store

MakeFetcher = Callable[..., Fetcher]


def make_archive(text: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("top-1.0/default.nix")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(out.getvalue(), mtime=0)


def sri(data: bytes) -> str:
    return _core.encode_hash(_core.hash_bytes("sha256", data), "sha256", "sri")


def tree_hash(text: str, folder: Path) -> str:
    tree = folder / "tree"
    tree.mkdir()
    (tree / "default.nix").write_text(text)
    return _core.encode_hash(_core.summarise_path(str(tree)).sha256, "sha256", "sri")


def fetch(fetcher: Fetcher, function: str, **arguments: Any) -> str:
    name = "source" if function == "fetchTarball" else arguments["url"].rpartition("/")[2]
    arguments.setdefault("name", name)
    return str(fetcher.fetch(function, arguments)["outPath"])


def test_a_file_is_named_after_its_address(
    site: Any, make_fetcher: MakeFetcher, store: Store
) -> None:
    """`fetchurl` gives a store path that is content-addressed by the file's hash."""
    site.files["/dir/x.txt"] = b"hello"
    path = fetch(make_fetcher(), "fetchurl", url=f"{site.url}/dir/x.txt")
    digest = _core.hash_bytes("sha256", b"hello")
    expected = _core.make_fixed_output_path("x.txt", "flat", "sha256", digest, (), store.store_dir)
    assert path == expected
    assert Path(store.real_path(path)).read_bytes() == b"hello"
    assert store.verify(check_contents=True)


def test_an_archive_loses_its_top_directory(
    site: Any, make_fetcher: MakeFetcher, store: Store, tmp_path: Path
) -> None:
    """`fetchTarball` gives the tree, named `source`, content-addressed by its NAR hash."""
    site.files["/x.tar.gz"] = make_archive("1")
    path = fetch(make_fetcher(), "fetchTarball", url=f"{site.url}/x.tar.gz")
    assert path.endswith("-source")
    assert os.listdir(store.real_path(path)) == ["default.nix"]
    hashed = tree_hash("1", tmp_path)
    again = fetch(make_fetcher(), "fetchTarball", url="http://nowhere.invalid/x", sha256=hashed)
    assert again == path


def test_a_path_that_is_valid_needs_no_network(site: Any, make_fetcher: MakeFetcher) -> None:
    """With the hash, the second fetch asks nobody."""
    site.files["/x"] = b"hello"
    for _ in range(2):
        fetch(make_fetcher(), "fetchurl", url=f"{site.url}/x", sha256=sri(b"hello"))
    assert site.asked == ["GET /x 200"]


@pytest.mark.parametrize("function", ["fetchurl", "fetchTarball"])
def test_another_hash_is_an_error_in_nix_s_words(
    site: Any, make_fetcher: MakeFetcher, tmp_path: Path, function: str
) -> None:
    """Specified and got, and the exit status of a wrong hash."""
    site.files["/x"] = make_archive("1")
    right = sri(site.files["/x"]) if function == "fetchurl" else tree_hash("1", tmp_path)
    zero = _core.encode_hash(bytes(32), "sha256", "nix32", prefix=True)
    got = _core.encode_hash(_core.parse_hash(right)[1], "sha256", "nix32", prefix=True)
    with pytest.raises(HashMismatchError) as caught:
        fetch(make_fetcher(), function, url=f"{site.url}/x", sha256=zero)
    assert str(caught.value) == (
        f"hash mismatch in file downloaded from '{site.url}/x':\n  specified: {zero}\n  got:       {got}"
    )
    assert caught.value.exit_status == 102


def test_what_is_fresh_is_not_asked_for(site: Any, make_fetcher: MakeFetcher) -> None:
    """Within `tarball-ttl` an archive is taken as it was."""
    site.files["/x"] = make_archive("1")
    path = fetch(make_fetcher(), "fetchTarball", url=f"{site.url}/x")
    site.files["/x"] = make_archive("2")
    assert fetch(make_fetcher(), "fetchTarball", url=f"{site.url}/x") == path
    assert site.asked == ["GET /x 200"]


def test_what_is_old_is_asked_for_by_its_etag(site: Any, make_fetcher: MakeFetcher) -> None:
    """The server says that it has not changed, and later that it has."""
    site.files["/x"] = make_archive("1")
    path = fetch(make_fetcher(tarball_ttl=0), "fetchTarball", url=f"{site.url}/x")
    assert fetch(make_fetcher(tarball_ttl=0), "fetchTarball", url=f"{site.url}/x") == path
    site.files["/x"] = make_archive("2")
    assert fetch(make_fetcher(tarball_ttl=0), "fetchTarball", url=f"{site.url}/x") != path
    assert site.asked == ["GET /x 200", "GET /x 304", "GET /x 200"]


def test_a_server_that_fails_leaves_the_old_archive(
    site: Any, make_fetcher: MakeFetcher, messages: Any
) -> None:
    """With a warning; a hash that does not fit is never taken from memory."""
    site.files["/x"] = make_archive("1")
    path = fetch(make_fetcher(tarball_ttl=0), "fetchTarball", url=f"{site.url}/x")
    site.broken.add("/x")
    assert fetch(make_fetcher(tarball_ttl=0), "fetchTarball", url=f"{site.url}/x") == path
    assert [text for text in messages.texts if text.endswith("; using cached version")]
    with pytest.raises(TransferError, match="HTTP error 501"):
        fetch(make_fetcher(), "fetchTarball", url=f"{site.url}/x", sha256=sri(b"other"))


def test_a_broken_download_goes_on_where_it_stopped(
    site: Any, make_fetcher: MakeFetcher, store: Store
) -> None:
    """The second request asks for the rest only."""
    data = os.urandom(300_000)
    site.files["/x"] = data
    site.cut["/x"] = 100_000
    path = fetch(make_fetcher(), "fetchurl", url=f"{site.url}/x")
    assert Path(store.real_path(path)).read_bytes() == data
    assert site.asked == ["GET /x 200", "GET /x 206"]
    assert site.headers["range"].startswith("bytes=")


def test_redirections_are_followed(site: Any, make_fetcher: MakeFetcher) -> None:
    """The name stays that of the first address."""
    site.files["/b"] = b"x"
    site.redirects["/a"] = "/b"
    assert fetch(make_fetcher(), "fetchurl", url=f"{site.url}/a").endswith("-a")


def test_a_missing_file_names_the_address(site: Any, make_fetcher: MakeFetcher) -> None:
    """And the server's answer."""
    with pytest.raises(TransferError, match=rf"unable to download '{site.url}/x': HTTP error 404"):
        fetch(make_fetcher(), "fetchurl", url=f"{site.url}/x")


def test_the_environment_names_a_proxy(
    site: Any, make_fetcher: MakeFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is asked for the whole address."""
    site.files["http://example.invalid/x"] = b"x"
    fetcher = make_fetcher()
    monkeypatch.setenv("http_proxy", site.url)
    assert fetch(fetcher, "fetchurl", url="http://example.invalid/x").endswith("-x")
    assert site.asked == ["GET http://example.invalid/x 200"]


def test_files_of_this_machine(make_fetcher: MakeFetcher, tmp_path: Path) -> None:
    """`file://` is read anew each time; a file that is missing is named."""
    file = tmp_path / "a b.tar.gz"
    file.write_bytes(make_archive("1"))
    url = f"file://{tmp_path}/a%20b.tar.gz"
    first = fetch(make_fetcher(), "fetchTarball", url=url)
    file.write_bytes(make_archive("2"))
    assert fetch(make_fetcher(), "fetchTarball", url=url) != first
    with pytest.raises(FetchError, match="No such file or directory"):
        fetch(make_fetcher(), "fetchurl", url="file:///nowhere/x")


def test_what_is_no_archive_leaves_nothing(
    site: Any, make_fetcher: MakeFetcher, store: Store
) -> None:
    """The error names the address, and the store is as before."""
    site.files["/x"] = b"<html>moved</html>"
    with pytest.raises(FetchError, match=rf"cannot unpack the archive '{site.url}/x': "):
        fetch(make_fetcher(), "fetchTarball", url=f"{site.url}/x")
    assert store.query_all_valid_paths() == set()
    left = set(os.listdir(store.real_path(store.store_dir))) - {".links"}
    assert left == set()


def test_an_unknown_kind_of_address(make_fetcher: MakeFetcher) -> None:
    """It is named before anything is asked of anybody."""
    with pytest.raises(FetchError, match="only http, https and file are understood"):
        fetch(make_fetcher(), "fetchurl", url="gopher://h/a")


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/NixOS/nixpkgs/tarball/nixos-23.11",
        "https://github.com/NixOS/nixpkgs/archive/nixos-23.11.tar.gz",
        "https://github.com/nixos/nixpkgs/archive/refs/heads/master.zip",
        "https://api.github.com/repos/NixOS/nixpkgs/tarball/master",
        "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
        "https://nixos.org/channels/nixpkgs-unstable/nixexprs.tar.xz",
        "https://nixos.org/channels/nixos-23.11",
        "github:NixOS/nixpkgs",
        "flake:nixpkgs",
        "github:NixOS/nixpkgs/nixos-23.11",
    ],
)
def test_addresses_of_nixpkgs(address: str) -> None:
    """Branches, tags, commits and channels, wherever they are served."""
    assert stands_for_nixpkgs(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/NixOS/nixpkgs-channels/archive/x.tar.gz",
        "https://github.com/NixOS/nixpkgs/pull/1.diff",
        "https://github.com/other/nixpkgs/archive/master.tar.gz",
        "https://example.org/?https://github.com/NixOS/nixpkgs/archive/x.tar.gz",
        "github:NixOS/nixpkgs-review",
        "flake:nixpkgs-unstable",
    ],
)
def test_other_addresses_are_fetched(address: str) -> None:
    """What only looks similar is somebody else's."""
    assert not stands_for_nixpkgs(address)


def test_the_own_package_set_answers_and_says_so_once(
    make_fetcher: MakeFetcher, messages: Any
) -> None:
    """One line for an address, naming the setting."""
    fetcher = make_fetcher(services=Services(provide=lambda: "/nix/store/x"))
    for _ in range(2):
        assert fetch(fetcher, "fetchTarball", url="channel:nixos-23.11") == "/nix/store/x"
    [said] = messages.texts
    assert "nixos-23.11" in said
    assert "'nixpkgs-provider' is 'embedded'" in said


def test_a_hash_is_always_fetched(make_fetcher: MakeFetcher, store: Store, tmp_path: Path) -> None:
    """Whoever pins nixpkgs gets what was pinned, never the own package set."""
    (tmp_path / "source").mkdir()
    path = store.add_path(str(tmp_path / "source")).path
    fetcher = make_fetcher(services=Services(provide=lambda: "/nix/store/x"))
    url = "https://github.com/NixOS/nixpkgs/archive/master.tar.gz"
    hashed = store.query_path_info(path).nar_hash
    assert fetch(fetcher, "fetchTarball", url=url, sha256=hashed) == path
