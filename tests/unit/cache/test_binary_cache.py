"""Binary caches in folders and on servers."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve.errors import CacheError, HashMismatchError, InvalidPathError, StoreError
from neve.store import PathInfo
from neve.store.keys import SecretKey, is_good_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.cache.conftest import WebServer

    from neve.cache.binary_cache import BinaryCache
    from neve.cache.opening import StoreOpener
    from neve.store import Store


def add(cache: BinaryCache, store: Store, path: str) -> None:
    archive = io.BytesIO()
    store.dump_nar(path, archive.write)
    archive.seek(0)
    cache.add_nar(store.query_path_info(path), archive.read)


@pytest.fixture
def path(store: Store) -> str:
    return store.add_text("a", b"content")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_object_becomes_files(opener: StoreOpener, store: Store, path: str, folder: Path) -> None:
    """Archive, metadata and the cache's own file; the archive is named after its compressed bytes."""
    cache = opener.open_cache(f"file://{folder}?compression=zstd&write-nar-listing=true")
    add(cache, store, path)
    info = cache.query_path_info(path)
    assert (folder / "nix-cache-info").read_text() == "StoreDir: /nix/store\n"
    assert sorted(os.listdir(folder)) == sorted(
        ["nar", "nix-cache-info", f"{path[11:43]}.ls", f"{path[11:43]}.narinfo"]
    )
    assert info.url.startswith("nar/")
    assert info.url.endswith(".nar.zst")
    assert (folder / info.url).stat().st_size == info.file_size
    assert json.loads((folder / f"{path[11:43]}.ls").read_text()) == {
        "version": 1,
        "root": {"type": "regular", "size": 7, "narOffset": 96},
    }
    out = io.BytesIO()
    cache.dump_nar(path, out.write)
    expected = io.BytesIO()
    store.dump_nar(path, expected.write)
    assert out.getvalue() == expected.getvalue()


def test_another_reader_sees_the_same(
    opener: StoreOpener, store: Store, path: str, folder: Path
) -> None:
    """What was written is read from the files, not from memory."""
    add(opener.open_cache(f"file://{folder}"), store, path)
    cache = opener.open_cache(f"file://{folder}")
    assert cache.is_valid_path(path)
    assert cache.query_all_valid_paths() == {path}
    assert cache.query_path_from_hash_part(path[11:43]) == path
    assert cache.query_path_info(path).nar_sha256 == store.query_path_info(path).nar_sha256
    with pytest.raises(InvalidPathError):
        cache.query_path_info(f"/nix/store/{'0' * 32}-x")


def test_objects_are_signed(
    opener: StoreOpener, store: Store, path: str, folder: Path, tmp_path: Path
) -> None:
    """Keys in the address sign all that is written; signatures can be added later."""
    one, two = SecretKey.generate("one"), SecretKey.generate("two")
    (tmp_path / "key").write_text(one.text)
    cache = opener.open_cache(f"file://{folder}?secret-key={tmp_path}/key")
    add(cache, store, path)
    info = cache.query_path_info(path)
    [signature] = info.signatures
    assert is_good_signature(info, signature, [one.public_key])
    cache.add_signatures(path, [two.sign(info)])
    assert len(opener.open_cache(f"file://{folder}").query_path_info(path).signatures) == 2


def test_references_must_be_there(
    opener: StoreOpener, store: Store, path: str, folder: Path
) -> None:
    """A cache is closed under references, as a store is."""
    user = store.add_text("user", b"u", [path])
    cache = opener.open_cache(f"file://{folder}")
    with pytest.raises(CacheError, match=f"because the reference '{path}' is not valid"):
        add(cache, store, user)
    add(cache, store, path)
    add(cache, store, user)


def test_wrong_archive_is_not_uploaded(
    opener: StoreOpener, store: Store, path: str, folder: Path
) -> None:
    """Damage of a store does not spread to a cache."""
    info = store.query_path_info(path)
    wrong = PathInfo(info.path, bytes(32), info.nar_size)
    archive = io.BytesIO()
    store.dump_nar(path, archive.write)
    cache = opener.open_cache(f"file://{folder}")
    with pytest.raises(HashMismatchError):
        cache.add_nar(wrong, io.BytesIO(archive.getvalue()).read)
    with pytest.raises(StoreError, match="damaged"):
        cache.add_nar(info, io.BytesIO(archive.getvalue()[:-1]).read)
    assert os.listdir(folder) == ["nix-cache-info"]


