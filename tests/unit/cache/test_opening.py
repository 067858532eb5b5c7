"""Stores by their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neve.cache.binary_cache import BinaryCache
from neve.cache.settings import CacheSettings, cache_dir
from neve.cache.ssh import SshStore
from neve.errors import StoreError
from neve.settings import Settings
from neve.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from neve.cache.opening import StoreOpener


def test_scheme_says_what_it_is(opener: StoreOpener, tmp_path: Path) -> None:
    """Folders, servers, object stores, hosts, stores of this machine."""
    for uri in (f"file://{tmp_path}/c", "http://host/x", "https://host", "s3://bucket"):
        store = opener.open(uri)
        assert isinstance(store, BinaryCache)
        assert store.uri == uri
    assert isinstance(opener.open("ssh://host"), SshStore)
    assert isinstance(opener.open(str(tmp_path / "store")), Store)
    with pytest.raises(StoreError, match="don't know how to open Nix store with scheme 'gopher'"):
        opener.open("gopher://host")
    with pytest.raises(StoreError, match="names no server"):
        opener.open("http://")


def test_spaces_in_folders_are_written_as_in_urls(opener: StoreOpener, tmp_path: Path) -> None:
    """What the address quotes is unquoted."""
    assert opener.open(f"file://{tmp_path}/a%20b").uri == f"file://{tmp_path}/a b"


def test_settings_reach_the_stores() -> None:
    """Each setting by its name, including those of the machine's configuration."""
    settings = Settings({"HOME": "/h"})
    settings.set("substituters", "http://a http://b")
    settings.set("connect-timeout", "3")
    settings.set("narinfo-cache-negative-ttl", "5")
    settings.set("keep-outputs", "true")
    settings.set("trusted-public-keys", "k:x")
    settings.set("fallback", "true")
    settings.set("max-substitution-jobs", "2")
    found = CacheSettings.from_settings(settings)
    assert found.substituters == ("http://a", "http://b")
    assert found.transfer.connect_timeout == 3
    assert found.disk_cache.narinfo_cache_negative_ttl == 5
    assert (found.store.keep_outputs, found.store.trusted_public_keys) == (True, ("k:x",))
    assert (found.fallback, found.max_substitution_jobs) == (True, 2)
    assert found.cache_dir == "/h/.cache/nix"


def test_cache_folder_follows_the_environment() -> None:
    """As C++ Nix looks for it."""
    assert cache_dir({"NIX_CACHE_HOME": "/n", "XDG_CACHE_HOME": "/x", "HOME": "/h"}) == "/n"
    assert cache_dir({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == "/x/nix"
