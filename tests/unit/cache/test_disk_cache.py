"""Answers of caches, kept on the disk."""

from pathlib import Path

import pytest

from neve.cache.disk_cache import DiskCache
from neve.cache.narinfo import NarInfo
from neve.cache.settings import DiskCacheSettings

A = f"/nix/store/{'a' * 32}-a"
INFO = NarInfo(
    A,
    bytes(range(32)),
    120,
    frozenset({A}),
    deriver=f"/nix/store/{'d' * 32}-a.drv",
    signatures=frozenset({"k:1", "k:2"}),
    content_address=None,
    url="nar/x",
    compression="zstd",
    file_sha256=bytes(32),
    file_size=7,
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "sub" / "binary-cache-v7.sqlite")


def test_answers_are_found_again(file: str) -> None:
    """Good and bad ones, by another process as well."""
    first = DiskCache(file, DiskCacheSettings())
    cache = first.remember_cache("http://c", "/nix/store", wants_mass_query=True, priority=41)
    assert cache is not None
    first.remember(cache, INFO, "a" * 32)
    first.remember_missing(cache, "b" * 32)
    first.close()
    second = DiskCache(file, DiskCacheSettings())
    found = second.find_cache("http://c")
    assert found == cache
    assert found is not None
    assert (found.wants_mass_query, found.priority) == (True, 41)
    assert second.find(found, "a" * 32) == INFO
    assert second.find(found, "b" * 32) is False
    assert second.find(found, "c" * 32) is None
    assert second.find_cache("http://other") is None
    second.close()


def test_old_answers_do_not_count(file: str) -> None:
    """Each kind has an age of its own at which it is asked again."""
    cache = DiskCache(file, DiskCacheSettings())
    known = cache.remember_cache("http://c", "/nix/store", wants_mass_query=False, priority=1)
    assert known is not None
    cache.remember(known, INFO, "a" * 32)
    cache.remember_missing(known, "b" * 32)
    cache.close()
    impatient = DiskCache(file, DiskCacheSettings(0, 0, 0))
    assert impatient.find_cache("http://c") is None
    assert impatient.find(known, "a" * 32) is None
    assert impatient.find(known, "b" * 32) is None
    impatient.close()


def test_unusable_file_is_no_error(tmp_path: Path) -> None:
    """Without the file everything is a question again."""
    (tmp_path / "file").write_bytes(b"no database" * 1000)
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        cache = DiskCache(str(path), DiskCacheSettings())
        assert cache.remember_cache("u", "/s", wants_mass_query=False, priority=1) is None
        cache.close()


def test_senseless_entry_is_asked_again(file: str) -> None:
    """What another version has written is not trusted blindly."""
    cache = DiskCache(file, DiskCacheSettings())
    known = cache.remember_cache("u", "/nix/store", wants_mass_query=False, priority=1)
    assert known is not None
    cache.remember(known, INFO, "a" * 32)
    cache._query("update NARs set narHash = 'nonsense'", ())
    assert cache.find(known, "a" * 32) is None
    cache._query("update NARs set narHash = ?, namePart = 'a b'", ("sha256:" + "0" * 52,))
    assert cache.find(known, "a" * 32) is None
    cache.close()
