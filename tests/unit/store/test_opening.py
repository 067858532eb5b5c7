"""Finding the store that an address names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve.errors import StoreError
from neve.store import Layout, Store, StoreSettings
from neve.store.opening import apply_parameters, find_layout

if TYPE_CHECKING:
    from collections.abc import Callable


def test_directory_is_the_root_of_a_store() -> None:
    """Paths keep their names and lie below the directory."""
    layout = find_layout("/somewhere", {})
    assert layout == Layout(
        "/nix/store", "/somewhere/nix/store", "/somewhere/nix/var/nix", "/somewhere/nix/var/log/nix"
    )
    assert layout.is_relocated
    assert layout.real_path("/nix/store/x/y") == "/somewhere/nix/store/x/y"


def test_local_store_obeys_the_environment() -> None:
    """The variables that C++ Nix knows move a store."""
    environment = {"NIX_STORE_DIR": "/s", "NIX_STATE_DIR": "/t/", "NIX_LOG_DIR": "/l"}
    assert find_layout("local", environment) == Layout("/s", "/s", "/t", "/l")
    assert find_layout("auto", environment) == Layout("/s", "/s", "/t", "/l")
    assert find_layout("local", {}) == Layout()


def test_parameters_choose_folders() -> None:
    """Each folder by itself, or all below a root."""
    assert find_layout("local?root=/r", {}) == Layout.below("/r")
    layout = find_layout("local?store=/s&real=/x&state=/t&log=/l", {})
    assert layout == Layout("/s", "/x", "/t", "/l")
    with pytest.raises(StoreError, match="unknown parameter 'colour'"):
        find_layout("local?colour=red", {})


def test_other_users_have_a_store_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who may not write `/nix` gets a store in the home folder, without being asked."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert find_layout("auto", {"HOME": "/home/u"}) == Layout.below("/home/u/.local/share/neve")
    assert find_layout("auto", {"XDG_DATA_HOME": str(tmp_path)}) == Layout.below(tmp_path / "neve")


def test_settings_in_the_address() -> None:
    """Reading only and signatures are parameters as well."""
    settings = apply_parameters(StoreSettings(), "/r?read-only=true&require-sigs=false")
    assert (settings.read_only, settings.require_sigs) == (True, False)
    with pytest.raises(StoreError, match="must be true or false"):
        apply_parameters(StoreSettings(), "/r?read-only=maybe")


def test_other_stores_are_not_local() -> None:
    """A cache is no local store."""
    with pytest.raises(StoreError, match="not a local store"):
        find_layout("https://cache", {})


def test_addresses_open_the_same_store(open_store: Callable[..., Store]) -> None:
    """The address that a store gives itself leads back to it."""
    store = open_store()
    path = store.add_text("a", b"a")
    with Store.open(store.uri) as again:
        assert again.layout == store.layout
        assert again.is_valid_path(path)


def test_link_in_the_way_is_refused(tmp_path: Path, open_store: Callable[..., Store]) -> None:
    """Builders would see another name than the store's, unless a setting allows it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "root").symlink_to("elsewhere")
    with pytest.raises(StoreError, match="is a symlink"):
        open_store()
    open_store(allow_symlinked_store=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_may_not_be_written_says_what_to_do(
    tmp_path: Path, open_store: Callable[..., Store]
) -> None:
    """The error names the folder and the way out."""
    tmp_path.chmod(0o555)
    with pytest.raises(StoreError, match="--store DIR"):
        open_store()


def test_space_is_reserved(open_store: Callable[..., Store], layout: Layout) -> None:
    """A collection can start on a full disk."""
    open_store(gc_reserved_space=4096).close()
    assert Path(layout.database_dir, "reserved").stat().st_size == 4096