def test_cache_says_how_it_wants_to_be_used(opener: StoreOpener, folder: Path) -> None:
    """Priority and mass queries come from the cache, unless the address says otherwise."""
    folder.mkdir()
    (folder / "nix-cache-info").write_text("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n")
    cache = opener.open_cache(f"file://{folder}")
    assert (cache.priority, cache.wants_mass_query) == (30, True)
    cache = opener.open_cache(f"file://{folder}?priority=5&want-mass-query=false")
    assert (cache.priority, cache.wants_mass_query) == (5, False)


def test_cache_for_another_store_is_refused(opener: StoreOpener, folder: Path) -> None:
    """Paths of one store mean nothing in another."""
    folder.mkdir()
    (folder / "nix-cache-info").write_text("StoreDir: /other/store\n")
    with pytest.raises(CacheError, match="is for Nix stores with prefix '/other/store'"):
        _ = opener.open_cache(f"file://{folder}").priority


def test_lying_metadata_is_refused(
    opener: StoreOpener, store: Store, path: str, folder: Path
) -> None:
    """A narinfo about another path, one that is none, and an archive that is another."""
    cache = opener.open_cache(f"file://{folder}?compression=none")
    add(cache, store, path)
    other = store.add_text("other", b"other")
    add(cache, store, other)
    narinfo = folder / f"{path[11:43]}.narinfo"
    good = narinfo.read_text()
    narinfo.write_text((folder / f"{other[11:43]}.narinfo").read_text())
    with pytest.raises(CacheError, match="is about"):
        opener.open_cache(f"file://{folder}").query_path_info(path)
    narinfo.write_bytes(b"\xff\n")
    with pytest.raises(CacheError, match="corrupt"):
        opener.open_cache(f"file://{folder}").query_path_info(path)
    narinfo.write_text(good)
    archive = folder / cache.query_path_info(path).url
    archive.chmod(0o644)
    archive.write_bytes((folder / cache.query_path_info(other).url).read_bytes())
    with pytest.raises(HashMismatchError, match="damaged, truncated or exchanged"):
        cache.dump_nar(path, io.BytesIO().write)


def test_archive_outside_the_folder_is_not_read(
    opener: StoreOpener, store: Store, path: str, folder: Path, tmp_path: Path
) -> None:
    """A narinfo cannot make us read files that are not the cache's."""
    cache = opener.open_cache(f"file://{folder}?compression=none")
    add(cache, store, path)
    narinfo = folder / f"{path[11:43]}.narinfo"
    for url in ("../secret", "/etc/passwd", "nar/../../secret"):
        text = narinfo.read_text().replace(cache.query_path_info(path).url, url)
        (tmp_path / "changed").mkdir(exist_ok=True)
        (tmp_path / "changed" / narinfo.name).write_text(text)
        with pytest.raises(CacheError, match="not below it"):
            opener.open_cache(f"file://{tmp_path}/changed").dump_nar(path, io.BytesIO().write)


def test_logs_are_kept(opener: StoreOpener, folder: Path) -> None:
    """By the name of the derivation."""
    cache = opener.open_cache(f"file://{folder}")
    derivation = f"/nix/store/{'a' * 32}-x.drv"
    assert cache.read_build_log(derivation) is None
    cache.write_build_log(derivation, b"words")
    assert (folder / "log" / derivation[11:]).read_bytes() == b"words"
    assert cache.read_build_log(derivation) == b"words"


def test_answers_are_remembered(
    make_opener: Callable[..., StoreOpener], web: WebServer, store: Store, path: str, tmp_path: Path
) -> None:
    """A remote cache is asked once for what it has and for what it has not, also by the next process."""
    first = make_opener(cache_dir=str(tmp_path / "answers"))
    add(first.open_cache(web.url), store, path)
    missing = f"/nix/store/{'0' * 32}-x"
    assert not first.open_cache(web.url).is_valid_path(missing)
    web.requests.clear()
    cache = make_opener(cache_dir=str(tmp_path / "answers")).open_cache(web.url)
    assert cache.query_path_info(path).nar_size == store.query_path_info(path).nar_size
    assert not cache.is_valid_path(missing)
    assert web.requests == []


def test_server_that_is_no_cache_is_told_so(opener: StoreOpener, web: WebServer) -> None:
    """It has no file about itself and takes none."""
    web.before = lambda _, handler: handler.command == "PUT" and web.send(handler, 405, b"")
    with pytest.raises(CacheError, match="does not appear to be a binary cache"):
        _ = opener.open_cache(web.url).priority
